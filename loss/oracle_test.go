package loss

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/relent-go/relent"
)

// precision is that of exact values, of which cancellation may take half.
const precision = 400

func number(x float64) *big.Float      { return new(big.Float).SetPrec(precision).SetFloat64(x) }
func add(x, y *big.Float) *big.Float   { return new(big.Float).SetPrec(precision).Add(x, y) }
func minus(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Sub(x, y) }
func mul(x, y *big.Float) *big.Float   { return new(big.Float).SetPrec(precision).Mul(x, y) }
func quo(x, y *big.Float) *big.Float   { return new(big.Float).SetPrec(precision).Quo(x, y) }

// exactExp is e**x = (e**(x/2**20))**(2**20).
func exactExp(x *big.Float) *big.Float {
	const squarings = 20
	r := new(big.Float).SetMantExp(x, -squarings)
	sum, term := number(1), number(1)
	for k := 1.0; k < 40; k++ {
		term = quo(mul(term, r), number(k))
		sum = add(sum, term)
	}
	for range squarings {
		sum = mul(sum, sum)
	}
	return sum
}

// exactLog is log x by Newton's method, from what a float64 has of it.
func exactLog(x *big.Float) *big.Float {
	mantissa := new(big.Float)
	exponent := x.MantExp(mantissa)
	m, _ := mantissa.Float64()
	y := number(math.Log(m) + float64(exponent)*math.Ln2)
	for range 4 {
		e := exactExp(y)
		y = add(y, mul(number(2), quo(minus(x, e), add(x, e))))
	}
	return y
}

// An exactSoftmax is a row's: the logarithm of the sum, shares, and their logarithms.
type exactSoftmax struct {
	logSum    *big.Float
	share, ln []*big.Float
}

func softmaxOf(x []*big.Float) (s exactSoftmax) {
	sum := number(0)
	for _, v := range x {
		sum = add(sum, exactExp(v))
	}
	s.logSum = exactLog(sum)
	for _, v := range x {
		s.ln = append(s.ln, minus(v, s.logSum))
		s.share = append(s.share, exactExp(minus(v, s.logSum)))
	}
	return s
}

// An oracleCase is a loss of two rows, and what it exactly is.
type oracleCase[F relent.Float] struct {
	name    string
	t       float64 // the temperature
	compute func(a, b relent.Matrix[F]) (Losses, relent.Matrix[F], error)
	exact   func(p, q exactSoftmax) (value *big.Float, grad []*big.Float)
}

// slopesOf makes a gradient of what it is of each class.
func slopesOf(n int, f func(i int) *big.Float) []*big.Float {
	list := make([]*big.Float, n)
	for i := range list {
		list[i] = f(i)
	}
	return list
}

func sumOver(n int, f func(i int) *big.Float) *big.Float {
	sum := number(0)
	for i := range n {
		sum = add(sum, f(i))
	}
	return sum
}

// exactKL is KL(p‖q) and its gradients with respect to p's logits and q's.
func exactKL(p, q exactSoftmax) (value *big.Float, ofP, ofQ []*big.Float) {
	n := len(p.share)
	r := func(i int) *big.Float { return minus(p.ln[i], q.ln[i]) }
	value = sumOver(n, func(i int) *big.Float { return mul(p.share[i], r(i)) })
	ofP = slopesOf(n, func(i int) *big.Float { return mul(p.share[i], minus(r(i), value)) })
	ofQ = slopesOf(n, func(i int) *big.Float { return minus(q.share[i], p.share[i]) })
	return value, ofP, ofQ
}

// exactJS is the divergence for β and its gradient with respect to q's logits.
func exactJS(beta float64, p, q exactSoftmax) (value *big.Float, grad []*big.Float) {
	n, b, c := len(p.share), number(beta), minus(number(1), number(beta))
	ln := slopesOf(n, func(i int) *big.Float { return exactLog(add(mul(b, p.share[i]), mul(c, q.share[i]))) })
	s := func(i int) *big.Float { return minus(q.ln[i], ln[i]) }
	ofQ := sumOver(n, func(i int) *big.Float { return mul(q.share[i], s(i)) })
	value = add(mul(c, ofQ), mul(b, sumOver(n, func(i int) *big.Float { return mul(p.share[i], minus(p.ln[i], ln[i])) })))
	return value, slopesOf(n, func(i int) *big.Float { return mul(c, mul(q.share[i], minus(s(i), ofQ))) })
}

// exactCE is the cross-entropy of a class.
func exactCE[F relent.Float](l CrossEntropy[F], class int, q exactSoftmax) (value *big.Float, grad []*big.Float) {
	n := len(q.share)
	weight := func(i int) *big.Float {
		if l.Weights == nil {
			return number(1)
		}
		return number(float64(l.Weights[i]))
	}
	smoothing, z := number(l.Smoothing), number(l.Z)
	// factor is what each class's -log q is multiplied by.
	factor := func(i int) *big.Float {
		f := quo(mul(smoothing, weight(i)), number(float64(n)))
		if i == class {
			f = add(f, mul(minus(number(1), smoothing), weight(i)))
		}
		return f
	}
	value = mul(mul(z, weight(class)), mul(q.logSum, q.logSum))
	all := mul(mul(number(2), z), mul(weight(class), q.logSum))
	for i := range n {
		value = minus(value, mul(factor(i), q.ln[i]))
		all = add(all, factor(i))
	}
	return value, slopesOf(n, func(i int) *big.Float { return minus(mul(all, q.share[i]), factor(i)) })
}

func oracleCases[F relent.Float](n int) (list []oracleCase[F]) {
	none := relent.Matrix[F]{}
	for _, t := range []float64{1, 2.5} {
		kl, reverse := KullbackLeibler[F]{Temperature: t}, KullbackLeibler[F]{Temperature: t, Reverse: true}
		of := func(l func(dst []float64, grad, a, b relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error)) func(a, b relent.Matrix[F]) (
			Losses, relent.Matrix[F], error) {
			return func(a, b relent.Matrix[F]) (Losses, relent.Matrix[F], error) { return l(nil, none, a, b, relent.Run{}) }
		}
		list = append(list,
			oracleCase[F]{"KL", t, of(kl.ValueGrad), func(p, q exactSoftmax) (*big.Float, []*big.Float) {
				value, _, grad := exactKL(p, q)
				return value, grad
			}},
			oracleCase[F]{"KL, teacher", t, of(kl.TeacherGrad), func(p, q exactSoftmax) (*big.Float, []*big.Float) {
				value, grad, _ := exactKL(p, q)
				return value, grad
			}},
			oracleCase[F]{"reverse KL", t, of(reverse.ValueGrad), func(p, q exactSoftmax) (*big.Float, []*big.Float) {
				value, grad, _ := exactKL(q, p)
				return value, grad
			}},
			oracleCase[F]{"reverse KL, teacher", t, of(reverse.TeacherGrad), func(p, q exactSoftmax) (*big.Float, []*big.Float) {
				value, _, grad := exactKL(q, p)
				return value, grad
			}})
		for _, beta := range []float64{0.125, 0.5} {
			js := JensenShannon[F]{Beta: beta, Temperature: t}
			list = append(list,
				oracleCase[F]{fmt.Sprint("JS, β = ", beta), t, of(js.ValueGrad), func(p, q exactSoftmax) (*big.Float, []*big.Float) {
					return exactJS(beta, p, q)
				}},
				oracleCase[F]{fmt.Sprint("JS, teacher, β = ", beta), t, of(js.TeacherGrad), func(p, q exactSoftmax) (*big.Float, []*big.Float) {
					return exactJS(1-beta, q, p)
				}})
		}
	}
	weights := make([]F, n)
	for i := range weights {
		weights[i] = F(i%3) + 0.5
	}
	for _, l := range []CrossEntropy[F]{{}, {Weights: weights}, {Smoothing: 0.125}, {Smoothing: 0.125, Weights: weights}, {Z: 1e-2},
		{Z: 1e-2, Smoothing: 1, Weights: weights}} {
		class := n / 2
		list = append(list, oracleCase[F]{fmt.Sprintf("CE %v %v %v", l.Weights != nil, l.Smoothing, l.Z), 1,
			func(a, b relent.Matrix[F]) (Losses, relent.Matrix[F], error) {
				return l.ValueGrad(nil, none, b, []int{class}, relent.Run{})
			}, func(p, q exactSoftmax) (*big.Float, []*big.Float) { return exactCE(l, class, q) }})
	}
	return list
}

// pairsOf has pairs of rows: independent ones of any scale, and such that are apart by that.
func pairsOf[F relent.Float](r *rand.Rand, n int) map[string][2]relent.Matrix[F] {
	pairs := map[string][2]relent.Matrix[F]{}
	for _, scale := range []float64{1e-6, 1e-3, 0.1, 0.5, 2, 10, 80, 1000} {
		a := random[F](r, 1, n, 2)
		near, offset := relent.NewMatrix[F](1, n), relent.NewMatrix[F](1, n)
		for i, x := range a.Data {
			near.Data[i] = x + F(scale*r.NormFloat64())
			offset.Data[i] = x + F(scale)*(1+F(r.NormFloat64())/64)
		}
		offset.Data[r.IntN(n)] = 3 // what differs from the others' shift
		a.Data[r.IntN(n)] = 3
		pairs[fmt.Sprint("apart by ", scale)] = [2]relent.Matrix[F]{a, near}
		pairs[fmt.Sprint("but one shifted by ", scale)] = [2]relent.Matrix[F]{a, offset}
		pairs[fmt.Sprint("independent, within ", scale)] = [2]relent.Matrix[F]{random[F](r, 1, n, scale), random[F](r, 1, n, scale)}
	}
	return pairs
}

// The documented bounds hold against math/big: of values relative to themselves, of gradients relative to the row's largest.
func TestOracle(t *testing.T) {
	t.Run("f64", func(t *testing.T) { oracle[float64](t, 0x1p-44) })
	t.Run("f32", func(t *testing.T) { oracle[float32](t, 0x1p-18) })
}

func oracle[F relent.Float](t *testing.T, bound float64) {
	r := rand.New(rand.NewPCG(11, 12))
	worstValue, worstGrad := map[string]float64{}, map[string]float64{}
	lengths := []int{2, 3, 10, 37}
	if testing.Short() {
		lengths = []int{3}
	}
	for _, n := range lengths {
		for family, pair := range pairsOf[F](r, n) {
			softmaxes := map[float64][2]exactSoftmax{}
			for _, c := range oracleCases[F](n) {
				if _, ok := softmaxes[c.t]; !ok {
					softmaxes[c.t] = [2]exactSoftmax{softmaxOf(over(pair[0].Data, c.t)), softmaxOf(over(pair[1].Data, c.t))}
				}
				l, grad, err := c.compute(pair[0], pair[1])
				if err != nil {
					t.Fatal(err)
				}
				value, slopes := c.exact(softmaxes[c.t][0], softmaxes[c.t][1])
				for i, x := range slopes {
					slopes[i] = quo(x, number(c.t))
				}
				e := errorOf(l.Rows[0], value, value)
				worstValue[c.name] = max(worstValue[c.name], e)
				if !(e <= bound) {
					t.Errorf("%s of %d %s: %v, not %v: error 2**%.1f", c.name, n, family, l.Rows[0], value, math.Log2(e))
				}
				e = gradientError(grad.Data, slopes, 0x1p-126)
				worstGrad[c.name] = max(worstGrad[c.name], e)
				if !(e <= bound) {
					t.Errorf("%s of %d %s: gradient error 2**%.1f", c.name, n, family, math.Log2(e))
				}
			}
		}
	}
	for name, e := range worstValue {
		t.Logf("%-26s value 2**%.1f gradient 2**%.1f", name, math.Log2(e), math.Log2(worstGrad[name]))
	}
}

func over[F relent.Float](x []F, t float64) []*big.Float {
	list := make([]*big.Float, len(x))
	for i, v := range x {
		list[i] = quo(number(float64(v)), number(t))
	}
	return list
}

// errorOf is how far got is from want, relative to a size; what is below 2**-300, where the exact value has lost its digits, does not count.
func errorOf(got float64, want, size *big.Float) float64 {
	if tiny, _ := want.Float64(); math.Abs(tiny) < 0x1p-300 && math.Abs(got) < 0x1p-300 {
		return 0
	}
	if size.Sign() == 0 {
		return math.Inf(1)
	}
	e, _ := quo(minus(number(got), want), size).Float64()
	return math.Abs(e)
}

// gradientError is relative to the largest element, and at least to one such as float32 can hold.
func gradientError[F relent.Float](got []F, want []*big.Float, least float64) (worst float64) {
	largest := number(least)
	for _, x := range want {
		if size := new(big.Float).Abs(x); size.Cmp(largest) > 0 {
			largest = size
		}
	}
	for i, x := range want {
		worst = max(worst, errorOf(float64(got[i]), x, largest))
	}
	return worst
}

// Binary losses and their gradients, at every distance from 0.
func TestBinaryOracle(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { binaryOracle[float64](t, 0x1p-48) })
		t.Run("f32", func(t *testing.T) { binaryOracle[float32](t, 0x1p-20) })
	})
}

func binaryOracle[F relent.Float](t *testing.T, bound float64) {
	r := rand.New(rand.NewPCG(21, 22))
	worst, worstSlope := 0.0, 0.0
	for _, n := range []int{1, 2, 17} {
		for _, scale := range []float64{1e-6, 0.1, 1, 5, 30, 90, 300} {
			for _, weight := range []float64{0.25, 1, 40} {
				x, y := random[F](r, 1, n, scale), relent.NewMatrix[F](1, n)
				for i := range y.Data {
					y.Data[i] = F([]float64{0, 1, 0.25}[r.IntN(3)])
					if i == 0 && n == 1 { // the right answer alone, and by far
						y.Data[0], x.Data[0] = 1, F(math.Abs(float64(x.Data[0])))
					}
				}
				got, grad, err := Binary[F]{PositiveWeight: weight}.ValueGrad(nil, relent.Matrix[F]{}, y, x, relent.Run{})
				alone, _ := Binary[F]{PositiveWeight: weight}.Value(nil, y, x, relent.Run{})
				if err != nil || alone.Sum != got.Sum {
					t.Fatalf("%v, %v alone, %v", got.Sum, alone.Sum, err)
				}
				value := number(0)
				for i, v := range x.Data {
					up := number(float64(v))
					one, e := number(1), exactExp(new(big.Float).Neg(up))
					all := add(one, e) // of which σ(x) is one, and σ(-x) e
					positive := mul(number(weight), number(float64(y.Data[i])))
					negative := minus(one, number(float64(y.Data[i])))
					down := exactLog(all)
					value = add(value, add(mul(positive, down), mul(negative, add(down, up))))
					slope := quo(minus(negative, mul(positive, e)), all)
					size := quo(add(negative, mul(positive, e)), all)
					worstSlope = max(worstSlope, errorOf(float64(grad.Data[i]), slope, add(size, number(0x1p-126))))
				}
				worst = max(worst, errorOf(got.Sum, value, value))
			}
		}
	}
	t.Logf("value 2**%.1f gradient 2**%.1f", math.Log2(worst), math.Log2(worstSlope))
	if !(worst <= bound && worstSlope <= bound) {
		t.Errorf("errors of 2**%.1f and of gradients 2**%.1f", math.Log2(worst), math.Log2(worstSlope))
	}
}

// Focal losses and their gradients, at every distance from 0: both of the sizes of their terms.
func TestFocalOracle(t *testing.T) {
	t.Run("f64", func(t *testing.T) { focalOracle[float64](t, 0x1p-44) })
	t.Run("f32", func(t *testing.T) { focalOracle[float32](t, 0x1p-18) })
}

func focalOracle[F relent.Float](t *testing.T, bound float64) {
	r := rand.New(rand.NewPCG(23, 24))
	worst, worstSlope := 0.0, 0.0
	for _, n := range []int{1, 5} {
		for _, scale := range []float64{1e-6, 0.1, 1, 5, 30, 90} {
			for _, l := range []Focal[F]{{}, {Gamma: 2, Alpha: 0.25}, {Gamma: 0.5}, {Gamma: 5}} {
				x, y := random[F](r, 1, n, scale), relent.NewMatrix[F](1, n)
				for i := range y.Data {
					y.Data[i] = F([]float64{0, 1, 0.25}[r.IntN(3)])
				}
				got, grad, err := l.ValueGrad(nil, relent.Matrix[F]{}, y, x, relent.Run{})
				alone, _ := l.Value(nil, y, x, relent.Run{})
				if err != nil || alone.Sum != got.Sum {
					t.Fatalf("%v, %v alone, %v", got.Sum, alone.Sum, err)
				}
				value := number(0)
				for i, v := range x.Data {
					term, slope, size := exactFocal(l, float64(v), float64(y.Data[i]))
					value = add(value, term)
					worstSlope = max(worstSlope, errorOf(float64(grad.Data[i]), slope, add(size, number(0x1p-126))))
				}
				worst = max(worst, errorOf(got.Sum, value, add(value, number(0x1p-126))))
			}
		}
	}
	t.Logf("value 2**%.1f gradient 2**%.1f", math.Log2(worst), math.Log2(worstSlope))
	if !(worst <= bound && worstSlope <= bound) {
		t.Errorf("errors of 2**%.1f and of gradients 2**%.1f", math.Log2(worst), math.Log2(worstSlope))
	}
}

// exactFocal is an element's loss, its derivative, and the size of that one's two parts.
func exactFocal[F relent.Float](l Focal[F], x, y float64) (value, slope, size *big.Float) {
	up, down, gamma := number(l.Alpha), minus(number(1), number(l.Alpha)), number(l.Gamma)
	if l.Alpha == 0 {
		up, down = number(1), number(1)
	}
	// part is w·(1-σ)^γ·log(1/σ) and minus its derivative, σ = σ(v).
	part := func(w, v *big.Float) (value, slope *big.Float) {
		e := exactExp(new(big.Float).Neg(v)) // of which σ is 1, and 1-σ e
		all := add(number(1), e)
		sigma, rest, log := quo(number(1), all), quo(e, all), exactLog(all)
		fade := mul(w, exactExp(mul(gamma, new(big.Float).Neg(add(v, log)))))
		return mul(fade, log), mul(fade, add(rest, mul(mul(gamma, sigma), log)))
	}
	v := number(x)
	positive, falls := part(mul(up, number(y)), v)
	negative, rises := part(mul(down, minus(number(1), number(y))), new(big.Float).Neg(v))
	return add(positive, negative), minus(rises, falls), add(rises, falls)
}

// Cross-entropies with soft targets: of values relative to themselves, of gradients relative to the row's largest target or share.
func TestSoftTargetsOracle(t *testing.T) {
	t.Run("f64", func(t *testing.T) { softOracle[float64](t, 0x1p-44) })
	t.Run("f32", func(t *testing.T) { softOracle[float32](t, 0x1p-18) })
}

func softOracle[F relent.Float](t *testing.T, bound float64) {
	r := rand.New(rand.NewPCG(25, 26))
	worst, worstSlope := 0.0, 0.0
	lengths := []int{2, 10, 37}
	if testing.Short() {
		lengths = lengths[:2]
	}
	for _, n := range lengths {
		for family, pair := range pairsOf[F](r, n) {
			targets, b := relent.Softmax(relent.Matrix[F]{}, pair[0]), pair[1]
			got, grad, err := SoftCrossEntropy[F]{Scale: 0.5}.ValueGrad(nil, relent.Matrix[F]{}, targets, b, relent.Run{})
			if err != nil {
				t.Fatal(err)
			}
			q, total, value, largest := softmaxOf(over(b.Data, 1)), number(0), number(0), number(0x1p-126)
			for i, v := range targets.Data {
				target := number(float64(v))
				total, value = add(total, target), minus(value, mul(target, q.ln[i]))
				for _, size := range []*big.Float{target, q.share[i]} {
					if size.Cmp(largest) > 0 {
						largest = size
					}
				}
			}
			e, slope := errorOf(got.Sum, value, value), 0.0
			for i, v := range targets.Data {
				want := mul(number(0.5), minus(mul(q.share[i], total), number(float64(v))))
				slope = max(slope, errorOf(float64(grad.Data[i]), want, largest))
			}
			if worst, worstSlope = max(worst, e), max(worstSlope, slope); !(e <= bound && slope <= bound) {
				t.Errorf("%d %s: errors of 2**%.1f and of gradients 2**%.1f", n, family, math.Log2(e), math.Log2(slope))
			}
		}
	}
	t.Logf("value 2**%.1f gradient 2**%.1f", math.Log2(worst), math.Log2(worstSlope))
}
