package relent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A policyCase is a policy by which shares are what they are said to be, given a count, the total and the number of bins.
type policyCase struct {
	zeros ZeroPolicy
	share func(count, total, bins float64) float64
}

var policyCases = []policyCase{
	{Strict, func(count, total, _ float64) float64 { return count / total }},
	{Skip, func(count, total, _ float64) float64 { return count / total }},                                  // no bin is left out of a vector
	{Additive(1.5), func(count, total, bins float64) float64 { return (count + 1.5) / (total + 1.5*bins) }}, // a count of -1 stays invalid
	{Floor(1e-2), func(count, total, _ float64) float64 { return max(count/total, 1e-2) }},
}

// countMatrix is whole counts, some of them 0, with rows of nothing and, of signed numbers, one with a negative count; between the rows
// are others.
func countMatrix[C Number](r *rng, rows, cols int) Matrix[C] {
	x := Matrix[C]{Rows: rows, Cols: cols, Stride: cols + r.below(3)}
	x.Data = make([]C, rows*x.Stride)
	for i := range x.Data {
		x.Data[i] = C(r.below(100))
	}
	for i := range rows {
		few := r.below(3)
		for j := range x.Row(i) {
			if r.below(3) < few || i == 1 {
				x.Row(i)[j] = 0
			}
		}
	}
	if zero := zeroOf[C](); zero-1 < zero && rows > 3 && cols > 0 {
		x.Row(3)[r.below(cols)] = zero - 1
	}
	return x
}

// sharesOf are the shares of the counts, rounded, and NaN where there is a negative count, or none at all but by the policy.
func (c policyCase) sharesOf(numbers Matrix[float64]) Matrix[float64] {
	x := NewMatrix[float64](numbers.Rows, numbers.Cols)
	for i := range x.Rows {
		total := sumOf(numbers.Row(i))
		if numbers.Cols > 0 && slices.Min(numbers.Row(i)) < 0 {
			total = nan
		}
		for j, count := range numbers.Row(i) {
			x.Row(i)[j] = c.share(count, total, float64(x.Cols))
		}
	}
	return x
}

// asNumbers is the counts as float64.
func asNumbers[C Number](x Matrix[C]) Matrix[float64] {
	y := NewMatrix[float64](x.Rows, x.Cols)
	for i := range x.Rows {
		for j, c := range x.Row(i) {
			y.Row(i)[j] = float64(c)
		}
	}
	return y
}

// Shares of counts of every type under every policy, with operands of every kind: those of both sides have the bits of the counts' measure,
// those of one side the bits of the measure of the rounded shares.
func TestRowsOfShares(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for i, size := range []rowsSize{{4, 1}, {5, 17}, {5, 130}, {4, chunk + 5}, {3, 0}, {tileRows + 3, 7}} {
			if testing.Short() && i > 2 {
				break
			}
			t.Run(fmt.Sprint(size), func(t *testing.T) {
				rowsOfShares[int](t, size, 0)
				rowsOfShares[int8](t, size, 1)
				rowsOfShares[int16](t, size, 2)
				rowsOfShares[int32](t, size, 3)
				rowsOfShares[int64](t, size, 4)
				rowsOfShares[uint](t, size, 5)
				rowsOfShares[uint8](t, size, 6)
				rowsOfShares[uint16](t, size, 7)
				rowsOfShares[uint32](t, size, 8)
				rowsOfShares[uint64](t, size, 9)
				rowsOfShares[float32](t, size, 10)
				rowsOfShares[float64](t, size, 11)
				rowsOfShares[votes](t, size, 12)
			})
		}
	})
}

// rowsOfShares tries one of the policies, unless there is time for all.
func rowsOfShares[C Number](t *testing.T, size rowsSize, turn int) {
	t.Helper()
	r := seed(fmt.Sprintf("%s of %T", t.Name(), zeroOf[C]()))
	for k, policy := range policyCases {
		if !deep() && (turn+size.cols)%len(policyCases) != k {
			continue
		}
		p, q := countMatrix[C](r, size.rows, size.cols), countMatrix[C](r, size.rows, size.cols)
		others, _ := thinMatrices[float64](r, size.rows, size.cols)
		what := fmt.Sprintf("%T under %v, %d rows of %d", zeroOf[C](), policy.zeros, size.rows, size.cols)
		sharesAmongThemselves(t, what, p, q, policy.zeros, turn)
		sharesAmongOthers(t, r, what, p, policy, others, turn)
	}
}

func shareSides[C Number](x Matrix[C], zeros ZeroPolicy) (all, one side[float64, Shares]) {
	itself := func(i int) int { return i }
	row := x.Rows - 1
	return side[float64, Shares]{"shares", x.Shares(zeros), x.Rows, itself},
		side[float64, Shares]{vectorKind + "'s shares", Vector[C](x.Row(row)).Shares(zeros), 1, func(int) int { return row }}
}

func sharesAmongThemselves[C Number](t *testing.T, what string, p, q Matrix[C], zeros ZeroPolicy, turn int) {
	x, oneX := shareSides(p, zeros)
	y, oneY := shareSides(q, zeros)
	calls := slices.Concat(callsOf(x), callsOf(oneX), callsOfPair(x, y), callsOfPair(x, oneY), callsOfPair(oneX, y), callsOfPair(oneX, oneY))
	value := func(m Measure, a, b []C) float64 { return first(BetweenCounts(m, a, b, zeros)) }
	for i, m := range everyMeasure() {
		e := expected{
			func(i, j int) float64 { return value(m, p.Row(i), q.Row(j)) },
			func(i, j int) float64 { return value(m, p.Row(i), p.Row(j)) },
			func(i int) float64 { return first(EntropyOfCounts(p.Row(i), zeros)) },
		}.kept(p.Rows)
		for k, c := range calls {
			if !c.function.fits(m) {
				continue
			}
			if m.traits().shares.form != notOfShares {
				c.check(t, what, runOf(turn+i+k), m, e)
			} else if text := message(func() { c.compute(nil, c.room(), m) }); !strings.Contains(text, "is not a measure of shares") {
				t.Errorf("%s: %s of %v says %q", what, c.name, m, text)
			}
		}
	}
}

func sharesAmongOthers[C Number](t *testing.T, r *rng, what string, counts Matrix[C], policy policyCase, others Matrix[float64], turn int) {
	all, one := shareSides(counts, policy.zeros)
	k := kindsOf(t, r, others)
	before := slices.Concat(against(all, k), against(one, k))
	after := slices.Concat(callsOfPair(k.dense, all), callsOfPair(k.vector, all), callsOfPair(k.sparse, all), callsOfPair(k.widerSparse, all),
		callsOfPair(k.ragged, all), callsOfPair(k.largerRagged, all), callsOfPair(k.dense, one), callsOfPair(k.sparse, one), callsOfPair(k.ragged, one))
	x := policy.sharesOf(asNumbers(counts))
	for i, m := range measuresOfTwo() {
		if m.traits().shares.form == notOfShares {
			c := before[i%len(before)]
			if text := message(func() { c.compute(nil, c.room(), m) }); !strings.Contains(text, "is not a measure of shares") {
				t.Errorf("%s: %s of %v says %q", what, c.name, m, text)
			}
			continue
		}
		e, turned := expect(m, x, others).kept(x.Rows), expect(m, others, x).kept(x.Rows)
		for k, c := range before {
			if deep() || (i+k)%5 == turn%5 {
				c.check(t, what, runOf(turn+i+k), m, e)
			}
		}
		for k, c := range after {
			if deep() || (i+k)%5 == turn%5 {
				c.check(t, what, runOf(turn+i+k), m, turned)
			}
		}
	}
}

var keptRuns = someRuns()

func runOf(turn int) *Run { return keptRuns[turn%len(keptRuns)] }

// Shares under different policies do not meet.
func TestSharesRefuse(t *testing.T) {
	x := NewMatrix(2, 3, 1, 2, 3, 4, 5, 6)
	dst := Matrix[float64]{2, 2, slices.Repeat([]float64{unwritten}, 4), 2}
	for want, f := range map[string]func(){
		"ManyToMany: the shares of p are under Strict, those of q under Floor(0.5)": func() {
			ManyToMany(dst, MeasureJeffreys, x.Shares(Strict), x.Shares(Floor(0.5)))
		},
		"RowByRow: the shares of p are under Additive(1), those of q under Additive(2)": func() {
			RowByRow(dst.Data[:2], MeasureJeffreys, x.Shares(Additive(1)), x.Shares(Additive(2)))
		},
		"AllPairs: BinaryKullbackLeibler is not a measure of shares": func() { AllPairs(dst, MeasureBinaryKullbackLeibler, x.Shares(Strict)) },
		"EachRow: BinaryEntropy is not a measure of shares":          func() { EachRow(dst.Data[:2], MeasureBinaryEntropy, x.Shares(Strict)) },
		"RowByRow: p has 3 elements in a row, q has 2": func() {
			RowByRow(dst.Data[:2], MeasureJeffreys, x.Shares(Strict), Vector[uint8]{1, 2}.Shares(Strict))
		},
		"RowByRow: p has 2 rows, q has 1":          func() { RowByRow(dst.Data[:2], MeasureJeffreys, x.Shares(Strict), x.Slice(0, 1).Shares(Strict)) },
		"ManyToMany: dst is 2×2, the result 2×1":   func() { ManyToMany(dst, MeasureJeffreys, x.Shares(Strict), Vector[int]{1, 2, 3}.Shares(Strict)) },
		"Shares: the matrix has stride 1, less th": func() { Matrix[int]{2, 2, make([]int, 9), 1}.Shares(Strict) },
	} {
		if got := message(f); !strings.HasPrefix(got, "relent: "+want) {
			t.Errorf("panic %q, want %q", got, "relent: "+want)
		}
		if slices.ContainsFunc(dst.Data, func(x float64) bool { return x != unwritten }) {
			t.Errorf("%s: dst is %v", want, dst)
		}
	}
}

// With dst given nothing is allocated.
func TestSharesDoNotAllocate(t *testing.T) {
	r := seed(t.Name())
	p, q := countMatrix[int](r, 3, 20), countMatrix[uint8](r, 3, 20)
	others, _ := thinMatrices[float64](r, 3, 20)
	kept := &Run{Scratch: new(Scratch)}
	for _, policy := range policyCases {
		x, one := shareSides(p, policy.zeros)
		y, _ := shareSides(q, policy.zeros)
		k := kindsOf(t, r, others)
		for i, c := range slices.Concat(callsOf(x), callsOfPair(x, y), callsOfPair(one, y), against(x, k), callsOfPair(k.sparse, one)) {
			m := shareMeasures[i%len(shareMeasures)].Measure
			if c.function == eachRow {
				m = MeasureEntropy
			}
			for _, run := range []*Run{kept, nil} {
				if run == nil && racing {
					continue
				}
				dst := c.room()
				if n := testing.AllocsPerRun(10, func() { c.compute(run, dst, m) }); n != 0 {
					t.Errorf("%s of %v under %v, %+v: %v allocations", c.name, m, policy.zeros, run, n)
				}
			}
		}
	}
}

// Counts of one type meet those of every other: the shares are those of the numbers.
func TestSharesOfTwoTypes(t *testing.T) {
	r := seed(t.Name())
	for _, cols := range []int{1, 3, 130, chunk + 5} {
		p, q := countMatrix[float64](r, 3, cols), countMatrix[float64](r, 3, cols)
		for _, x := range []Matrix[float64]{p, q} {
			x.Row(1)[cols/2] = 7 // else it is nothing
		}
		for _, policy := range policyCases {
			z := policy.zeros
			want := RowByRow(nil, MeasureJensenShannon, p.Shares(z), q.Shares(z))
			one := RowByRow(nil, MeasureJensenShannon, Vector[float64](p.Row(1)).Shares(z), q.Shares(z))
			for i, left := range sharesOfTypes {
				for j, right := range sharesOfTypes {
					if got := RowByRow(nil, MeasureJensenShannon, left(p, z), right(q, z)); differing(got, want) >= 0 {
						t.Errorf("types %d and %d of %d under %v: %v, want %v", i, j, cols, z, got, want)
					}
					vector := left(p.Slice(1, 2), z)
					vector.repeats, vector.rows.stride = true, 0
					if got := RowByRow(nil, MeasureJensenShannon, vector, right(q, z)); differing(got, one) >= 0 {
						t.Errorf("a vector of type %d and type %d of %d under %v: %v, want %v", i, j, cols, z, got, one)
					}
				}
			}
		}
	}
}

// sharesOfTypes make shares of whole numbers below 100 as counts of a type.
var sharesOfTypes = []func(x Matrix[float64], z ZeroPolicy) Shares{
	sharesAs[int], sharesAs[int8], sharesAs[int16], sharesAs[int32], sharesAs[int64], sharesAs[uint], sharesAs[uint8], sharesAs[uint16],
	sharesAs[uint32], sharesAs[uint64], sharesAs[uintptr], sharesAs[float32], sharesAs[float64], sharesAs[votes],
}

func sharesAs[C Number](x Matrix[float64], z ZeroPolicy) Shares {
	y := Matrix[C]{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols + 1}
	y.Data = make([]C, y.Rows*y.Stride)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			y.Row(i)[j] = C(v)
		}
	}
	return y.Shares(z)
}

// A long row of counts ends with the context in the middle, whatever it meets.
func TestSharesEndWithTheContext(t *testing.T) {
	x := make([]int, 100*chunk)
	for i := range x {
		x[i] = i % 7
	}
	dense := Vector[float64](slices.Repeat([]float64{0.5}, len(x)))
	for _, policy := range policyCases {
		shares := Vector[int](x).Shares(policy.zeros)
		for name, call := range map[string]func(run Run) error{
			"shares":  func(run Run) error { return failed(RunRowByRow(run, nil, MeasureJeffreys, shares, shares)) },
			"dense":   func(run Run) error { return failed(RunRowByRow(run, nil, MeasureJeffreys, shares, dense)) },
			"entropy": func(run Run) error { return failed(RunEachRow(run, nil, MeasureEntropy, shares)) },
		} {
			for _, asked := range []int{2, 20, 90} {
				ctx, cancel := context.WithCancel(context.Background())
				asking := &askedContext{Context: ctx, left: asked, then: cancel}
				if err := call(Run{Context: asking}); err != context.Canceled || asking.left < -2 {
					t.Errorf("%s under %v, ended when asked %d times: %v, asked %d times more", name, policy.zeros, asked, err, -asking.left)
				}
			}
		}
	}
}
