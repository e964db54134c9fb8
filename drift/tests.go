package drift

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
)

// A cell is a bin, or some together, in a table of two columns.
type cell struct {
	ref, live float64
	missing   bool
}

func (c cell) both() float64 { return c.ref + c.live }

// A table is cells, in the order of the bins, and their totals.
type table struct {
	cells   []cell
	n, m    float64 // of the reference and of live data
	ordered bool
}

func (t *table) total() {
	t.n, t.m = 0, 0
	for _, c := range t.cells {
		t.n, t.m = t.n+c.ref, t.m+c.live
	}
}

// How many values each side of a cell should have at least for p-values by χ²: those of Pearson's statistic, and those of sums of logarithms and roots,
// whose variances are too large with few.
const (
	expected       = 10
	expectedOfLogs = 25
)

// pooled has neighbours put together until all cells have enough; of categories the rarest.
func (t table) pooled(expected float64) table { return t.pooledBy(cell.both, expected) }

// pooledOfLogs is for sums of logarithms and roots. If the reference has as many values in all bins, as in those by its own quantiles, what both have
// would tell which cells have the most live values.
func (t table) pooledOfLogs() table {
	if t.even() {
		return t.pooledBy(func(c cell) float64 { return c.ref / t.n * (t.n + t.m) }, expectedOfLogs)
	}
	return t.pooled(expectedOfLogs)
}

// pooledBy goes by the size of a cell, which is what both sides have or would have.
func (t table) pooledBy(size func(cell) float64, expected float64) table {
	cells := slices.Clone(t.cells)
	if !t.ordered {
		slices.SortStableFunc(cells, func(a, b cell) int {
			switch {
			case a.both() < b.both():
				return -1
			case a.both() > b.both():
				return 1
			}
			return 0
		})
	}
	need := expected * (t.n + t.m) / min(t.n, t.m)
	var pooled []cell
	for _, c := range cells {
		last := len(pooled) - 1
		if last >= 0 && size(pooled[last]) < need {
			pooled[last].join(c)
		} else {
			pooled = append(pooled, c)
		}
	}
	if last := len(pooled) - 1; last > 0 && size(pooled[last]) < need {
		pooled[last-1].join(pooled[last])
		pooled = pooled[:last]
	}
	t.cells = pooled
	return t
}

// even tells whether the reference has as many values in all bins.
func (t table) even() bool {
	least, most := math.Inf(1), 0.0
	for _, c := range t.cells {
		if !c.missing {
			least, most = min(least, c.ref), max(most, c.ref)
		}
	}
	return t.ordered && most-least <= 1
}

// join adds another cell. A few missing values stand beside those of the last bin.
func (c *cell) join(o cell) {
	c.ref += o.ref
	c.live += o.live
}

// testShares sets the p-values of measures of shares, from cells that have enough.
func (r *ColumnReport) testShares(t table) {
	freedom := len(t.cells) - 1
	if t.n == 0 || t.m == 0 || freedom < 1 {
		r.PSI.P, r.JensenShannon.P, r.KullbackLeibler.P, r.Hellinger.P = 1, 1, 1, 1
		return
	}
	p, q := make([]float64, len(t.cells)), make([]float64, len(t.cells))
	rarity := 0.0
	for i, c := range t.cells {
		p[i], q[i] = c.live, c.ref
		rarity += (t.n + t.m) / c.both()
	}
	value := func(m relent.Measure) float64 {
		x, _ := relent.BetweenCounts(m, p, q, relent.Strict)
		return x
	}
	tail := func(statistic, excess float64) float64 {
		return chiSquareTail(freedom, statistic*t.scale()/(1+float64(excess*rarity)/float64(freedom)))
	}
	// With shares p = π(1+a) and q = π(1+b), the expectations of a², a³ and a⁴ are α, α² and 3α² to the next order in α = 1/mπ, and with β = 1/nπ those of
	// b; the sums of terms have, beside the leading one, these multiples of α+β, each for the π of a bin.
	alpha, beta := 1/t.m, 1/t.n
	squares, product := float64(alpha*alpha)+float64(beta*beta), float64(alpha*beta)
	sum := alpha + beta
	r.PSI.P = tail(value(relent.MeasureJeffreys), squares/2/sum)
	r.JensenShannon.P = tail(8*value(relent.MeasureJensenShannon), (float64(3*squares/8)-float64(product/4))/sum)
	hellinger := value(relent.MeasureHellinger)
	r.Hellinger.P = tail(8*hellinger*hellinger, (float64(7*squares/16)-float64(product/8))/sum)
	r.KullbackLeibler.P = tail(2*value(relent.MeasureKullbackLeibler), (float64(alpha*alpha)/6+float64(beta*beta)*5/6)/sum)
}

// scale is nm/(n+m).
func (t table) scale() float64 { return t.n / (t.n + t.m) * t.m }

// test sets the verdict's p-values, from cells that have enough.
func (r *ColumnReport) test(t table) {
	freedom := len(t.cells) - 1
	if t.n == 0 || t.m == 0 || freedom < 1 {
		r.ChiSquare.P, r.P = 1, 1
		return
	}
	both := t.n + t.m
	square := 0.0
	for _, c := range t.cells {
		d := c.live/t.m - c.ref/t.n
		square += float64(d * d / c.both() * both)
	}
	square = float64(square * (t.scale() * (both - 1) / both)) // its expectation, given the totals of all bins, is the degrees of freedom
	r.ChiSquare = Statistic{square, chiSquareTail(freedom, square)}
	r.P = r.ChiSquare.P
	if t.values() < 2 {
		return
	}
	shift := t.shift()
	r.Superiority.P = chiSquareTail(1, shift)
	r.P = r.Superiority.P
	if freedom > 1 {
		rest := chiSquareTail(freedom-1, max(0, square-shift))
		q := min(r.P/forShift, rest/(1-forShift))
		r.P = q - float64(forShift*(1-forShift)*q*q)
	}
}

// forShift is how much of the false alarms are left to a shift, which drift mostly is: so that one is found at least as often as by the
// Kolmogorov–Smirnov test of the values.
const forShift = 0.8

// values is how many cells there are in an order: what they have can shift if it is two.
func (t table) values() (n int) {
	for _, c := range t.cells {
		if t.ordered && !c.missing {
			n++
		}
	}
	return n
}

// shift is the square of Mann and Whitney's statistic in units of its standard deviation, given the totals of all cells.
func (t table) shift() float64 {
	var below, mean, count float64
	ranks := make([]float64, len(t.cells))
	for i, c := range t.cells {
		if !c.missing {
			ranks[i] = below + float64(c.both()/2)
			below += c.both()
			mean += float64(ranks[i] * c.both())
			count += c.both()
		}
	}
	mean /= count
	var sum, squares float64
	both := t.n + t.m
	for i, c := range t.cells {
		if !c.missing {
			score := ranks[i] - mean
			sum += float64(score * (c.live - float64(c.both()*(t.m/both))))
			squares += float64(score * score * c.both())
		}
	}
	if squares == 0 {
		return 0
	}
	return float64(sum / squares * sum / t.n / t.m * both * (both - 1))
}

// chiSquareTail is the probability that the sum of the squares of d standard normal variables is above x, with a relative error of about 2⁻⁴⁰.
func chiSquareTail(d int, x float64) float64 {
	switch a, y := float64(float64(d)/2), float64(x/2); {
	case x != x:
		return math.NaN()
	case y <= 0:
		return 1
	case math.IsInf(y, 1):
		return 0
	case y < a+1:
		return 1 - float64(powerOverGamma(a, y)*gammaSeries(a, y))
	default:
		return powerOverGamma(a, y) * gammaFraction(a, y)
	}
}

// powerOverGamma is y^a·e^-y/Γ(a).
func powerOverGamma(a, y float64) float64 { return exp(float64(a*log(y)) - y - logGamma(a)) }

// gammaSeries is the sum of y^k/(a·(a+1)…(a+k)).
func gammaSeries(a, y float64) float64 {
	term := 1 / a
	sum := term
	for k := a + 1; term > 0x1p-54*sum; k++ {
		term = float64(term * (y / k))
		sum += term
	}
	return sum
}

// gammaFraction is the continued fraction 1/(y+1-a - 1(1-a)/(y+3-a - 2(2-a)/(y+5-a - …))), from the front (Lentz).
func gammaFraction(a, y float64) float64 {
	const tiny = 0x1p-500
	b := y + 1 - a
	c, d := 1/tiny, 1/b
	f := d
	for i := 1.0; ; i++ {
		numerator := float64(i * (a - i))
		b += 2
		d = float64(numerator*d) + b
		if math.Abs(d) < tiny {
			d = tiny
		}
		c = b + numerator/c
		if math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		factor := float64(c * d)
		f *= factor
		if math.Abs(factor-1) < 0x1p-50 {
			return f
		}
	}
}

// logGamma is log Γ(a), a > 0, by Stirling's series from 16 on.
func logGamma(a float64) float64 {
	product := 1.0
	for ; a < 16; a++ {
		product *= a
	}
	return float64((a-0.5)*log(a)) - a + halfLogTwoPi + stirling(a) - log(product)
}

const halfLogTwoPi = 0.91893853320467274178032973640561763986139747363778

// stirling is what Stirling's formula of log Γ(a) lacks, for a of at least 16: the first term left out is below 2⁻⁵⁸.
func stirling(a float64) float64 {
	r := 1 / a
	s := float64(r * r)
	series := math.FMA(s, -691./360360, 1./1188)
	for _, c := range [...]float64{-1. / 1680, 1. / 1260, -1. / 360, 1. / 12} {
		series = math.FMA(s, series, c)
	}
	return float64(r * series)
}

// kolmogorovLimit is the probability that the largest distance of a Brownian bridge from 0 is above t: 2·Σ (-1)^(k-1)·exp(-2k²t²), and for
// small t 1 - √(2π)/t·Σ exp(-(2k-1)²π²/8t²).
func kolmogorovLimit(t float64) float64 {
	if t < 1 {
		if t < 0.04 {
			return 1
		}
		return 1 - pelzGood(0, t, 1)
	}
	sum, sign := 0.0, 1.0
	for k := 1.0; k < 8; k++ {
		sum += float64(sign * exp(-float64(2*k*k*t*t)))
		sign = -sign
	}
	return min(1, max(0, 2*sum))
}
