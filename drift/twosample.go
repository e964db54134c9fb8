package drift

import (
	"math"

	"github.com/relent-go/relent"
)

// A Sample is a column of numbers in ascending order, for distances between two. It is immutable.
type Sample struct {
	sorted []float64
	nan    bool
}

// NewSample sorts a copy of numbers. With a NaN among them every distance is NaN; infinities are numbers like others, but distances in their
// unit are infinite, or NaN where both samples have them.
func NewSample[F relent.Float](x []F) Sample {
	s := Sample{sorted: make([]float64, len(x))}
	for i, v := range x {
		s.sorted[i] = float64(v) + 0 // no -0
		s.nan = s.nan || v != v
	}
	if !s.nan {
		sortNumbers(s.sorted)
	}
	return s
}

// Len is how many numbers there are.
func (s Sample) Len() int { return len(s.sorted) }

// useless tells of samples without a distance.
func useless(x, y Sample) bool { return x.nan || y.nan || len(x.sorted) == 0 || len(y.sorted) == 0 }

// KolmogorovSmirnov is the two-sample test: the largest difference of the shares of x and of y up to a value, and the probability of one as large
// or larger where both come from the same continuous distribution. That is exact for up to 10,000 values on either side, with a relative error of
// 2⁻³⁸, and otherwise that of a single sample of nm/(n+m) values, as scipy.stats.ks_2samp has both by default. An empty sample, or a NaN, gives NaN.
func KolmogorovSmirnov(x, y Sample) Statistic {
	if useless(x, y) {
		return Statistic{math.NaN(), math.NaN()}
	}
	n, m := len(x.sorted), len(y.sorted)
	var largest int64
	eachGap(x.sorted, y.sorted, func(i, j int, _ float64) {
		gap := int64(i)*int64(m) - int64(j)*int64(n)
		largest = max(largest, gap, -gap)
	})
	d := float64(largest) / (float64(n) * float64(m))
	if n <= mostExact && m <= mostExact {
		return Statistic{d, exactKolmogorov(n, m, largest)}
	}
	effective := float64(float64(n) / float64(n+m) * float64(m))
	return Statistic{d, kolmogorovTail(roundToEven(effective), d)}
}

const mostExact = 10_000

// roundToEven is the nearest integer of x, which is not negative and below 2⁵².
func roundToEven(x float64) float64 { return x + 0x1p52 - 0x1p52 }

// Wasserstein is the distance W1 = ∫ |F-G| of the samples' distributions, in the unit of the numbers: scipy.stats.wasserstein_distance. An empty
// sample, or a NaN, gives NaN.
func Wasserstein(x, y Sample) float64 {
	return integral(x, y, func(gap float64) float64 { return math.Abs(gap) })
}

// Energy is the energy distance √(2·∫ (F-G)²), in the square root of the unit of the numbers: scipy.stats.energy_distance. An empty sample,
// or a NaN, gives NaN.
func Energy(x, y Sample) float64 {
	return math.Sqrt(2 * integral(x, y, func(gap float64) float64 { return float64(gap * gap) }))
}

// integral is that of a function of the difference of distributions. Sums of 1024 terms are added to each other.
func integral(x, y Sample, of func(gap float64) float64) float64 {
	if useless(x, y) {
		return math.NaN()
	}
	n, m := int64(len(x.sorted)), int64(len(y.sorted))
	both := float64(float64(n) * float64(m))
	total, part, terms := 0.0, 0.0, 0
	eachGap(x.sorted, y.sorted, func(i, j int, width float64) {
		if gap := int64(i)*m - int64(j)*n; gap != 0 && width > 0 { // exact: equal shares are no gap, however wide
			part += float64(of(float64(gap)/both) * width)
		}
		if terms++; terms%1024 == 0 {
			total, part = total+part, 0
		}
	})
	return total + part
}

// eachGap calls do between values that follow each other in both samples together: with how many of either are up to there, and the distance to
// the next one, 0 at the end.
func eachGap(x, y []float64, do func(i, j int, width float64)) {
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		at := math.Inf(1)
		if i < len(x) {
			at = x[i]
		}
		if j < len(y) {
			at = min(at, y[j])
		}
		for i < len(x) && x[i] == at {
			i++
		}
		for j < len(y) && y[j] == at {
			j++
		}
		next := at
		if i < len(x) {
			next = x[i]
			if j < len(y) {
				next = min(next, y[j])
			}
		} else if j < len(y) {
			next = y[j]
		}
		do(i, j, next-at)
	}
}

// exactKolmogorov is the share of the paths of n steps to the right and m upwards that are somewhere at least as far from the diagonal as h, the largest
// |i·m - j·n|: column after column, the share of the paths to (i, j) that were, as the last step comes from the left in i of i+j cases. All terms
// are positive.
func exactKolmogorov(n, m int, h int64) float64 {
	if h == 0 {
		return 1
	}
	far := func(i, j int) bool {
		gap := int64(i)*int64(m) - int64(j)*int64(n)
		return gap >= h || -gap >= h
	}
	share := make([]float64, m+1) // at (i, j) for the i at hand, 1 where it is far
	low, high := 0, 0             // those of which something else than 1 is known: from low up to but not including high
	for high <= m && !far(0, high) {
		share[high] = 0
		high++
	}
	for j := high; j <= m; j++ {
		share[j] = 1
	}
	for i := 1; i <= n; i++ {
		for low <= m && far(i, low) && int64(i)*int64(m) > int64(low)*int64(n) {
			share[low] = 1
			low++
		}
		for high <= m && !far(i, high) {
			high++
		}
		below := 0.0 // of (i, j-1)
		if low > 0 {
			below = 1
		}
		for j := low; j < high; j++ {
			below = (float64(float64(i)*share[j]) + float64(float64(j)*below)) / float64(i+j)
			share[j] = below
		}
	}
	return share[m]
}

// kolmogorovTail is the probability that Kolmogorov's statistic of n values is at least d, as scipy.stats.kstwo computes it: from exact sums
// where they are short or accurate, and by the expansion of Pelz and Good otherwise.
func kolmogorovTail(n, d float64) float64 {
	t := float64(n * d)
	square := float64(t * d)
	switch {
	case d >= 1:
		return 0
	case t <= 0.5:
		return 1
	case d >= 0.5, n <= 140 && square > 4, square >= 2.2:
		if square >= 370 {
			return 0
		}
		return min(1, 2*smirnovTail(n, d))
	case n <= 140, n <= 100_000 && float64(t*math.Sqrt(d)) <= 1.4:
		return 1 - durbin(int(n), d)
	}
	return 1 - pelzGood(3, math.Sqrt(n)*d, n)
}

// smirnovTail is the probability that the one-sided statistic of n values is at least d: d·Σ b(v)/w with w = d + v/n and the binomial probability
// b(v) of v of n with w each (Birnbaum and Tingey 1951), in the form that Loader gave b, with a small relative error for any n.
func smirnovTail(n, d float64) float64 {
	total := exp(float64(n*log1p(-d))) / d // v = 0
	const many = 512
	var p, q, terms, rest [many]float64
	delta := stirlingFactorial(n)
	for from := 1.0; from < n; from += many {
		k := 0
		for v := from; v < min(n, from+many); v++ {
			w := d + v/n
			if w >= 1 {
				break
			}
			p[k], q[k] = v/n, w
			k++
		}
		if k == 0 {
			break
		}
		relent.GeneralizedKullbackLeiblerTerms(terms[:k], p[:k], q[:k])
		for i := range k {
			v := from + float64(i)
			rest[i] = q[i]
			p[i], q[i] = (n-v)/n, (n-v)/n-d
		}
		relent.GeneralizedKullbackLeiblerTerms(p[:k], p[:k], q[:k])
		for i := range k {
			v := from + float64(i)
			terms[i] = delta - stirlingFactorial(v) - stirlingFactorial(n-v) - float64(n*(terms[i]+p[i]))
		}
		relent.Exp(terms[:k], terms[:k])
		for i := range k {
			v := from + float64(i)
			total += float64(terms[i] / rest[i] * math.Sqrt(n/(v*(n-v))/(2*math.Pi)))
		}
	}
	return float64(d * total)
}

// stirlingFactorial is what Stirling's formula √(2πk)·k^k·e^-k lacks of log k!, for an integer k >= 1.
func stirlingFactorial(k float64) float64 {
	if k >= 16 {
		return stirling(k)
	}
	factorial := 1.0
	for i := 2.0; i <= k; i++ {
		factorial *= i
	}
	return log(factorial) - float64((k+0.5)*log(k)) + k - halfLogTwoPi
}

// durbin is the distribution of Kolmogorov's statistic of n values at d, as n!/n^n times an element of the n-th power of a matrix (Marsaglia,
// Tsang and Wang, Journal of Statistical Software 8.18, 2003).
func durbin(n int, d float64) float64 {
	t := float64(float64(n) * d)
	k := int(t) + 1
	size := 2*k - 1
	h := float64(k) - t
	a := make([][]float64, size)
	for i := range a {
		a[i] = make([]float64, size)
		for j := range min(size, i+2) {
			a[i][j] = 1
		}
	}
	power := h
	for i := range size {
		a[i][0] -= power
		a[size-1][size-1-i] -= power
		power = float64(power * h)
	}
	if h > 0.5 {
		a[size-1][0] += powerOf(float64(2*h)-1, size)
	}
	for i := range a {
		factorial := 1.0
		for j := i; j >= 0; j-- { // over (i-j+1)!
			factorial *= float64(i - j + 1)
			a[i][j] /= factorial
		}
	}
	m, exponent := matrixPower(a, n)
	result := m[k-1][k-1]
	for i := 1; i <= n; i++ {
		result *= float64(i) / float64(n)
		if result < 0x1p-400 {
			result *= 0x1p400
			exponent -= 400
		}
	}
	return min(1, max(0, math.Ldexp(result, exponent)))
}

// powerOf is x^n by multiplications.
func powerOf(x float64, n int) float64 {
	p := 1.0
	for range n {
		p = float64(p * x)
	}
	return p
}

// matrixPower is a^n, divided by 2^exponent.
func matrixPower(a [][]float64, n int) (p [][]float64, exponent int) {
	if n == 1 {
		return a, 0
	}
	half, e := matrixPower(a, n/2)
	p, exponent = product(half, half), 2*e
	if n%2 == 1 {
		p = product(a, p)
	}
	middle := len(a) / 2
	_, shift := math.Frexp(p[middle][middle])
	for _, row := range p {
		for j := range row {
			row[j] = math.Ldexp(row[j], -shift)
		}
	}
	return p, exponent + shift
}

func product(a, b [][]float64) [][]float64 {
	c := make([][]float64, len(a))
	for i := range c {
		c[i] = make([]float64, len(a))
		for k, x := range a[i] {
			if x != 0 {
				for j, y := range b[k] {
					c[i][j] += float64(x * y)
				}
			}
		}
	}
	return c
}
