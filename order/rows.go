package order

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/sizes"
)

// RowByRow sets dst[i] to the measure of row i of p and row i of q; a nil dst is allocated. Rows that are not dense become so by
// [relent.DenseBlocks].
func RowByRow[F relent.Float](dst []float64, m Measure, p, q relent.Matrix[F]) []float64 {
	dst, _ = RunRowByRow(relent.Run{}, dst, m, p, q) // is not cancelled
	return dst
}

// ManyToMany sets dst[i][j] to the measure of row i of p and row j of q; the zero Matrix is allocated.
func ManyToMany[F relent.Float](dst relent.Matrix[float64], m Measure, p, q relent.Matrix[F]) relent.Matrix[float64] {
	dst, _ = RunManyToMany(relent.Run{}, dst, m, p, q)
	return dst
}

// AllPairs is [ManyToMany] of x and x.
func AllPairs[F relent.Float](dst relent.Matrix[float64], m Measure, x relent.Matrix[F]) relent.Matrix[float64] {
	dst, _ = RunAllPairs(relent.Run{}, dst, m, x)
	return dst
}

// RunRowByRow is [RowByRow] under a [relent.Run]: the error is that of its context.
func RunRowByRow[F relent.Float](run relent.Run, dst []float64, m Measure, p, q relent.Matrix[F]) ([]float64, error) {
	const name = "RowByRow"
	check(name, m, "p", p, "q", q)
	if p.Rows != q.Rows {
		here.Panic(name, "p has %d rows, q %d", p.Rows, q.Rows)
	}
	dst = sizes.Slice(here, name, "dst", dst, p.Rows)
	return dst, parallel.Do(of(run), list[F]{m, p, q, dst, rowsOfTile(p.Cols)})
}

// RunManyToMany is [ManyToMany] under a [relent.Run].
func RunManyToMany[F relent.Float](run relent.Run, dst relent.Matrix[float64], m Measure, p, q relent.Matrix[F]) (relent.Matrix[float64], error) {
	return runTable("ManyToMany", run, dst, m, "p", p, "q", q)
}

// RunAllPairs is [AllPairs] under a [relent.Run].
func RunAllPairs[F relent.Float](run relent.Run, dst relent.Matrix[float64], m Measure, x relent.Matrix[F]) (relent.Matrix[float64], error) {
	return runTable("AllPairs", run, dst, m, "x", x, "x", x)
}

func runTable[F relent.Float](name string, run relent.Run, dst relent.Matrix[float64], m Measure,
	pName string, p relent.Matrix[F], qName string, q relent.Matrix[F]) (relent.Matrix[float64], error) {
	check(name, m, pName, p, qName, q)
	dst = relent.Matrix[float64](sizes.Matrix[float64](dst).Sized(here, name, "dst", p.Rows, q.Rows))
	if q.Rows == 0 {
		return dst, nil
	}
	perTile := min(rowsOfTile(p.Cols), q.Rows)
	return dst, parallel.Do(of(run), table[F]{m, p, q, dst, perTile, (q.Rows + perTile - 1) / perTile})
}

func check[F relent.Float](name string, m Measure, pName string, p relent.Matrix[F], qName string, q relent.Matrix[F]) {
	m.check(name)
	sizes.Matrix[F](p).Check(here, name, pName)
	sizes.Matrix[F](q).Check(here, name, qName)
	if p.Cols != q.Cols {
		here.Panic(name, "%s has %d columns, %s %d", pName, p.Cols, qName, q.Cols)
	}
}

func of(run relent.Run) parallel.Run {
	return parallel.Run{Workers: run.Workers, Context: run.Context, Progress: run.Progress}
}

// rowsOfTile is how many pairs of rows a tile has.
func rowsOfTile(cols int) int { return max(1, 1<<14/max(1, cols)) }

// A list is a job of rows i.
type list[F relent.Float] struct {
	m       Measure
	p, q    relent.Matrix[F]
	dst     []float64
	perTile int
}

// Size is that of the job.
func (l list[F]) Size() (tiles, results int) {
	return (len(l.dst) + l.perTile - 1) / l.perTile, len(l.dst)
}

// Tile computes some rows.
func (l list[F]) Tile(by *parallel.Worker, t int) error {
	from, to := t*l.perTile, min((t+1)*l.perTile, len(l.dst))
	for i := from; i < to; i++ {
		l.dst[i] = between(l.m, l.p.Row(i), l.q.Row(i))
	}
	by.Done(to - from)
	return nil
}

// A table is a job of rows i and j; a tile is one i and some j.
type table[F relent.Float] struct {
	m            Measure
	p, q         relent.Matrix[F]
	dst          relent.Matrix[float64]
	perTile, cut int
}

// Size is that of the job.
func (w table[F]) Size() (tiles, results int) {
	return w.p.Rows * w.cut, w.p.Rows * w.q.Rows
}

// Tile computes a row's measures of some.
func (w table[F]) Tile(by *parallel.Worker, t int) error {
	i, from := t/w.cut, t%w.cut*w.perTile
	to := min(from+w.perTile, w.q.Rows)
	p, dst := w.p.Row(i), w.dst.Row(i)
	for j := from; j < to; j++ {
		dst[j] = between(w.m, p, w.q.Row(j))
	}
	by.Done(to - from)
	return nil
}
