package mvn

import (
	"math"

	"github.com/relent-go/relent"
)

// settle computes the posterior probabilities of a row of which all densities are 0 in the precision that it was scored in, and
// returns the component of the largest. They are NaN, and it is -1, if the row is not finite, or off the support of every
// component. work is for one number.
func (p *mixtureParts) settle(shares, work, row []float64) (best int) {
	best = -1
	if allFinite(row) {
		if best = p.logDensities(shares, work, row); best >= 0 {
			column := relent.Matrix[float64]{Rows: len(shares), Cols: 1, Stride: 1, Data: shares}
			relent.SoftmaxColumns(column, work[:1], column, relent.Run{})
			return best
		}
		best = p.nearest(row)
	}
	for k := range shares {
		shares[k] = 0
		if best < 0 {
			shares[k] = math.NaN()
		}
	}
	if best >= 0 {
		shares[best] = 1
	}
	return best
}

// logDensities computes the terms of a row, and returns the component of the largest, or -1 if all are -Inf.
func (p *mixtureParts) logDensities(dst, work, row []float64) (best int) {
	best = -1
	most := math.Inf(-1)
	for k := range p.components {
		always(p.components[k].doubles().LogDensity(work[:1], asRow(row), p.logNorm[k], relent.Run{}))
		dst[k] = work[0]
		if dst[k] > most {
			best, most = k, dst[k]
		}
	}
	return best
}

// nearest is the component with a weight whose distance from a row is least, or -1 if all are infinite.
func (p *mixtureParts) nearest(row []float64) (best int) {
	if best = p.leastDistance(func(n *Normal) float64 { return n.Mahalanobis(row) }); best >= 0 {
		return best
	}
	return p.leastDistance(func(n *Normal) float64 { return n.scaledDistance(row) })
}

func (p *mixtureParts) leastDistance(distance func(n *Normal) float64) (best int) {
	best = -1
	least := math.Inf(1)
	for k := range p.components {
		if p.weights[k] == 0 {
			continue
		}
		d := distance(&p.components[k])
		if d < least || d == least && best >= 0 && p.logNorm[k] > p.logNorm[best] {
			best, least = k, d
		}
	}
	return best
}

// scaledDistance is 2^-1000 times the distance of a finite x whose distance does not fit into a float64.
func (n *Normal) scaledDistance(x []float64) float64 {
	d, work := len(x), 1
	f, ok := n.form.(supported)
	if ok {
		work = f.workspace()
	}
	buffer := n.rows.get(2*d + work)
	defer n.rows.put(buffer)
	y, mean, rest := buffer[:d], buffer[d:2*d], buffer[2*d:]
	if ok {
		n.scaled(y, mean, x, 0.25) // of which the difference fits
		if !f.onSupport(y, mean, rest) {
			return math.Inf(1)
		}
	}
	n.scaled(y, mean, x, 0x1p-1000)
	return always(n.form.doubleScorer(mean).Mahalanobis(rest[:1], asRow(y), relent.Run{}))[0]
}

// scaled computes x and the mean, times a power of two.
func (n *Normal) scaled(y, mean, x []float64, by float64) {
	for i, m := range n.mean {
		y[i], mean[i] = float64(x[i]*by), float64(m*by)
	}
}
