package relent

import (
	"math"
	"sync"

	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/parallel"
)

// A gradientKind is what kernel there is of a measure's derivatives.
type gradientKind uint8

const (
	noGradient gradientKind = iota
	plainGradient
	scaledGradient // it takes a factor
)

// Gradient sets dp and dq, unless nil, to the derivatives of a measure by the elements of p and of q, which they may be, and returns what
// [Between] does; of a measure of one vector, q and dq are nil. The formulas stand beside the [Measure]s. At zeros they are limits, such
// as -Inf; but where p and q are both 0 or, of the binary forms, both 1, where a distance is 0, and at ties of TotalVariation, they
// are 0. Invalid pairs have NaN; of a distance, so have all. The relative error is at most that of the measure, where terms have both signs
// relative to their sizes.
func Gradient[F Float](dp, dq []F, m Measure, p, q []F) float64 {
	const name = "Gradient"
	base, reversed := m.differentiable(name)
	if !base.ofOne() {
		sameLength(name, p, q)
	}
	if dp != nil {
		sized(name, "dp", dp, len(p))
	}
	if dq != nil {
		sized(name, "dq", dq, len(q))
	}
	if reversed {
		dp, dq, p, q = dq, dp, q, p
	}
	base.requireOther(name, dq == nil)
	return gradientOf(nil, base, dp, dq, p, q)
}

// GradientRows is [RowByRow] that sets row i of dp and of dq, unless the zero Matrix, as [Gradient] does. They have the columns of the
// longest row; past the ends of others, and in null rows, are zeros. Sparse rows and shares are expanded. Of a measure of one vector, give
// p for q.
func GradientRows[F Float, P, Q Rows[F]](dst []float64, dp, dq Matrix[F], m Measure, p P, q Q) []float64 {
	return must(RunGradientRows(Run{}, dst, dp, dq, m, p, q))
}

// RunGradientRows is [GradientRows] under a [Run].
func RunGradientRows[F Float, P, Q Rows[F]](run Run, dst []float64, dp, dq Matrix[F], m Measure, p P, q Q) ([]float64, error) {
	const name = "GradientRows"
	base, reversed := m.differentiable(name)
	g := gradients[F]{dp: dp, dq: dq, scratch: run.Scratch,
		pairing: pairing[F]{measure: base, p: p.operand(name, "p"), q: q.operand(name, "q")}}
	if reversed {
		g.dp, g.dq, g.p, g.q = g.dq, g.dp, g.q, g.p
	}
	base.requireOther(name, isZero(g.dq))
	if base.ofOne() {
		g.q = g.p
	}
	g.pair(name)
	if dst != nil {
		sized(name, "dst", dst, g.p.rows)
	}
	if reversed {
		g.sized(name, "dq", "dp")
	} else {
		g.sized(name, "dp", "dq")
	}
	if err := g.check(name); err != nil {
		return dst, err
	}
	g.scratch.requireRoom(name, max(g.p.room(), g.q.room()))
	g.dst = sized(name, "dst", dst, g.p.rows)
	return g.dst, parallel.Do(run.parallel(), g)
}

// differentiable is the measure, or what it reverses, and whether it does. It panics unless there are derivatives.
func (m Measure) differentiable(name string) (base Measure, reversed bool) {
	base, reversed = m.check(name, max(1, m.traits().vectors))
	if m.traits().gradient == noGradient {
		here.Panic(name, "%v has no gradient", m)
	}
	return base, reversed
}

// requireOther panics if there is to be a derivative with respect to a second vector that there is not.
func (m Measure) requireOther(name string, none bool) {
	if m.ofOne() && !none {
		here.Panic(name, "there is no second vector for %v to have a derivative of", m)
	}
}

// gradientOf is the measure of p and q, of whose derivatives it sets what is not nil.
func gradientOf[F Float](by *parallel.Worker, m Measure, dp, dq, p, q []F) float64 {
	if m.ofOne() {
		q = p
	}
	value := measureLong(by, m, p, q)
	if dp == nil && dq == nil || len(p) == 0 {
		return value
	}
	writes(dp)
	writes(dq)
	s := gradientPool.Get().(*gradientBuffers)
	factor, unused := elements[F](s.factor[:], chunk), elements[F](s.unused[:], chunk)
	if m.traits().gradient == scaledGradient && !fillFactor(factor[:min(chunk, len(p))], m, value, p, q) {
		clearInParts(dp)
		clearInParts(dq)
		p = nil
	}
	for from := 0; from < len(p) && !(from%tableElements == 0 && by.Stopped()); from += chunk {
		to := min(from+chunk, len(p))
		measureGradient(m, wantedPart(dp, unused, from, to), wantedPart(dq, unused, from, to), p[from:to], q[from:to], factor[:to-from])
	}
	gradientPool.Put(s)
	return value
}

// gradientBuffers are what kernels take and give that no caller wants.
type gradientBuffers struct{ factor, unused [chunk]float64 }

var gradientPool = sync.Pool{New: func() any { return new(gradientBuffers) }}

// fillFactor sets all of dst to the factor, unless that is 0.
func fillFactor[F Float](dst []F, m Measure, value float64, p, q []F) (ok bool) {
	factor := F(gradientFactor(m, value, p, q))
	for i := range dst {
		dst[i] = factor
	}
	return factor != 0
}

// wantedPart is a part of x or, if that is nil, as much of what is unused.
func wantedPart[F Float](x, unused []F, from, to int) []F {
	if x == nil {
		return unused[:to-from]
	}
	return x[from:to]
}

// grown is what sumOfGrown multiplies elements by, and rootOfGrown its root.
const (
	grown       = 0x1p512
	rootOfGrown = 0x1p256
)

// leastDistance is the least distance the sum under whose root has lost nothing to terms that are subnormal.
func leastDistance[F Float]() float64 {
	if isFloat64[F]() {
		return 0x1p-480
	}
	return 0x1p-50
}

// sumOfGrown is the grown sum that a measure of the first degree is made of, to its full accuracy where the sum itself has lost digits
// to terms that are subnormal. Then elements that are not small have terms of 0; they are left out.
func sumOfGrown[F Float](m Measure, p, q []F) float64 {
	var sum exact.Sum
	var more [2][chunk]float64
	for len(p) > 0 {
		n := min(chunk, len(p))
		for i := range n {
			more[0][i], more[1][i] = 0, 0
			if x, y := float64(p[i]), float64(q[i]); max(x, y) < 0x1p-400 || !isFloat64[F]() {
				more[0][i], more[1][i] = x*grown, y*grown
			}
		}
		sum.Add(measureSum(m, more[0][:n], more[1][:n]))
		p, q = p[n:], q[n:]
	}
	return sum.Take()
}

// distanceFactor is 1/4d for the distance d of p and q, 0 for 0: the gradient of a distance is that where the distance is 0.
func distanceFactor[F Float](m Measure, d float64, p, q []F) float64 {
	switch {
	case d == 0:
		return 0
	case d < leastDistance[F]():
		return rootOfGrown / (4 * measureOfSum(m, sumOfGrown(m, p, q)))
	}
	return 1 / (4 * d)
}

// rootOfShare is 1/√(2C) for the coefficient C = Σ √(pq), which may be too large for a float64, or so small that it has few digits.
func rootOfShare[F Float](p, q []F) float64 {
	c := bhattacharyya(p, q)
	switch {
	case c > math.MaxFloat64:
		var sum exact.Sum
		for len(p) > 0 {
			n := min(chunk, len(p))
			addMeasureSum(&sum, MeasureBhattacharyya, p[:n], q[:n])
			p, q = p[n:], q[n:]
		}
		return math.Sqrt(0.5) / math.Sqrt(sum.TakeScaled(outgrownDigits)) / (1 << (outgrown / 2))
	case 0 < c && c < leastDistance[F]()*leastDistance[F]():
		return math.Sqrt(0.5) / math.Sqrt(sumOfGrown(MeasureBhattacharyya, p, q)) * rootOfGrown
	}
	return math.Sqrt(0.5) / math.Sqrt(c)
}

// gradients is the job of rows with their derivatives.
type gradients[F Float] struct {
	pairing[F]
	dp, dq  Matrix[F]
	dst     []float64
	scratch *Scratch
}

func isZero[F Number](m Matrix[F]) bool { return m.Data == nil && m.Rows == 0 && m.Cols == 0 }

// sized panics unless the derivatives that are wanted have the rows' size.
func (g *gradients[F]) sized(name, dp, dq string) {
	if !isZero(g.dp) {
		g.dp.sized(name, dp, g.p.rows, g.p.longest())
	}
	if !isZero(g.dq) {
		g.dq.sized(name, dq, g.q.rows, g.q.longest())
	}
}

// longest is the length of the longest row.
func (o *operand[F]) longest() int {
	most := o.cols
	if o.kind == raggedRows {
		for i := range o.rows {
			if !o.null(i) {
				most = max(most, o.length(i))
			}
		}
	}
	return most
}

// Size is that of the job.
func (g gradients[F]) Size() (tiles, results int) {
	return parallel.EvenTiles(len(g.dst), listElements/4, g), len(g.dst)
}

// Before is about how many elements the results before one take.
func (g gradients[F]) Before(result int) int64 {
	each := int64(leastRow)
	if g.p.kind == sparseRows {
		each += min(int64(g.p.cols), 1<<30) // which are many, and the sum is no more than there are numbers for
	}
	return g.p.before(result) + int64(result)*each
}

// Tile computes results that follow each other.
func (g gradients[F]) Tile(w *parallel.Worker, t int) error {
	from, to := parallel.EvenTile(t, len(g.dst), listElements/4, g)
	b := g.scratch.take(g.p.room(), g.q.room())
	b.by = w
	for i := from; i < to && !w.Stopped(); i++ {
		g.row(w, b, i)
	}
	b.by = nil
	g.scratch.put(b)
	w.Done(to - from)
	return nil
}

// row computes result i.
func (g *gradients[F]) row(w *parallel.Worker, b *buffers, i int) {
	if g.p.null(i) || g.q.null(i) {
		g.dst[i] = math.NaN()
		part(g.dp, i, 0)
		part(g.dq, i, 0)
		return
	}
	p, q := g.p.row(b, b.outer, i), g.q.row(b, b.inner, i) // of one vector, the same row twice
	writes(g.dst[i : i+1])
	g.dst[i] = gradientOf(w, g.measure, part(g.dp, i, len(p)), part(g.dq, i, len(q)), p, q)
	g.q.clear(b.inner, i)
	g.p.clear(b.outer, i)
}

// part is the first n elements of row i, nil of the zero Matrix, and clears the others.
func part[F Float](m Matrix[F], i, n int) []F {
	if m.Cols == 0 {
		return nil
	}
	row := m.Row(i)
	writes(row)
	clearInParts(row[n:])
	return row[:n]
}
