package mvn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/relent-go/relent"
)

// A normalJSON is a distribution: its mean, and its covariance in its structure.
type normalJSON struct {
	Mean []float64 `json:"mean"`
	formJSON
}

// A formJSON has one of: a covariance or its factor L, or both where the factor is not what the covariance gives; likewise a precision MᵀM and
// M; variances; variances and loadings W, of WWᵀ plus them; a covariance and what makes it singular. Matrices are lists of rows, those of
// a factor as long as they are below the diagonal and on it.
type formJSON struct {
	Covariance      [][]float64   `json:"covariance,omitempty"`
	Factor          [][]float64   `json:"factor,omitempty"`
	Precision       [][]float64   `json:"precision,omitempty"`
	PrecisionFactor [][]float64   `json:"precisionFactor,omitempty"`
	Variances       []float64     `json:"variances,omitempty"`
	Loadings        [][]float64   `json:"loadings,omitempty"`
	Singular        *singularJSON `json:"singular,omitempty"`
}

// A singularJSON is how a covariance was found to be singular: the variables of the columns, which are those of a factor.
type singularJSON struct {
	Tolerance float64     `json:"tolerance"`
	Scale     []float64   `json:"scale"`
	Variables []int       `json:"variables"`
	Columns   [][]float64 `json:"columns"`
}

// A mixtureJSON has components, of means alone if their covariance is tied.
type mixtureJSON struct {
	Weights    []float64    `json:"weights"`
	Tied       *formJSON    `json:"tied,omitempty"`
	Components []normalJSON `json:"components"`
}

type studentTJSON struct {
	Nu    float64    `json:"nu"`
	Scale normalJSON `json:"scale"`
}

// MarshalJSON returns the distribution for people to read: the mean, and the covariance in its structure, by all digits. What is decoded has all
// bits. It is for few variables; MarshalBinary is shorter and faster. Errors are those of AppendBinary.
func (n *Normal) MarshalJSON() ([]byte, error) {
	if err := n.encodable(); err != nil {
		return nil, err
	}
	return json.Marshal(jsonOf(n))
}

// MarshalJSON returns the mixture for people to read, as [Normal.MarshalJSON]; a tied covariance is there once.
func (m *Mixture) MarshalJSON() ([]byte, error) {
	if err := m.encodable(); err != nil {
		return nil, err
	}
	j := mixtureJSON{Weights: m.weights}
	for k, n := range m.double.components {
		c := normalJSON{Mean: n.mean}
		switch {
		case m.sharing != tied:
			c.formJSON = formJSONOf(n.form)
		case k == 0:
			shared := formJSONOf(n.form)
			j.Tied = &shared
		}
		j.Components = append(j.Components, c)
	}
	return json.Marshal(j)
}

// MarshalJSON returns the distribution for people to read: ν, and the scale as [Normal.MarshalJSON] has it.
func (s *StudentT) MarshalJSON() ([]byte, error) {
	if err := s.encodable(); err != nil {
		return nil, err
	}
	return json.Marshal(studentTJSON{s.nu, jsonOf(s.normal)})
}

func jsonOf(n *Normal) normalJSON { return normalJSON{n.mean, formJSONOf(n.form)} }

func formJSONOf(f form) formJSON {
	switch f := f.(type) {
	case *covarianceForm:
		sigma := f.lower()
		j := formJSON{Covariance: symmetricRows(sigma)}
		if g, err := covarianceOf(sigma); err != nil || !sameElements(g.columns, f.columns) {
			j.Factor = triangleRows(transposed(f.columns))
		}
		return j
	case *precisionForm:
		j := formJSON{Precision: symmetricRows(f.prec)}
		if g, err := precisionFormOf(f.prec); err != nil || !sameElements(g.m, f.m) {
			j.PrecisionFactor = triangleRows(f.m)
		}
		return j
	case *diagonalForm:
		return formJSON{Variances: f.v}
	case *lowRankForm:
		return formJSON{Variances: f.v, Loadings: allRows(f.w)}
	case *singularForm:
		return formJSON{
			Covariance: symmetricRows(f.sigma),
			Singular:   &singularJSON{f.tolerance, f.scale, f.free, allRows(f.columns)},
		}
	}
	panic("mvn: a form without an encoding")
}

// covarianceOf is the form of a covariance that is known.
func covarianceOf(sigma relent.Matrix[float64]) (*covarianceForm, error) {
	if sigma.Data == nil {
		return nil, errors.New("mvn: there is no covariance")
	}
	columns := transposedTriangle(sigma, false)
	if pivot, value := factorize(columns); pivot >= 0 {
		return nil, &NotPositiveDefiniteError{"covariance", pivot, value}
	}
	return newCovarianceForm(sigma, columns)
}

// precisionFormOf is the form of a precision that is known.
func precisionFormOf(prec relent.Matrix[float64]) (*precisionForm, error) {
	if prec.Data == nil {
		return nil, errors.New("mvn: there is no precision")
	}
	return newPrecisionForm(prec)
}

// sameElements tells whether the triangles have the same bits.
func sameElements(a, b relent.Matrix[float64]) bool {
	for i := range a.Rows {
		for j, v := range a.Row(i) {
			if math.Float64bits(v) != math.Float64bits(b.Row(i)[j]) {
				return false
			}
		}
	}
	return true
}

// symmetricRows are those of a matrix of which there is the lower triangle, none if there is none.
func symmetricRows(a relent.Matrix[float64]) [][]float64 {
	rows := make([][]float64, a.Rows)
	for i := range rows {
		rows[i] = make([]float64, a.Rows)
		for j := range rows[i] {
			rows[i][j] = a.Row(max(i, j))[min(i, j)]
		}
	}
	return rows
}

func triangleRows(a relent.Matrix[float64]) [][]float64 {
	rows := allRows(a)
	for i := range rows {
		rows[i] = rows[i][:i+1]
	}
	return rows
}

func allRows(a relent.Matrix[float64]) [][]float64 {
	rows := make([][]float64, a.Rows)
	for i := range rows {
		rows[i] = append([]float64{}, a.Row(i)...)
	}
	return rows
}

// UnmarshalJSON makes n the distribution that [Normal.MarshalJSON] or a person has written: a mean and a covariance, a precision, variances, or
// these and loadings, with the checks and the errors of the constructors. What is wrong gives an error and leaves n as it is.
func (n *Normal) UnmarshalJSON(data []byte) error {
	var j normalJSON
	decoded, err := (*Normal)(nil), strictly(data, &j)
	if err == nil {
		decoded, err = j.normal()
	}
	if err != nil {
		return &partError{"Normal.UnmarshalJSON", err}
	}
	*n = *decoded
	return nil
}

// UnmarshalJSON makes m the mixture that [Mixture.MarshalJSON] or a person has written, as [Normal.UnmarshalJSON]. Weights that add up to 1 but for
// rounding are taken as they are, others divided by their sum.
func (m *Mixture) UnmarshalJSON(data []byte) error {
	var j mixtureJSON
	decoded, err := (*Mixture)(nil), strictly(data, &j)
	if err == nil {
		decoded, err = j.mixture()
	}
	if err != nil {
		return &partError{"Mixture.UnmarshalJSON", err}
	}
	*m = *decoded
	return nil
}

// UnmarshalJSON makes s the distribution that [StudentT.MarshalJSON] or a person has written, as [Normal.UnmarshalJSON].
func (s *StudentT) UnmarshalJSON(data []byte) error {
	var j studentTJSON
	decoded, err := (*StudentT)(nil), strictly(data, &j)
	if err == nil {
		decoded, err = j.studentT()
	}
	if err != nil {
		return &partError{"StudentT.UnmarshalJSON", err}
	}
	*s = *decoded
	return nil
}

// strictly decodes one value, all of whose fields are known.
func strictly(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more after the value")
	}
	if nullAmong(data) {
		return errors.New("an element is null")
	}
	return nil
}

// nullAmong tells whether an array of a value has an element null, which package json would take for 0.
func nullAmong(data []byte) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	var open []json.Delim
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch t := token.(type) {
		case nil:
			if len(open) > 0 && open[len(open)-1] == '[' {
				return true
			}
		case json.Delim:
			if t == '[' || t == '{' {
				open = append(open, t)
			} else {
				open = open[:len(open)-1]
			}
		}
	}
}

func (j *normalJSON) normal() (*Normal, error) {
	if err := checkMean(j.Mean, "covariance", len(j.Mean)); err != nil {
		return nil, err
	}
	f, err := j.form(len(j.Mean))
	if err != nil {
		return nil, err
	}
	return newNormal(j.Mean, f), nil
}

func (j *studentTJSON) studentT() (*StudentT, error) {
	n, err := j.Scale.normal()
	if err != nil {
		return nil, err
	}
	return n.StudentT(j.Nu)
}

func (j *mixtureJSON) mixture() (*Mixture, error) {
	if err := checkWeights(j.Weights); err != nil {
		return nil, err
	}
	if len(j.Components) != len(j.Weights) {
		return nil, fmt.Errorf("%d components for %d weights", len(j.Components), len(j.Weights))
	}
	components := make([]*Normal, len(j.Weights))
	for k := range components {
		var err error
		if components[k], err = j.component(k, components[0]); err != nil {
			return nil, &partError{fmt.Sprintf("component %d", k), err}
		}
	}
	return newMixtureOf(sharesOf(j.Weights), components, j.Tied != nil), nil
}

// component is one of the mixture; the first is there, unless it is this.
func (j *mixtureJSON) component(k int, first *Normal) (*Normal, error) {
	c := j.Components[k]
	d := len(j.Components[0].Mean)
	switch {
	case len(c.Mean) != d:
		return nil, fmt.Errorf("the mean has length %d, that of component 0 %d", len(c.Mean), d)
	case j.Tied == nil:
		n, err := c.normal()
		if err == nil && first != nil && n.Rank() != first.Rank() {
			return nil, fmt.Errorf("rank %d, that of component 0 is %d", n.Rank(), first.Rank())
		}
		return n, err
	case c.parts() > 0:
		return nil, errors.New("a covariance of its own beside a tied one")
	}
	if first != nil {
		return newNormal(c.Mean, first.form), checkMean(c.Mean, "covariance", d)
	}
	n, err := (&normalJSON{c.Mean, *j.Tied}).normal()
	if err != nil {
		return nil, err
	}
	if _, ok := n.form.(*covarianceForm); !ok {
		return nil, errors.New("a tied covariance is no covariance matrix")
	}
	return n, nil
}

// sharesOf are weights, divided by their sum unless that is 1 but for rounding.
func sharesOf(weights []float64) []float64 {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	if math.Abs(sum-1) <= float64(float64(len(weights))*0x1p-52) {
		return append([]float64(nil), weights...)
	}
	return normalized(weights)
}

// parts is how many fields there are.
func (j *formJSON) parts() (n int) {
	for _, there := range []bool{
		j.Covariance != nil, j.Factor != nil, j.Precision != nil, j.PrecisionFactor != nil, j.Variances != nil, j.Loadings != nil, j.Singular != nil,
	} {
		if there {
			n++
		}
	}
	return n
}

// form is that of so many variables, of which there is no other field than of one structure.
func (j *formJSON) form(d int) (form, error) {
	var only formJSON
	var make func(d int) (form, error)
	switch {
	case j.Singular != nil:
		only, make = formJSON{Covariance: j.Covariance, Singular: j.Singular}, j.singular
	case j.Loadings != nil:
		only, make = formJSON{Variances: j.Variances, Loadings: j.Loadings}, j.lowRank
	case j.Variances != nil:
		only, make = formJSON{Variances: j.Variances}, j.diagonal
	case j.Precision != nil || j.PrecisionFactor != nil:
		only, make = formJSON{Precision: j.Precision, PrecisionFactor: j.PrecisionFactor}, j.precise
	case j.Covariance != nil || j.Factor != nil:
		only, make = formJSON{Covariance: j.Covariance, Factor: j.Factor}, j.covaried
	default:
		return nil, errors.New("there is no covariance, precision or variances")
	}
	if only.parts() != j.parts() {
		return nil, errors.New("there are fields of more than one structure of the covariance")
	}
	return make(d)
}

func (j *formJSON) diagonal(d int) (form, error) {
	if len(j.Variances) != d {
		return nil, fmt.Errorf("there are %d variances, the mean has length %d", len(j.Variances), d)
	}
	return asForm(newDiagonalForm(j.Variances))
}

func (j *formJSON) lowRank(d int) (form, error) {
	if len(j.Variances) != d {
		return nil, fmt.Errorf("there are %d variances, the mean has length %d", len(j.Variances), d)
	}
	factors := 0
	if len(j.Loadings) > 0 {
		factors = len(j.Loadings[0])
	}
	if factors > mostFactors(d) {
		return nil, fmt.Errorf("%d factors of %d variables, at most %d", factors, d, mostFactors(d))
	}
	w, err := matrixOf("loadings", j.Loadings, d, factors)
	if err != nil {
		return nil, err
	}
	return asForm(newLowRankForm(w, j.Variances))
}

func (j *formJSON) covaried(d int) (form, error) {
	sigma, lower, err := known("covariance", j.Covariance, j.Factor, d)
	switch {
	case err != nil:
		return nil, err
	case lower.Data != nil:
		if err := agreeing("covariance", sigma, lower, func(i, k int) float64 { return lower.Row(i)[k] }); err != nil {
			return nil, err
		}
		return factoredOf(sigma, lower, false)
	}
	return asForm(covarianceOf(sigma))
}

func (j *formJSON) precise(d int) (form, error) {
	prec, lower, err := known("precision", j.Precision, j.PrecisionFactor, d)
	switch {
	case err != nil:
		return nil, err
	case lower.Data != nil:
		if err := agreeing("precision", prec, lower, func(i, k int) float64 { return lower.Row(k)[i] }); err != nil {
			return nil, err
		}
		return factoredOf(prec, lower, true)
	}
	return asForm(precisionFormOf(prec))
}

// agreeing returns an error where a matrix is given and is not, but for far more than rounding, the product of its factor, of row i and column k,
// and the transpose of that.
func agreeing(name string, matrix, lower relent.Matrix[float64], factor func(i, k int) float64) error {
	const most = 1e-8
	if matrix.Data == nil {
		return nil
	}
	for i := range matrix.Rows {
		for j := range i + 1 {
			roots, sum := [2]float64{math.Sqrt(matrix.Row(i)[i]), math.Sqrt(matrix.Row(j)[j])}, 0.0
			for k := range lower.Rows {
				sum += float64(factor(i, k) / roots[0] * (factor(j, k) / roots[1]))
			}
			if gap := sum - matrix.Row(i)[j]/roots[0]/roots[1]; !(math.Abs(gap) <= most) {
				return fmt.Errorf("element (%d, %d) of the %s is %g, which is not that of its factor", i, j, name, matrix.Row(i)[j])
			}
		}
	}
	return nil
}

// known are lower triangles of a matrix and of its factor, one of which may be missing.
func known(name string, matrix, factor [][]float64, d int) (a, lower relent.Matrix[float64], err error) {
	if matrix != nil {
		if a, err = matrixOf(name, matrix, d, d); err == nil {
			full := a
			a, err = lowerTriangle(name, d, func(i, j int) float64 { return full.Row(i)[j] })
		}
	}
	if err == nil && factor != nil {
		lower, err = triangleOf(factor, d)
	}
	return a, lower, err
}

func (j *formJSON) singular(d int) (form, error) {
	s := j.Singular
	sigma, _, err := known("covariance", j.Covariance, nil, d)
	if err != nil {
		return nil, err
	}
	columns, err := matrixOf("columns of the factor", s.Columns, len(s.Variables), d)
	switch {
	case err != nil:
		return nil, err
	case sigma.Data == nil:
		return nil, errors.New("there is no covariance")
	case len(s.Scale) != d:
		return nil, fmt.Errorf("the scale has length %d, the mean %d", len(s.Scale), d)
	case len(s.Variables) > d:
		return nil, fmt.Errorf("rank %d of %d variables", len(s.Variables), d)
	}
	seen := make([]bool, d)
	for _, i := range s.Variables {
		if i < 0 || i >= d || seen[i] {
			return nil, fmt.Errorf("variable %d, of %d, is not there or there twice", i, d)
		}
		seen[i] = true
	}
	return singularOf(sigma, s.Scale, s.Tolerance, s.Variables, columns)
}

// matrixOf is a matrix of the rows.
func matrixOf(name string, rows [][]float64, n, d int) (relent.Matrix[float64], error) {
	if len(rows) != n {
		return relent.Matrix[float64]{}, fmt.Errorf("the rows of the %s are %d, want %d", name, len(rows), n)
	}
	for i, row := range rows {
		if len(row) != d {
			return relent.Matrix[float64]{}, fmt.Errorf("row %d of the %s has length %d, want %d", i, name, len(row), d)
		}
	}
	a := newMatrix(n, d)
	for i, row := range rows {
		copy(a.Row(i), row)
	}
	return a, nil
}

// triangleOf is a lower triangle of rows that end on the diagonal.
func triangleOf(rows [][]float64, d int) (relent.Matrix[float64], error) {
	if len(rows) != d {
		return relent.Matrix[float64]{}, fmt.Errorf("the factor has %d rows, the mean length %d", len(rows), d)
	}
	for i, row := range rows {
		if len(row) != i+1 {
			return relent.Matrix[float64]{}, fmt.Errorf("row %d of the factor has length %d, want %d", i, len(row), i+1)
		}
	}
	a := newMatrix(d, d)
	for i, row := range rows {
		copy(a.Row(i), row)
	}
	return a, nil
}
