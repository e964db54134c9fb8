package relent

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	goldens "github.com/relent-go/relent/internal/golden"
)

func TestExpm1AgainstBig(t *testing.T) {
	t.Run("f64", func(t *testing.T) { worstOf(t, signedFamilies[float64](), 0x1p-50, expm1Error) })
	t.Run("f32", func(t *testing.T) { worstOf(t, signedFamilies[float32](), 0x1p-50, expm1Error) })
}

// expm1Error is beyond rounding: e**x - 1 of 400 bits keeps 200 of them where x is not below 2**-200, and below it is x.
func expm1Error[F float](x F) float64 {
	if x-x != 0 {
		return 0 // see TestExpm1Log1pConventions
	}
	want := number(float64(x))
	if math.Abs(float64(x)) > 0x1p-60 {
		want = sub(exponential(number(math.Max(-2000, math.Min(2000, float64(x))))), number(1))
	}
	return beyondRounding(Expm1(nil, []F{x})[0], want, true)
}

func TestLog1pAgainstBig(t *testing.T) {
	t.Run("f64", func(t *testing.T) { worstOf(t, signedFamilies[float64](), 0x1p-50, log1pError) })
	t.Run("f32", func(t *testing.T) { worstOf(t, signedFamilies[float32](), 0x1p-50, log1pError) })
}

func log1pError[F float](x F) float64 {
	if x-x != 0 || x <= -1 || x == 0 {
		return 0
	}
	want := number(float64(x))
	if math.Abs(float64(x)) > 0x1p-60 {
		want = logRatio(add(number(1), want), number(1))
	}
	return beyondRounding(Log1p(nil, []F{x})[0], want, true)
}

func TestExpm1Log1pConventions(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", expm1Log1pConventions[float64])
		t.Run("f32", expm1Log1pConventions[float32])
	})
}

func expm1Log1pConventions[F float](t *testing.T) {
	for _, row := range []struct{ x, expm1, log1p F }{
		{0, 0, 0},
		{F(minusZero), F(minusZero), F(minusZero)},
		{F(inf), F(inf), F(inf)},
		{F(-inf), -1, F(nan)},
		{F(nan), F(nan), F(nan)},
		{-1, Expm1(nil, []F{-1})[0], F(-inf)},
		{-2, Expm1(nil, []F{-2})[0], F(nan)},
		{1e5, F(inf), Log1p(nil, []F{1e5})[0]},
	} {
		requireBits(t, "Expm1", row.x, Expm1(nil, []F{row.x})[0], row.expm1)
		requireBits(t, "Log1p", row.x, Log1p(nil, []F{row.x})[0], row.log1p)
	}
}

// rowLengths are those of rows of logits: few and many, and around the ends of chunks.
var rowLengths = []int{1, 2, 3, 7, 10, 16, 17, 100, chunk - 1, chunk, chunk + 1, 3*chunk + 5}

// What softmaxes and their logarithms are, by math/big: the bounds are those of their documentation.
func TestSoftmaxAgainstBig(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { softmaxAgainstBig[float64](t, 0x1p-50, 0x1p-53, 0x1p-1020) })
		t.Run("f32", func(t *testing.T) { softmaxAgainstBig[float32](t, 0x1p-21, 0x1p-24, 0x1p-125) })
	})
}

func softmaxAgainstBig[F float](t *testing.T, bound, unit, least float64) {
	r := seed(t.Name())
	for _, n := range rowLengths[:9] {
		for _, scale := range []float64{1e-3, 1, 10, 100} {
			x := NewMatrix[F](1, n)
			for i := range x.Data {
				x.Data[i] = F((2*unit01(r) - 1) * scale)
			}
			if n > 2 {
				x.Data[r.below(n)] = F(-inf)
			}
			top, sum := largestOfRow(x.Data), number(0)
			terms := make([]*big.Float, n)
			for i, v := range x.Data {
				terms[i] = number(0)
				if !math.IsInf(float64(v), -1) {
					terms[i] = exponential(sub(number(float64(v)), number(top)))
				}
				sum = add(sum, terms[i])
			}
			excess := logRatio(sum, number(1))
			logSum, _ := add(number(top), excess).Float64()
			over, _ := excess.Float64()
			slack := over*(4*bound+4*unit*scale) + 2*least*float64(n) // of the excess
			shares, logs, got := Softmax(Matrix[F]{}, x).Data, LogSoftmax(Matrix[F]{}, x).Data, LogSumExp(nil, x)[0]
			if gap := math.Abs(float64(got) - logSum); gap > slack+2*unit*math.Abs(logSum) {
				t.Errorf("LogSumExp of %d in ±%v: %v, not %v", n, scale, got, logSum)
			}
			for i, v := range x.Data {
				want, _ := quo(terms[i], sum).Float64()
				limit := want*(bound+2*unit*math.Abs(float64(v)-top)) + least
				if want == 0 {
					limit = 0
				}
				if gap := math.Abs(float64(shares[i]) - want); gap > limit {
					t.Errorf("Softmax of %d in ±%v: share %d is %v, not %v", n, scale, i, shares[i], want)
				}
				log, _ := sub(number(top), add(number(top), excess)).Float64()
				log += float64(v) - top
				if want == 0 {
					log = math.Inf(-1)
				}
				if gap := math.Abs(float64(logs[i]) - log); gap > slack+4*unit*math.Abs(log) {
					t.Errorf("LogSoftmax of %d in ±%v: %d is %v, not %v", n, scale, i, logs[i], log)
				}
			}
		}
	}
}

func unit01(r *rng) float64 { return float64(r.below(1<<30)) / (1 << 30) }

func TestLogSumExpOfGoldenRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for i, c := range goldens.Logits() {
			want, ok := c.Want["logSumExp"]
			if !ok {
				continue
			}
			var got float64
			bound := 0x1p-50
			if c.Type == "float32" {
				x := make([]float32, len(c.B))
				for j, v := range c.B {
					x[j] = float32(v)
				}
				got, bound = float64(LogSumExp(nil, NewMatrix(1, len(x), x...))[0]), 0x1p-21
			} else {
				got = LogSumExp(nil, NewMatrix(1, len(c.B), c.B...))[0]
			}
			if got != want && !(math.Abs(got-want) <= bound*(1+math.Abs(want))) {
				t.Errorf("case %d: %v, not %v", i, got, want)
			}
		}
	})
}

// Rows are the same in place, alone and among others, of any stride and number of workers.
func TestSoftmaxRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", softmaxRows[float64])
		t.Run("f32", softmaxRows[float32])
	})
}

func softmaxRows[F float](t *testing.T) {
	r := seed(t.Name())
	for _, n := range rowLengths {
		x := Matrix[F]{Rows: 5, Cols: n, Stride: n + 3, Data: make([]F, 5*(n+3))}
		for i := range x.Data {
			x.Data[i] = F(20*unit01(r) - 10)
		}
		what := fmt.Sprintf("of %d", n)
		shares, logs, sums := Softmax(Matrix[F]{}, x), LogSoftmax(Matrix[F]{}, x), LogSumExp(nil, x)
		for i := range x.Rows {
			row := NewMatrix(1, n, slices.Clone(x.Row(i))...)
			agreeAll(t, "LogSumExp "+what, LogSumExp(nil, row), sums[i:i+1])
			agreeAll(t, "LogSoftmax in place "+what, LogSoftmax(row, row).Row(0), logs.Row(i))
			row = NewMatrix(1, n, slices.Clone(x.Row(i))...)
			agreeAll(t, "Softmax in place "+what, Softmax(row, row).Row(0), shares.Row(i))
		}
	}
}

func TestSoftmaxConventions(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", softmaxConventions[float64])
		t.Run("f32", softmaxConventions[float32])
	})
}

func softmaxConventions[F float](t *testing.T) {
	for _, n := range []int{1, 2, 5, 16, 40, chunk + 2} {
		for _, row := range []struct{ rest, one, logSum float64 }{
			{0, nan, nan}, {0, inf, inf}, {-inf, nan, nan}, {-inf, inf, inf}, {-inf, -inf, -inf}, {-inf, 3, 3}, {inf, nan, nan},
		} {
			for _, at := range []int{0, n / 2, n - 1} {
				x := NewMatrix[F](1, n)
				for i := range x.Data {
					x.Data[i] = F(row.rest)
				}
				x.Data[at] = F(row.one)
				what := fmt.Sprintf("%v among %d times %v", row.one, n, row.rest)
				requireBits(t, "LogSumExp of "+what, F(at), LogSumExp(nil, x)[0], F(row.logSum))
				for i, v := range Softmax(Matrix[F]{}, x).Data {
					want := F(nan)
					if row.one == 3 {
						want = map[bool]F{true: 1, false: 0}[i == at]
					}
					requireBits(t, "Softmax of "+what, F(i), v, want)
				}
				for i, v := range LogSoftmax(Matrix[F]{}, x).Data {
					want := F(nan)
					if row.one == 3 {
						want = map[bool]F{true: 0, false: F(-inf)}[i == at]
					}
					requireBits(t, "LogSoftmax of "+what, F(i), v, want)
				}
			}
		}
	}
	if got := LogSumExp(nil, NewMatrix[F](2, 0)); !math.IsInf(float64(got[0]), -1) {
		t.Errorf("no elements: %v", got)
	}
}

func TestSoftmaxDoesNotAllocate(t *testing.T) {
	x, sums := NewMatrix[float32](30, 300), make([]float32, 30)
	for name, f := range map[string]func(){
		"LogSumExp":  func() { LogSumExp(sums, x) },
		"Softmax":    func() { Softmax(x, x) },
		"LogSoftmax": func() { LogSoftmax(x, x) },
		"Expm1":      func() { Expm1(x.Data, x.Data) },
		"Log1p":      func() { Log1p(x.Data, x.Data) },
	} {
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Without columns there is nothing to be done for any number of rows, of any stride.
func TestSoftmaxOfNothing(t *testing.T) {
	x := Matrix[float64]{Rows: math.MaxInt - 1, Stride: math.MaxInt/2 + 2}
	Softmax(Matrix[float64]{}, x)
	LogSoftmax(x, x)
	Softmax(Matrix[float32]{}, HalfMatrix[Float16]{Rows: math.MaxInt - 1})
	x.Rows = 3
	if sums := LogSumExp(nil, x); !slices.Equal(sums, []float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}) {
		t.Errorf("sums of nothing are %v", sums)
	}
}
