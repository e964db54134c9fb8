package order

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/sizes"
)

// mixture is the excesses Σ x·log(x/m) - x + m of p and of q over m = u·p + v·q, v = 1-u, of which either may be rounded.
func (x *pair[F]) mixture(u, v float64) (overP, overQ float64) {
	var n pass.Numbers
	n.Set(x.p.factor, x.q.factor, u, v)
	s := x.pass(pass.OrderMixture, &n)
	return s[0] / x.multiple, s[1] / x.multiple
}

func (x *pair[F]) weighted(w float64) float64 {
	overP, overQ := x.mixture(w, 1-w)
	return part(w, overP) + part(1-w, overQ)
}

// part is w times x, and 0 for no weight of what may be infinite.
func part(w, x float64) float64 {
	if w == 0 && x == x {
		return 0
	}
	return float64(w * x)
}

// skew is the excess of p over m = (1-a)·p + a·q, and Σ (p-m).
func (x *pair[F]) skew(a float64) float64 {
	overP, _ := x.mixture(1-a, a)
	p, q := x.beyond()
	return overP + float64(a*(p-q))
}

// JensenShannonOf is the generalised Jensen–Shannon divergence Σ wᵢ·KL(pᵢ‖m), m = Σ wᵢ·pᵢ, of the rows of a matrix (Lin, 1991), from 0 to
// the entropy of the weights. Weights are not negative, and divided by their sum; nil are equal ones. It panics unless there is one for each row,
// finite, with a sum above 0. A row of weight 0 does not count. No term is negative, and all keep their digits where rows are nearly the same.
func JensenShannonOf[F relent.Float](weights []float64, rows relent.Matrix[F]) float64 {
	const name = "JensenShannonOf"
	sizes.Matrix[F](rows).Check(here, name, "rows")
	if weights != nil && len(weights) != rows.Rows {
		here.Panic(name, "weights has %d elements, rows has %d rows", len(weights), rows.Rows)
	}
	m := mean[F]{rows: rows, weights: weights, total: float64(rows.Rows)}
	if weights != nil {
		m.weigh(name)
	}
	var sum exact.Sum
	for from := 0; from < rows.Cols && rows.Rows > 0; from += meanChunk {
		m.add(&sum, from, min(from+meanChunk, rows.Cols))
	}
	return sum.Take() + 0
}

// meanChunk is how many elements are computed at a time.
const meanChunk = 256

// A mean is rows with weights. The base is the row of the largest: differences from it, and of their mean, have the digits that those from a
// rounded mean would lose.
type mean[F relent.Float] struct {
	rows    relent.Matrix[F]
	weights []float64
	total   float64
	base    int

	row, average, gap, shift [meanChunk]float64
}

func (m *mean[F]) weigh(name string) {
	var sum exact.Sum
	for i, w := range m.weights {
		if !(w >= 0 && w <= math.MaxFloat64) {
			here.Panic(name, "weight %d is %v, not a finite number >= 0", i, w)
		}
		sum.Add(w)
		if w > m.weights[m.base] {
			m.base = i
		}
	}
	m.total = sum.Take()
	if !(m.total > 0x1p-1000 && m.total < 0x1p1000) {
		here.Panic(name, "the weights sum to %v, which is no usual number above 0", m.total)
	}
}

// weight is that of row i, all of which sum to 1.
func (m *mean[F]) weight(i int) float64 {
	if m.weights == nil {
		return 1 / m.total
	}
	return m.weights[i] / m.total
}

// add adds the terms of some columns.
func (m *mean[F]) add(sum *exact.Sum, from, to int) {
	n := to - from
	clear(m.average[:n])
	clear(m.shift[:n])
	base := m.rows.Row(m.base)[from:to]
	for i := range m.rows.Rows {
		w := m.weight(i)
		if w == 0 {
			continue
		}
		for j, x := range m.rows.Row(i)[from:to] {
			m.average[j] += float64(w * float64(x))
			m.shift[j] += float64(w * (float64(x) - float64(base[j])))
		}
	}
	for i := range m.rows.Rows {
		w := m.weight(i)
		if w == 0 {
			continue
		}
		for j, x := range m.rows.Row(i)[from:to] {
			if x > 0 && m.average[j] == 0 { // the products are less than a float64 has
				m.average[j] = math.SmallestNonzeroFloat64
			}
			m.row[j] = float64(x)
			m.gap[j] = float64(x) - float64(base[j]) - m.shift[j]
		}
		sum.Add(float64(w * relent.Pass(pass.OrderExcess, nil, nil, m.row[:n], m.average[:n], m.gap[:n])[0]))
	}
}
