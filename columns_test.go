package relent

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// exponentEdges are where the exponential of a float64 or a float32 overflows, and where it becomes subnormal and 0.
var exponentEdges = []float64{
	0x1.62e42fefa39efp+9, -0x1.6232bdd7abcd2p+9, -0x1.74910d52d3051p+9, 0x1.62e42ep+6, -0x1.5d58ap+6, -0x1.9fe36ap+6, -708, 0.5 * math.Ln2,
}

// signedFamilies are families of numbers of both signs, for exponentials; their pairs are independent but for "near".
func signedFamilies[F float]() []family[F] {
	alone := func(x func(r *rng) F) func(r *rng) (p, q F) { return func(r *rng) (p, q F) { return x(r), x(r) } }
	times := func(scale F) func(r *rng) (p, q F) {
		return alone(func(r *rng) F { return (2*unit[F](r) - 1) * scale })
	}
	special := specials[F]()
	return []family[F]{
		{"in ±1", times(1)},
		{"in ±30", times(30)},
		{"in ±100", times(100)},
		{"in ±800", times(800)},
		{"in ±1e5", times(1e5)},
		{"any negative", alone(func(r *rng) F { return -anyFinite[F](r) })},
		{"any size", alone(func(r *rng) F { return anyFinite[F](r) * F(1-2*r.below(2)) })},
		{"far out", alone(func(r *rng) F { return -1e5 - 40*unit[F](r) })},
		{"near", func(r *rng) (p, q F) { p = 100 * unit[F](r); return -p, -step(p, r.around(r.below(mantissaBits[F]()))) }},
		{"multiples of ½ ln 2", alone(func(r *rng) F {
			x := F(math.Ln2 / 2 * float64(1+r.below(2200)))
			return step(x, r.around(1)) * F(1-2*r.below(2))
		})},
		{"edges", alone(func(r *rng) F {
			x := F(exponentEdges[r.below(len(exponentEdges))])
			return F(math.Copysign(float64(step(F(math.Abs(float64(x))), r.around(r.below(8)))), float64(x)))
		})},
		{"special", alone(func(r *rng) F {
			if r.below(3) > 0 {
				return -unit[F](r)
			}
			return special[r.below(len(special))]
		})},
	}
}

func TestAgreeSigned(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		t.Run("f64", agreeSigned[float64])
		t.Run("f32", agreeSigned[float32])
	})
}

func agreeSigned[F float](t *testing.T) {
	r := seed(t.Name())
	for _, kind := range signedFamilies[F]() {
		for range short(100) {
			p, q := pairs(r, r.below(600), kind.pair)
			for _, k := range elementwises[F]() {
				want := make([]F, len(p))
				k.generic(want, p, q, reversed(p))
				agreeMap(t, k, kind.name, want, p, q, r.below(33))
			}
		}
	}
}

// exponential is e**x = 2**n·(e**(r/2**16))**(2**16), x = n·ln 2 + r, with more than 200 correct bits.
func exponential(x *big.Float) *big.Float {
	const squarings = 16
	ratio, _ := quo(x, ln2()).Float64()
	n := math.RoundToEven(ratio)
	r := new(big.Float).SetMantExp(sub(x, mul(ln2(), number(n))), -squarings)
	sum, term := number(1), number(1)
	for i := 1.0; i < 20; i++ {
		term = quo(mul(term, r), number(i))
		sum = add(sum, term)
	}
	for range squarings {
		sum = mul(sum, sum)
	}
	return sum.SetMantExp(sum, int(n))
}

// unitRoundoff is half of the unit in the last place of 1.
func unitRoundoff[F float]() float64 { return math.Ldexp(1, -mantissaBits[F]()-1) }

// beyondRounding is the relative error of got, less half a unit in the last place for subnormal numbers, and for float32 that is rounded
// from float64. Infinity stands for the first power of two without a number.
func beyondRounding[F float](got F, want *big.Float, rounded bool) float64 {
	least, most := exponents[F]()
	value := number(float64(got))
	if value.IsInf() && value.Sign() == want.Sign() {
		value.SetMantExp(number(1), most+1)
		if want.Cmp(value) >= 0 {
			return 0
		}
	}
	err := abs(sub(value, want))
	if exponent := want.MantExp(nil) - 1; exponent < least || rounded && !isFloat64[F]() {
		err = sub(err, new(big.Float).SetMantExp(number(1), max(exponent, least)-mantissaBits[F]()-1))
	}
	if err.Sign() <= 0 {
		return 0
	}
	relative, _ := quo(err, abs(want)).Float64()
	return relative
}

func TestExpAgainstBig(t *testing.T) {
	t.Run("f64", func(t *testing.T) { worstOf(t, signedFamilies[float64](), expBound[float64](), expError) })
	t.Run("f32", func(t *testing.T) { worstOf(t, signedFamilies[float32](), expBound[float32](), expError) })
}

func TestLogAgainstBig(t *testing.T) {
	t.Run("f64", func(t *testing.T) { worstOf(t, families[float64](), logBound[float64](), logError) })
	t.Run("f32", func(t *testing.T) { worstOf(t, families[float32](), logBound[float32](), logError) })
}

// The documented errors.
func expBound[F float]() float64 {
	return map[bool]float64{true: 0x1p-52, false: 0x1p-23}[isFloat64[F]()]
}
func logBound[F float]() float64 {
	return map[bool]float64{true: 0x1p-50, false: 0x1p-22}[isFloat64[F]()]
}

func expError[F float](x F) float64 {
	if x-x != 0 {
		return 0 // see TestExpLogConventions
	}
	limited := math.Max(-2000, math.Min(2000, float64(x))) // beyond it nothing is left to tell
	return beyondRounding(Exp(nil, []F{x})[0], exponential(number(limited)), false)
}

func logError[F float](x F) float64 {
	switch got := Log(nil, []F{x})[0]; {
	case !(x > 0) || x-x != 0:
		return 0
	case x == 1:
		return infiniteUnless(toBits(got) == 0)
	default:
		return beyondRounding(got, logRatio(number(float64(x)), number(1)), false)
	}
}

// worstOf searches the elements of the families for the largest error: half of them next to the worst so far.
func worstOf[F float](t *testing.T, kinds []family[F], limit float64, errorOf func(x F) float64) {
	largest, where, r := 0.0, F(0), seed(t.Name())
	for _, kind := range kinds {
		for i := range short(400) {
			x, _ := kind.pair(r)
			if i%2 == 1 && largest > 0 {
				x = F(math.Copysign(float64(step(F(math.Abs(float64(where))), r.around(r.below(mantissaBits[F]())))), float64(where)))
			}
			if err := errorOf(x); err > limit {
				t.Errorf("%x, of %s: error 2**%.3f", x, kind.name, math.Log2(err))
			} else if err > largest {
				largest, where = err, x
			}
		}
	}
	t.Logf("error 2**%.3f at %x", math.Log2(largest), where)
}

func TestExpLogConventions(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", expLogConventions[float64])
		t.Run("f32", expLogConventions[float32])
	})
}

func expLogConventions[F float](t *testing.T) {
	least, most := step[F](0, 1), step(fromBits[F](infinityBits[F]()), 0)
	for _, row := range []struct{ x, exp, log F }{
		{0, 1, F(-inf)},
		{F(minusZero), 1, F(-inf)},
		{F(inf), F(inf), F(inf)},
		{F(-inf), 0, F(nan)},
		{F(nan), F(nan), F(nan)},
		{-F(nan), F(nan), F(nan)},
		{1, Exp(nil, []F{1})[0], 0},
		{-1, Exp(nil, []F{-1})[0], F(nan)},
		{-least, 1, F(nan)},
		{most, F(inf), F(math.Log(float64(most)))},
		{-most, 0, F(nan)},
	} {
		for _, n := range []int{1, 3, 8, 37} {
			for at := range n {
				x := slices.Repeat([]F{1}, n)
				x[at] = row.x
				requireBits(t, "Exp", row.x, Exp(nil, x)[at], row.exp)
				requireBits(t, "Log", row.x, Log(nil, x)[at], row.log)
			}
		}
	}
}

// requireBits compares bits, those of a NaN with the canonical one's.
func requireBits[F float](t *testing.T, what string, x, got, want F) {
	t.Helper()
	if want != want {
		want = F(nan)
	}
	if toBits(got) != toBits(want) {
		t.Errorf("%s of %v is %v (%x), not %v", what, x, got, toBits(got), want)
	}
}

// columns makes a K×n matrix, with some elements between the rows, of a family.
func columns[F float](r *rng, k, n int, kind family[F]) Matrix[F] {
	m := Matrix[F]{Rows: k, Cols: n, Stride: n + r.below(5)}
	for range k * m.Stride {
		x, _ := kind.pair(r)
		m.Data = append(m.Data, x)
	}
	return m
}

func column[F float](m Matrix[F], j int) (x []F) {
	for i := range m.Rows {
		x = append(x, m.Row(i)[j])
	}
	return x
}

// logSums are families for sums of exponentials.
func logSums[F float]() []family[F] {
	exceptional := func(x F) func(r *rng) (p, q F) {
		return func(r *rng) (p, q F) {
			if r.below(3) == 0 {
				return x, x
			}
			return -40 * unit[F](r), x
		}
	}
	equal := func(r *rng) (p, q F) { return -F(r.below(3)), 0 }
	nearZero := func(r *rng) (p, q F) { return F(-30 * r.below(4)), 0 }
	list := []family[F]{{"many -Inf", exceptional(F(-inf))}, {"some 0", exceptional(0)}, {"equal", equal}, {"near 0", nearZero}}
	for _, kind := range signedFamilies[F]() {
		if kind.name != "special" {
			list = append(list, kind)
		}
	}
	return list
}

// A logSum is the exact log Σ exp of a column and what the bounds of its error are made of: the largest element, the
// excess over it, and how much the elements' distances from it count. ok is false if it is not finite, or beyond F.
type logSum struct {
	value, top, excess *big.Float
	moved              float64
}

func exactLogSum[F float](x []F) (s logSum, ok bool) {
	for _, a := range x {
		if a != a || math.IsInf(float64(a), 1) {
			return s, false
		}
		if v := number(float64(a)); !v.IsInf() && (s.top == nil || v.Cmp(s.top) > 0) {
			s.top = v
		}
	}
	if s.top == nil {
		return s, false
	}
	sum, moved := number(0), number(0)
	for _, a := range x {
		gap := sub(number(float64(a)), s.top)
		if math.IsInf(float64(a), 0) || gap.Cmp(number(-2000)) < 0 {
			continue
		}
		e := exponential(gap)
		sum, moved = add(sum, e), add(moved, mul(e, abs(gap)))
	}
	s.excess = logRatio(sum, number(1))
	s.value = add(s.top, s.excess)
	s.moved, _ = quo(moved, sum).Float64()
	return s, true
}

// error is that of a result as a share of the documented bound for k elements.
func (s logSum) error(got, u, least float64, k int) float64 {
	size, _ := abs(s.value).Float64()
	excess, _ := s.excess.Float64()
	bound := u*(size+4*float64(k+1)*excess+s.moved) + least*float64(k)
	if got-got != 0 {
		return math.Inf(1)
	}
	err, _ := abs(sub(number(got), s.value)).Float64()
	return err / bound
}

// shareError is the error of a softmax of a, likewise; what underflows may have a unit of the smallest number more.
func (s logSum) shareError(got, a, u, least float64, k int) float64 {
	if math.IsInf(a, -1) {
		return infiniteUnless(got == 0)
	}
	gap := sub(number(a), s.top)
	if gap.Cmp(number(-2000)) < 0 {
		gap = number(-2000) // nothing is left
	}
	distance, _ := gap.Float64()
	share := quo(exponential(gap), exponential(s.excess))
	moved := s.moved + math.Abs(distance)
	want, _ := share.Float64()
	bound := want*(u*(4*float64(k)+12+moved)) + least
	if got-got != 0 {
		return math.Inf(1)
	}
	err, _ := abs(sub(number(got), share)).Float64()
	return err / bound
}

// dropped is what LogSumExpColumns may lack of each element relative to the largest.
func dropped[F float]() float64 {
	if isFloat64[F]() {
		return 0x1p-1021
	}
	return 0x1p-149
}

func TestLogSumExpAgainstBig(t *testing.T) {
	t.Run("f64", logSumExpAgainstBig[float64])
	t.Run("f32", logSumExpAgainstBig[float32])
}

func logSumExpAgainstBig[F float](t *testing.T) {
	r := seed(t.Name())
	for _, kind := range logSums[F]() {
		var largest [3]float64
		for range short(20) {
			m := columns(r, 1+r.below(9), 1+r.below(5), kind)
			for i, err := range logSumErrors(t, m) {
				largest[i] = max(largest[i], err)
			}
		}
		t.Logf("%-20s %.2f of the bound of the sum, %.2f of a share's, %.2f of that of the shares' sum", kind.name, largest[0], largest[1], largest[2])
	}
}

// logSumErrors are the largest errors over the columns of m, as shares of their bounds.
func logSumErrors[F float](t *testing.T, m Matrix[F]) (largest [3]float64) {
	u := unitRoundoff[F]()
	shares, sums, _ := SoftmaxColumns(Matrix[F]{}, nil, m, Run{})
	for j := range m.Cols {
		x := column(m, j)
		want, ok := exactLogSum(x)
		if !ok {
			continue
		}
		err := [3]float64{want.error(float64(sums[j]), u, dropped[F](), len(x)), 0, 0}
		total := number(0)
		for i, share := range column(shares, j) {
			err[1] = max(err[1], want.shareError(float64(share), float64(x[i]), u, leastUnit[F](), len(x)))
			total = add(total, number(float64(share)))
		}
		off, _ := abs(sub(total, number(1))).Float64()
		err[2] = off / (u * (4*float64(len(x)) + 12))
		for i, e := range err {
			if e > 1 {
				t.Errorf("log Σ exp %x is %x, shares %x: error %d is %.3g of the bound", x, sums[j], column(shares, j), i, e)
			}
			largest[i] = max(largest[i], e)
		}
	}
	return largest
}

// A column's results do not depend on where it stands, nor on how the columns are divided, nor on the instruction set; those of
// SoftmaxColumns are the same in place, and its sums those of LogSumExpColumns.
func TestLogSumExpSameBits(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", logSumExpSameBits[float64])
		t.Run("f32", logSumExpSameBits[float32])
	})
}

func logSumExpSameBits[F float](t *testing.T) {
	r := seed(t.Name())
	for _, kind := range append(logSums[F](), families[F]()...) {
		for _, n := range []int{0, 1, 7, 64, columnBlock - 1, columnBlock, columnBlock + 1, 2*columnBlock + 40} {
			m := columns(r, r.below(7), n, kind)
			want := withGeneric(func() []F { return must(LogSumExpColumns(nil, m, Run{})) })
			agreeAll(t, "LogSumExpColumns of "+kind.name, must(LogSumExpColumns(nil, m, Run{})), want)
			wantShares := withGeneric(func() Matrix[F] { shares, _, _ := SoftmaxColumns(Matrix[F]{}, nil, m, Run{}); return shares })
			shares, sums, _ := SoftmaxColumns(Matrix[F]{}, nil, m, Run{})
			agreeAll(t, "SoftmaxColumns of "+kind.name, shares.Data, wantShares.Data)
			agreeAll(t, "sums of SoftmaxColumns of "+kind.name, sums, want)
			for from := 0; from < n; {
				to := min(n, from+1+r.below(1+n/2))
				part := m
				part.Cols = to - from
				if m.Rows > 0 {
					part.Data = m.Data[from:]
				}
				agreeAll(t, "part of LogSumExpColumns of "+kind.name, must(LogSumExpColumns(nil, part, Run{})), want[from:to])
				from = to
			}
			if got, _, _ := SoftmaxColumns(m, nil, m, Run{}); m.Rows > 0 {
				for i := range m.Rows {
					agreeAll(t, "SoftmaxColumns in place of "+kind.name, got.Row(i), shares.Row(i))
				}
			}
		}
	}
}

func TestLogSumExpConventions(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", logSumExpConventions[float64])
		t.Run("f32", logSumExpConventions[float32])
	})
}

func logSumExpConventions[F float](t *testing.T) {
	most := float64(step(fromBits[F](infinityBits[F]()), 0))
	for _, row := range []struct {
		x    []float64
		want float64
		nan  bool // are the shares NaN
	}{
		{nil, -inf, false},
		{[]float64{-inf}, -inf, true},
		{[]float64{-inf, -inf, -inf}, -inf, true},
		{[]float64{inf}, inf, true},
		{[]float64{0, inf, -inf}, inf, true},
		{[]float64{inf, inf}, inf, true},
		{[]float64{nan}, nan, true},
		{[]float64{nan, inf}, nan, true},
		{[]float64{inf, nan}, nan, true},
		{[]float64{-inf, nan, 0}, nan, true},
		{[]float64{1, nan, -inf}, nan, true},
		{[]float64{-inf, 3.5, -inf}, 3.5, false},
		{[]float64{-inf, 0}, 0, false},
		{[]float64{minusZero}, 0, false},
		{[]float64{most, most, most}, most, false},
		{[]float64{-most, -most}, -most, false},
		{[]float64{-most, most}, most, false},
		{[]float64{most, 0, -most}, most, false},
	} {
		for _, n := range []int{1, 5, 16, 40} {
			for at := range n {
				x := Matrix[F]{Rows: len(row.x), Cols: n, Stride: n, Data: make([]F, n*len(row.x))}
				for i, a := range row.x {
					x.Row(i)[at] = F(a)
				}
				what := fmt.Sprintf("column %d of %d, %v", at, n, row.x)
				shares, sums, _ := SoftmaxColumns(Matrix[F]{}, nil, x, Run{})
				requireBits(t, "LogSumExpColumns of "+what, F(at), must(LogSumExpColumns(nil, x, Run{}))[at], F(row.want))
				requireBits(t, "sum of SoftmaxColumns of "+what, F(at), sums[at], F(row.want))
				for i, share := range column(shares, at) {
					if row.nan {
						requireBits(t, "SoftmaxColumns of "+what, F(i), share, F(nan))
					} else if !(share >= 0 && share <= 1) {
						t.Errorf("SoftmaxColumns of %s: %v", what, share)
					}
				}
			}
		}
	}
}

func TestLogSumExpShapes(t *testing.T) {
	t.Run("f64", logSumExpShapes[float64])
	t.Run("f32", logSumExpShapes[float32])
}

func logSumExpShapes[F float](t *testing.T) {
	matrix := func(rows, cols int) Matrix[F] {
		return Matrix[F]{Rows: rows, Cols: cols, Stride: cols, Data: slices.Repeat([]F{-3}, rows*cols)}
	}
	dst, x, wrong := slices.Repeat([]F{-3}, 5), matrix(2, 7), matrix(3, 7)
	requirePanic(t, "Exp", 5, 7, func() { Exp(dst, x.Row(0)) })
	requirePanic(t, "Log", 5, 7, func() { Log(dst, x.Row(0)) })
	requirePanicOf(t, func() { LogSumExpColumns(dst, x, Run{}) }, "relent: LogSumExpColumns:", "dst has 5 elements", "7 elements")
	requirePanicOf(t, func() { SoftmaxColumns(x, dst, x, Run{}) }, "relent: SoftmaxColumns:", "logSum has 5 elements", "7 elements")
	short := Matrix[F]{Rows: 2, Cols: 7, Stride: 7, Data: make([]F, 13)}
	requirePanicOf(t, func() { LogSumExpColumns(nil, short, Run{}) }, "relent: LogSumExpColumns:", "2×7", "13")
	requirePanicOf(t, func() { SoftmaxColumns(wrong, nil, x, Run{}) }, "relent: SoftmaxColumns:", "3×7", "2×7")
	for i, v := range slices.Concat(dst, x.Data, wrong.Data) {
		if v != -3 {
			t.Errorf("element %d was written: %v", i, v)
		}
	}
}

// requirePanicOf wants a message with these parts.
func requirePanicOf(t *testing.T, f func(), parts ...string) {
	t.Helper()
	defer func() {
		t.Helper()
		message := fmt.Sprint(recover())
		for _, part := range parts {
			if !strings.Contains(message, part) {
				t.Errorf("panic %q has no %q", message, part)
			}
		}
	}()
	f()
}

// Nothing is allocated where there is a dst.
func TestLogSumExpDoesNotAllocate(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", logSumExpDoesNotAllocate[float64])
		t.Run("f32", logSumExpDoesNotAllocate[float32])
	})
}

func logSumExpDoesNotAllocate[F float](t *testing.T) {
	x, sums := NewMatrix[F](3, 2*columnBlock+5), make([]F, 2*columnBlock+5)
	run := Run{Progress: func(done, total int) {}}
	for name, f := range map[string]func(){
		"Exp":                   func() { var x [chunk + 5]F; Exp(x[:], x[:]) },
		"Log":                   func() { var x [chunk + 5]F; Log(x[:], x[:]) },
		"LogSumExpColumns":      func() { LogSumExpColumns(sums, x, Run{}) },
		"SoftmaxColumns":        func() { SoftmaxColumns(x, sums, x, Run{}) },
		"LogSumExpColumns, run": func() { LogSumExpColumns(sums, x, run) },
		"SoftmaxColumns, run":   func() { SoftmaxColumns(x, sums, x, run) },
	} {
		if n := testing.AllocsPerRun(10, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
