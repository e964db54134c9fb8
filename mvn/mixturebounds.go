package mvn

import (
	"math"

	"github.com/relent-go/relent"
)

// MixtureKullbackLeiblerBounds returns numbers between which the Kullback–Leibler divergence of l from r is, in nats, from closed forms of
// every two components: they take K(K+K′) of these. lower is the bound of Durrieu and others, or 0; upper theirs, or
// the variational one of Hershey and Olsen where that is less, which is +Inf if a component of l has a support that no component of r has.
// Both leave room for rounding: 1e-11 of the terms.
//
// Durrieu, Thiran and Kelly, Lower and upper bounds for approximation of the Kullback–Leibler divergence between Gaussian mixture models,
// ICASSP 2012; Hershey and Olsen, Approximating the Kullback Leibler divergence between Gaussian mixture models, ICASSP 2007.
func MixtureKullbackLeiblerBounds(l, r *Mixture) (lower, upper float64) {
	sameMixtureDim("MixtureKullbackLeiblerBounds", l, r)
	a, b := partsOf(l), partsOf(r)
	own, other := table(a, a, KullbackLeibler), table(a, b, KullbackLeibler)
	upper = variationalUpper(a, b, other)
	entropy, above, below, size := 0.0, 0.0, 0.0, 1.0
	for i, w := range a.weights {
		h := a.components[i].Entropy()
		entropy += float64(w * h)
		size += float64(w * math.Abs(h))
		below += float64(w * (logMean(a.weights, own[i]) - logMean(b.weights, overlaps(&a.components[i], b))))
		above += float64(w * (logMean(a.weights, overlaps(&a.components[i], a)) - logMean(b.weights, other[i])))
	}
	room := float64(1e-11 * size)
	if v := below - entropy - room; v > 0 {
		lower = v
	}
	if v := above + entropy; v < upper {
		upper = v
	}
	return min(lower, max(0, upper)), max(0, upper) + room
}

// MixtureJensenShannonBounds returns numbers between which the Jensen–Shannon divergence of l and r is, from 0 to log 2, likewise: those that
// bounds of the mixtures' entropies by pairwise divergences give, Bhattacharyya's from below and Kullback's and Leibler's from above.
//
// Kolchinsky and Tracey, Estimating mixture entropy with pairwise distances, Entropy 19 (2017), 361.
func MixtureJensenShannonBounds(l, r *Mixture) (lower, upper float64) {
	const room = 1e-11
	sameMixtureDim("MixtureJensenShannonBounds", l, r)
	a, b := partsOf(l), partsOf(r)
	both := mixtureParts{components: append(append([]Normal(nil), a.components...), b.components...)}
	for _, w := range append(append([]float64(nil), a.weights...), b.weights...) {
		both.weights = append(both.weights, w/2)
	}
	// What a sample tells of its component, within bounds.
	least := func(p mixtureParts) float64 { return told(p, Bhattacharyya) }
	most := func(p mixtureParts) float64 { return told(p, KullbackLeibler) }
	lower = least(both) - float64(0.5*(most(a)+most(b))) - room
	upper = most(both) - float64(0.5*(least(a)+least(b))) + room
	return max(0, min(lower, logOfTwo)), max(0, min(upper, logOfTwo))
}

// MixtureKullbackLeiblerVariational returns Hershey's and Olsen's variational approximation of the divergence of l from r in nats, from closed
// forms of every two components: Σ w_a·log(Σ w_a′·e^-KL(a‖a′)/Σ v_b·e^-KL(a‖b)). It is neither a bound nor accurate; it is 0 for equal
// mixtures, exact where each has one component, and can be negative.
func MixtureKullbackLeiblerVariational(l, r *Mixture) float64 {
	sameMixtureDim("MixtureKullbackLeiblerVariational", l, r)
	a, b := partsOf(l), partsOf(r)
	own, other := table(a, a, KullbackLeibler), table(a, b, KullbackLeibler)
	sum := 0.0
	for i, w := range a.weights {
		sum += float64(w * (logMean(a.weights, own[i]) - logMean(b.weights, other[i])))
	}
	return sum
}

// MixtureKullbackLeiblerUnscented returns the unscented approximation of the divergence of l from r in nats: the mean of log l/r at 2d points
// of each component, μ ± √d·(a column of a root of Σ), which have its mean and covariance. It is exact where log l/r is quadratic, as where each
// has one component. It can be negative.
//
// Julier and Uhlmann, A general method for approximating nonlinear transformations of probability distributions (1996); Hershey and Olsen (2007).
func MixtureKullbackLeiblerUnscented(l, r *Mixture) float64 {
	sameMixtureDim("MixtureKullbackLeiblerUnscented", l, r)
	a := partsOf(l)
	d := l.dim
	points, sum := newMatrix(2*d, d), 0.0
	x, other := make([]float64, 2*d), make([]float64, 2*d)
	for i, w := range a.weights {
		n, rank := &a.components[i], a.components[i].Rank()
		step := math.Sqrt(float64(rank))
		for j := range rank {
			for k, s := range []float64{step, -step} {
				row := points.Row(2*j + k)
				clear(row)
				row[j] = s
				n.form.transform(row, row)
				n.addMean(row)
			}
		}
		some := points.Slice(0, 2*rank)
		l.double.scoreBlocks(mixtureResults[float64]{logProb: x[:2*rank]}, some)
		r.double.scoreBlocks(mixtureResults[float64]{logProb: other[:2*rank]}, some)
		setDifference(x[:2*rank], x[:2*rank], other)
		if rank > 0 {
			sum += float64(w * (total(x[:2*rank]) / float64(2*rank)))
		}
	}
	return sum
}

// partsOf are the components that have a weight.
func partsOf(m *Mixture) (p mixtureParts) {
	for k, w := range m.weights {
		if w > 0 {
			p.weights, p.components = append(p.weights, w), append(p.components, m.double.components[k])
		}
	}
	return p
}

// table has -divergence of every component of a and b.
func table(a, b mixtureParts, divergence func(l, r *Normal) float64) [][]float64 {
	rows := make([][]float64, len(a.components))
	for i := range rows {
		for j := range b.components {
			rows[i] = append(rows[i], -divergence(&a.components[i], &b.components[j]))
		}
	}
	return rows
}

// told is -Σ w·log Σ w·e^-divergence.
func told(p mixtureParts, divergence func(l, r *Normal) float64) float64 {
	sum := 0.0
	for i, row := range table(p, p, divergence) {
		sum -= float64(p.weights[i] * logMean(p.weights, row))
	}
	return sum
}

// logMean is log Σ w·e^x.
func logMean(weights, x []float64) float64 {
	terms := relent.Log(nil, weights)
	axpy(1, x, terms)
	return relent.LogSumExp(nil, asRow(terms))[0]
}

// overlaps are the logarithms of ∫ n·c of the components c, +Inf, which bounds nothing, of singular ones.
func overlaps(n *Normal, p mixtureParts) []float64 {
	logs := make([]float64, len(p.components))
	difference, work := make([]float64, n.Dim()), make([]float64, mixedWork(n.Dim()))
	for i := range logs {
		logs[i] = math.Inf(1)
		c := &p.components[i]
		if isSingular(n) || isSingular(c) {
			continue
		}
		if m, ok := mix(work, 0.5, n.form, c.form); ok && subtract(difference, n.mean, c.mean) {
			distance := m.sqMahalanobis(difference)
			logs[i] = float64(-0.5 * (float64(float64(n.Dim())*(logTwoPi+logOfTwo)) + m.logDet + float64(0.5*distance)))
		}
	}
	return logs
}

// variationalUpper is the least that iterations find of the bound Σ φ·log(φ/ψ) + Σ φ·KL(a‖b), of matrices φ and ψ of which the sums are the
// weights, φ's by row and ψ's by column. logs are -KL.
func variationalUpper(a, b mixtureParts, logs [][]float64) float64 {
	const iterations = 20
	psi := newMatrix(len(a.weights), len(b.weights))
	for i, w := range a.weights {
		for j, v := range b.weights {
			psi.Row(i)[j] = float64(w * v)
		}
	}
	least := math.Inf(1)
	for range iterations {
		bound := 0.0
		for i, w := range a.weights { // φ for ψ, in its place
			row := psi.Row(i)
			sum := logMean(row, logs[i])
			if math.IsInf(sum, -1) {
				return least
			}
			bound += float64(w * (log(w) - sum))
			for j, v := range row {
				row[j] = float64(float64(w*v) * exp(logs[i][j]-sum))
			}
		}
		least = min(least, bound)
		for j, v := range b.weights { // ψ for φ
			sum := 0.0
			for i := range a.weights {
				sum += psi.Row(i)[j]
			}
			if sum > 0 {
				for i := range a.weights {
					psi.Row(i)[j] = float64(psi.Row(i)[j] / sum * v) // v/sum may overflow
				}
			}
		}
	}
	return least
}
