package drift

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/parallel"
)

// A Column is how a column is called, and its bins.
type Column struct {
	Name string
	Bins Bins
}

// A schema is columns, with what counting them takes.
type schema struct {
	columns []Column
	places  []int // where the counts of each begin, and the end of all
	mutex   sync.Mutex
	double  plans[float64]
	single  plans[float32]
}

// plans are those of rows, and of each column alone: nil until they are used.
type plans[F relent.Float] struct {
	rows *plan[F]
	each []*plan[F]
}

func newSchema(columns []Column) *schema {
	s := &schema{columns: columns, places: []int{0}}
	for j, c := range columns {
		s.places = append(s.places, s.places[j]+c.Bins.Len())
	}
	return s
}

func (s *schema) equal(o *schema) bool {
	return s != nil && o != nil && (s == o || slices.EqualFunc(s.columns, o.columns, func(a, b Column) bool { return a.Name == b.Name && a.Bins.equal(b.Bins) }))
}

// planOf is for rows, or for one column alone if it is not negative.
func planOf[F relent.Float](s *schema, column int) *plan[F] {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	all, ok := any(&s.double).(*plans[F])
	if !ok {
		all = any(&s.single).(*plans[F])
	}
	if all.each == nil {
		all.each = make([]*plan[F], len(s.columns))
	}
	at, columns := &all.rows, s.columns
	if column >= 0 {
		at, columns = &all.each[column], s.columns[column:column+1]
	}
	if most := compared(); *at == nil || (*at).most != most {
		*at = newPlan[F](columns, most)
	}
	return *at
}

// A Reference is columns with their bins, and the counts of the data that live data are compared with.
type Reference struct {
	*schema
	counts *Profile
}

// NewReference has quantile bins of every column of x, at most so many, see [Quantiles], and the counts of x. names, of which there may be none,
// name the columns. A column without a finite number is an error.
func NewReference[F relent.Float](x relent.Matrix[F], bins int, names []string, run relent.Run) (*Reference, error) {
	const name = "NewReference"
	requireMatrix(name, x)
	columns, err := named(name, names, x.Cols)
	if err != nil {
		return nil, err
	}
	j := quantileJob[F]{x, bins, columns}
	if err := parallel.Do(parallel.Run{Workers: run.Workers, Context: run.Context, Progress: run.Progress}, j); err != nil {
		return nil, err
	}
	r, err := ReferenceOf(columns...)
	if err == nil {
		run.Progress = nil
		err = AddRows(r.counts, x, run)
	}
	return r, err
}

// named are columns without bins.
func named(function string, names []string, cols int) ([]Column, error) {
	if names != nil && len(names) != cols {
		return nil, fmt.Errorf("drift: %s: %d names for %d columns", function, len(names), cols)
	}
	columns := make([]Column, cols)
	for j := range columns {
		columns[j].Name = fmt.Sprint("column ", j)
		if names != nil {
			columns[j].Name = names[j]
		}
	}
	return columns, nil
}

// quantileJob finds the bins of columns.
type quantileJob[F relent.Float] struct {
	x       relent.Matrix[F]
	bins    int
	columns []Column
}

// Size is that of the job.
func (q quantileJob[F]) Size() (tiles, results int) { return q.x.Cols, q.x.Cols }

// Tile finds those of a column.
func (q quantileJob[F]) Tile(by *parallel.Worker, j int) (err error) {
	column := make([]F, q.x.Rows)
	for i := range column {
		column[i] = q.x.Data[i*q.x.Stride+j]
	}
	if q.columns[j].Bins, err = Quantiles(column, q.bins); err != nil {
		return fmt.Errorf("drift: NewReference: column %d, %s: %w", j, q.columns[j].Name, err)
	}
	by.Done(1)
	return nil
}

// ReferenceOf has the bins that are given, and no counts: those of the reference data are added to its [Reference.Profile], batch by batch. No
// columns, and two of the same name, are an error.
func ReferenceOf(columns ...Column) (*Reference, error) {
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] {
			return nil, fmt.Errorf("drift: ReferenceOf: two columns are called %q", c.Name)
		}
		seen[c.Name] = true
	}
	if len(columns) == 0 {
		return nil, errors.New("drift: ReferenceOf: there is no column")
	}
	s := newSchema(slices.Clone(columns))
	return &Reference{s, s.newProfile()}, nil
}

// Columns are those of the reference.
func (r *Reference) Columns() []Column { return slices.Clone(r.columns) }

// Column is the index of the column of a name, or -1.
func (r *Reference) Column(name string) int {
	return slices.IndexFunc(r.columns, func(c Column) bool { return c.Name == name })
}

// Profile has the counts of the reference data, to which more may be added.
func (r *Reference) Profile() *Profile { return r.counts }

// NewProfile is an empty one with the reference's bins.
func (r *Reference) NewProfile() *Profile { return r.newProfile() }

// requireMatrix panics unless the data hold the matrix.
func requireMatrix[F relent.Float](function string, x relent.Matrix[F]) {
	matrixOf(x).Check(here, function, "x")
}
