package kernels

import (
	"fmt"
	"math"
	"math/big"
	"testing"
)

// A fit is what a table of coefficients approximates: P is the polynomial of its length that minimises, over [lo, hi], the
// largest |weight·(P - target)|, its coefficients then rounded to the element type. The weight turns an error of P into
// the relative error of the function that P is part of.
type fit struct {
	name   string
	table  coefficients
	lo, hi *big.Float
	target func(z *big.Float) *big.Float
	weight func(z, target *big.Float) *big.Float
	// The relative error with the rounded coefficients is at most 2**-bits, and not by a tenth of a bit better.
	bits64, bits32 float64
}

var fits = []fit{
	{"atanhNear", atanhNear, ratio(0, 1), ratio(1, 25), atanhSeries, inExcess, 52.6, 25.2},
	{"atanhWide", atanhWide, ratio(0, 1), ratio(1, 9), atanhSeries, inExcess, 56.8, 25.0},
	{"phiNear", phiNear, ratio(0, 1), ratio(1, 9), phiSeries, inSum, 57.5, 30.0},
	{"expNear", expNear, ratio(-34658, 100000), ratio(34658, 100000), expSeries, inExp, 56.3, 27.9},
	{"expExcessNear", expExcessNear, ratio(-34658, 100000), ratio(34658, 100000), expSeries, inItself, 57.1, 0},
	{"exp2ExcessNear", exp2ExcessNear, ratio(-1, 2), ratio(1, 2), exp2Series, inItself, 51.7, 0},
	{"sinQuarter", sinQuarter, ratio(0, 1), ratio(1, 4), sinSeries, inItself, 54.1, 0},
	{"cosQuarter", cosQuarter, ratio(0, 1), ratio(1, 4), cosSeries, inSum, 55.2, 0},
	{"expExcessWide", expExcessWide, ratio(-1, 1), ratio(1, 1), expSeries, inItself, 0, 26.5},
}

// atanhSeries is G in 2 atanh(s) = s(2 + zG(z)), z = s²; phiSeries is G in
// (1+t)log(1+t) + (1-t)log(1-t) = z(1 + zG(z)), z = t²; expSeries is G in e**z = 1 + z + z²G(z).
var (
	atanhSeries = powerSeries(func(j int64) *big.Float { return ratio(2, 2*j+3) })
	phiSeries   = powerSeries(func(j int64) *big.Float { return ratio(1, (j+2)*(2*j+3)) })
	expSeries   = powerSeries(func(j int64) *big.Float { return quo(ratio(1, 1), factorial(j+2)) })
)

// exp2Series is G in 2**z = 1 + z·ln 2 + z²G(z).
var exp2Series = powerSeries(func(j int64) *big.Float {
	term := quo(ratio(1, 1), factorial(j+2))
	for range j + 2 {
		term = mul(term, bigAtanh2(ratio(1, 3)))
	}
	return term
})

// sinSeries is G in sin(πx/2) = xG(z), cosSeries is G in cos(πx/2) = 1 + zG(z), z = x².
var (
	sinSeries = powerSeries(func(j int64) *big.Float { return circular(2*j+1, j) })
	cosSeries = powerSeries(func(j int64) *big.Float { return circular(2*j+2, j+1) })
)

// circular is (π/2)ⁿ/n!, with the sign of (-1)ᵏ.
func circular(n, k int64) *big.Float {
	term := quo(ratio(1-2*(k%2), 1), factorial(n))
	for range n {
		term = mul(term, quarterTurn)
	}
	return term
}

// quarterTurn is π/2 = 8 atan(1/5) - 2 atan(1/239) (Machin).
var quarterTurn = sub(mul(ratio(8, 1), atan(ratio(1, 5))), mul(ratio(2, 1), atan(ratio(1, 239))))

func atan(x *big.Float) *big.Float {
	sum, power := ratio(0, 1), x
	for k := int64(0); k < 200; k++ {
		sum = add(sum, mul(power, ratio(1-2*(k%2), 2*k+1)))
		power = mul(power, mul(x, x))
	}
	return sum
}

func factorial(n int64) *big.Float {
	f := ratio(1, 1)
	for ; n > 1; n-- {
		f = mul(f, ratio(n, 1))
	}
	return f
}

// inSum is the weight of P in 1 + zP(z), inExcess that of P in s(d + p·zP(z)), where d is at least s·p·2/(1 + s).
func inSum(z, target *big.Float) *big.Float { return quo(z, add(ratio(1, 1), mul(z, target))) }

func inExcess(z, _ *big.Float) *big.Float {
	return quo(new(big.Float).SetPrec(precision).Sqrt(z), ratio(2, 1))
}

// inExp is the weight of P in 1 + z + z²P(z).
func inExp(z, target *big.Float) *big.Float {
	return quo(mul(z, z), add(ratio(1, 1), add(z, mul(mul(z, z), target))))
}

// inItself is the weight of P where it is a factor.
func inItself(_, target *big.Float) *big.Float { return quo(ratio(1, 1), target) }

func TestCoefficientsAreMinimax(t *testing.T) {
	eachTable(t, func(t *testing.T, f fit, typ Type, table []float64, _ float64) {
		for i, c := range remez(f, len(table)) {
			if want := rounded(c, typ); table[i] != want {
				t.Errorf("coefficient %d is %x, derived %x", i, table[i], want)
			}
		}
	})
}

func TestCoefficientsKeepTheirBound(t *testing.T) {
	eachTable(t, func(t *testing.T, f fit, typ Type, table []float64, bits float64) {
		p := make([]*big.Float, len(table))
		for i, c := range table {
			if p[i] = float(c); typ == F32 && float64(float32(c)) != c {
				t.Errorf("coefficient %d, %x, is no float32", i, c)
			}
		}
		_, worst := maxAbs(f.extrema(p, f.grid(2000)))
		if got := -log2(worst); got < bits || got > bits+0.1 {
			t.Errorf("relative error is 2**-%.3f, stated 2**-%.1f", got, bits)
		}
	})
}

func eachTable(t *testing.T, test func(t *testing.T, f fit, typ Type, table []float64, bits float64)) {
	for _, f := range fits {
		if f.table.f64 != nil {
			t.Run(f.name+"/f64", func(t *testing.T) { test(t, f, F64, f.table.f64, f.bits64) })
		}
		if f.table.f32 != nil { // otherwise float32 is computed in float64
			t.Run(f.name+"/f32", func(t *testing.T) { test(t, f, F32, f.table.f32, f.bits32) })
		}
	}
}

func rounded(x *big.Float, t Type) float64 {
	if t == F32 {
		y, _ := x.Float32()
		return float64(y)
	}
	y, _ := x.Float64()
	return y
}

func TestLn2(t *testing.T) {
	ln2 := bigAtanh2(ratio(1, 3))
	for _, typ := range []Type{F64, F32} {
		b := newBuilder(typ, false)
		if got, want := scaledUp(typ, b.Code[b.ln2().id].Bits), rounded(ln2, typ); got != want {
			t.Errorf("%v: ln2 is %x, not %x", typ, got, want)
		}
	}
}

func TestLn2Low(t *testing.T) {
	if want := rounded(sub(bigAtanh2(ratio(1, 3)), float(math.Ln2)), F64); ln2Low != want {
		t.Errorf("what float64's ln 2 lacks is %x, not %x", want, float64(ln2Low))
	}
}

// scaledUp is a constant per step of the exponent field as a constant per power of two.
func scaledUp(t Type, bits uint64) float64 { return math.Ldexp(decode(t, bits), t.MantissaBits()) }

// remez exchanges points until the error of the polynomial of n coefficients has the same size at all n+1 of them.
func remez(f fit, n int) []*big.Float {
	grid := f.grid(60 * n)
	points := make([]sample, n+1)
	for i := range points {
		points[i] = f.at(f.chebyshev(2*i+1, 2*n+2))
	}
	for range 30 {
		p, level := f.interpolate(points)
		extrema := alternating(f.extrema(p, grid), n+1)
		for i, e := range extrema {
			points[i] = e.sample
		}
		_, worst := maxAbs(extrema)
		if excess := sub(worst, level); excess.Sign() <= 0 || log2(excess)-log2(level) < -70 {
			return p
		}
	}
	panic(f.name + ": the exchange does not converge")
}

// A sample is a point with what does not depend on the polynomial there; a deviation adds the weighted error.
type (
	sample    struct{ z, target, weight *big.Float }
	deviation struct {
		sample
		error *big.Float
	}
)

func (f fit) at(z *big.Float) sample {
	g := f.target(z)
	return sample{z, g, f.weight(z, g)}
}

// chebyshev is point i of n+1 that crowd towards both ends.
func (f fit) chebyshev(i, n int) *big.Float {
	part := float((1 - math.Cos(math.Pi*float64(i)/float64(n))) / 2)
	return add(f.lo, mul(part, sub(f.hi, f.lo)))
}

func (f fit) grid(n int) []sample {
	g := make([]sample, n+1)
	for i := range g {
		g[i] = f.at(f.chebyshev(i, n))
	}
	return g
}

// interpolate finds the polynomial whose weighted error is ±level, in turns, at the points.
func (f fit) interpolate(points []sample) (p []*big.Float, level *big.Float) {
	rows := make([][]*big.Float, len(points))
	for i, s := range points {
		power := s.weight
		for range len(points) - 1 {
			rows[i] = append(rows[i], power)
			power = mul(power, s.z)
		}
		rows[i] = append(rows[i], ratio(1-2*int64(i%2), 1), mul(s.weight, s.target))
	}
	x := solve(rows)
	return x[:len(x)-1], new(big.Float).Abs(x[len(x)-1])
}

// extrema is where the weighted error of p is largest between two changes of its sign. There are few: the targets'
// derivatives do not change sign, so by Rolle's theorem p - target has at most as many zeros as p has coefficients.
func (f fit) extrema(p []*big.Float, grid []sample) []deviation {
	var found []deviation
	best := -1
	keep := func() {
		if best >= 0 {
			found = append(found, f.refine(p, grid[max(best-1, 0)].z, grid[min(best+1, len(grid)-1)].z))
		}
	}
	errors := make([]*big.Float, len(grid))
	for i, s := range grid {
		errors[i] = s.error(p)
		switch {
		case errors[i].Sign() == 0:
		case best < 0:
			best = i
		case errors[i].Sign() != errors[best].Sign():
			keep()
			best = i
		case less(errors[best], errors[i]):
			best = i
		}
	}
	keep()
	return found
}

func (s sample) error(p []*big.Float) *big.Float {
	return mul(s.weight, sub(horner(p, s.z), s.target))
}

// refine finds the largest weighted error between a and b by golden sections. The ends count, too.
func (f fit) refine(p []*big.Float, a, b *big.Float) deviation {
	at := func(z *big.Float) deviation {
		s := f.at(z)
		return deviation{s, s.error(p)}
	}
	inner := func(from, to *big.Float) deviation {
		const golden = 0.38196601125010515
		return at(add(from, mul(float(golden), sub(to, from))))
	}
	ends := []deviation{at(a), at(b)}
	left, right := inner(a, b), inner(b, a)
	for range 60 {
		if less(left.error, right.error) {
			a, left, right = left.z, right, inner(b, left.z)
		} else {
			b, right, left = right.z, left, inner(a, right.z)
		}
	}
	best, _ := maxAbs(append(ends, left, right))
	return best
}

// alternating is n of the extrema, whose signs alternate: surplus ones go from the end where they are smaller.
func alternating(list []deviation, n int) []deviation {
	if len(list) < n {
		panic(fmt.Sprintf("%d extrema where %d are needed", len(list), n))
	}
	for len(list) > n {
		if less(list[0].error, list[len(list)-1].error) {
			list = list[1:]
		} else {
			list = list[:len(list)-1]
		}
	}
	return list
}

func maxAbs(list []deviation) (at deviation, worst *big.Float) {
	at = list[0]
	for _, d := range list[1:] {
		if less(at.error, d.error) {
			at = d
		}
	}
	return at, new(big.Float).Abs(at.error)
}

// solve is Gaussian elimination with partial pivoting; the last column is the right side.
func solve(rows [][]*big.Float) []*big.Float {
	n := len(rows)
	for c := range n {
		for r := c + 1; r < n; r++ {
			if less(rows[c][c], rows[r][c]) {
				rows[c], rows[r] = rows[r], rows[c]
			}
		}
		for r := range n {
			if r == c {
				continue
			}
			factor := quo(rows[r][c], rows[c][c])
			for j := c; j <= n; j++ {
				rows[r][j] = sub(rows[r][j], mul(factor, rows[c][j]))
			}
		}
	}
	x := make([]*big.Float, n)
	for i, row := range rows {
		x[i] = quo(row[n], row[i])
	}
	return x
}

// powerSeries sums term(j)·z**j for z up to 1/9 to all of the precision.
func powerSeries(term func(j int64) *big.Float) func(z *big.Float) *big.Float {
	const enough = precision/3 + 1 // 9**-j < 2**-3j
	terms := make([]*big.Float, enough)
	for j := range terms {
		terms[j] = term(int64(j))
	}
	return func(z *big.Float) *big.Float { return horner(terms, z) }
}

func horner(p []*big.Float, z *big.Float) *big.Float {
	sum := p[len(p)-1]
	for i := len(p) - 2; i >= 0; i-- {
		sum = add(mul(sum, z), p[i])
	}
	return sum
}

const precision = 240 // bits

func float(x float64) *big.Float          { return new(big.Float).SetPrec(precision).SetFloat64(x) }
func add(x, y *big.Float) *big.Float      { return new(big.Float).SetPrec(precision).Add(x, y) }
func sub(x, y *big.Float) *big.Float      { return new(big.Float).SetPrec(precision).Sub(x, y) }
func mul(x, y *big.Float) *big.Float      { return new(big.Float).SetPrec(precision).Mul(x, y) }
func quo(x, y *big.Float) *big.Float      { return new(big.Float).SetPrec(precision).Quo(x, y) }
func ratio(numerator, d int64) *big.Float { return quo(float(float64(numerator)), float(float64(d))) }

// less compares absolute values.
func less(x, y *big.Float) bool {
	return new(big.Float).Abs(x).Cmp(new(big.Float).Abs(y)) < 0
}

// log2 of |x|, for tests against bounds.
func log2(x *big.Float) float64 {
	mantissa := new(big.Float)
	exponent := x.MantExp(mantissa)
	m, _ := mantissa.Float64()
	return float64(exponent) + math.Log2(math.Abs(m))
}

func decode(t Type, bits uint64) float64 {
	if t == F32 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}
