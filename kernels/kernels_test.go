package kernels

import (
	"fmt"
	"math"
	"math/big"
	"testing"
)

// evaluate runs a program for one lane, exactly as its operations are defined: the third reading of the text besides
// assembly and the generated Go. ok tells whether every guard holds.
func evaluate(p Program, sum float64, inputs []float64) (result float64, ok bool) {
	v, ok, _ := run(p, sum, inputs)
	return decode(p.Type, v[p.Results[0]]), ok
}

// run returns the pattern of every operation's result, and whether the guards hold: all but those of some lane, and one of these.
func run(p Program, sum float64, inputs []float64) (v []uint64, ok, some bool) {
	v = make([]uint64, len(p.Code)) // floats by their patterns, masks as 0 and 1
	ok = true
	for id, in := range p.Code {
		arg := func(i int) uint64 { return v[in.Args[i]] }
		x := func(i int) float64 { return decode(p.Type, arg(i)) }
		set := func(y float64) { v[id] = p.Type.Bits(y) }
		integer := func(y uint64) { v[id] = y & (1<<(8*p.Type.Bytes()-1)<<1 - 1) }
		mask := func(m bool) {
			if m {
				v[id] = 1
			}
		}
		switch in.Op {
		case Input:
			set(inputs[in.Arg])
		case Sum:
			set(sum)
		case Const:
			v[id] = in.Bits
		case Add: // float64 has more than twice the bits of float32: rounded once more, the result is the same
			set(x(0) + x(1))
		case Sub:
			set(x(0) - x(1))
		case Mul:
			set(x(0) * x(1))
		case Div:
			set(x(0) / x(1))
		case Sqrt:
			set(math.Sqrt(x(0)))
		case MulAdd:
			set(fusedMulAdd(p.Type, x(0), x(1), x(2)))
		case NegMulAdd:
			set(fusedMulAdd(p.Type, -x(0), x(1), x(2)))
		case Min:
			set(math.Min(x(0), x(1)))
		case Max:
			set(math.Max(x(0), x(1)))
		case Larger:
			set(x(1))
			if x(0) > x(1) {
				set(x(0))
			}
		case Abs:
			set(math.Abs(x(0)))
		case Element:
			set([]float64{1.5, 0.75, 0x1p-55}[in.Arg])
		case AsInt, AsFloat:
			v[id] = arg(0)
		case IntAdd:
			integer(arg(0) + arg(1))
		case IntSub:
			integer(arg(0) - arg(1))
		case IntAnd:
			integer(arg(0) & arg(1))
		case IntXor:
			integer(arg(0) ^ arg(1))
		case IntUpper:
			integer(arg(0) >> 32)
		case IntTimes:
			integer(uint64(uint32(arg(0))) * uint64(uint32(arg(1))))
		case Count:
			integer(arg(0) + arg(1))
		case IntToExponent:
			integer(arg(0) << p.Type.MantissaBits())
		case ExponentToFloat:
			unused := 64 - 8*p.Type.Bytes()
			set(float64(int64(arg(0)<<unused) >> unused))
		case Less:
			mask(x(0) < x(1))
		case LessEqual:
			mask(x(0) <= x(1))
		case Equal:
			mask(x(0) == x(1))
		case MaskAnd:
			v[id] = arg(0) & arg(1)
		case MaskOr:
			v[id] = arg(0) | arg(1)
		case Select:
			v[id] = arg(2 - int(arg(0)))
		case GuardRange:
			ok = ok && arg(0) <= in.Bits
		case GuardSign:
			ok = ok && arg(0)>>(8*p.Type.Bytes()-1) == 0
		case GuardSome:
			some = some || arg(0)>>(8*p.Type.Bytes()-1) != 0
		default:
			panic(fmt.Sprint("operation ", in.Op))
		}
	}
	return v, ok, some
}

func fusedMulAdd(t Type, x, y, z float64) float64 {
	if t == F64 || math.IsInf(x+y+z, 0) || x+y+z != x+y+z || z == 0 || x*y == 0 {
		return math.FMA(x, y, z) // in the cases of float32 without a second rounding
	}
	exact := new(big.Float).SetPrec(700).SetFloat64(x * y)
	sum, _ := exact.Add(exact, new(big.Float).SetFloat64(z)).Float32()
	return float64(sum)
}

type text struct {
	name string
	args []string
	pad  []float64
	Program
	sums     bool
	ordinary bool
}

func texts() []text {
	var list []text
	for _, typ := range []Type{F64, F32} {
		for _, r := range Reductions {
			if r.Numbers && typ == F32 {
				continue // there is none
			}
			for i, path := range r.Paths(typ) {
				list = append(list, text{fmt.Sprintf("%s%v path %d", r.Name, typ, i), r.Args, r.Pad, path.Program, true, r.Ordinary})
			}
		}
	}
	for _, m := range Maps { // float32 is computed in float64
		list = append(list, text{m.Name, m.Args, m.Pad, m.Kernel().Record(F64), false, false})
	}
	return list
}

func TestTextsUseWhatIsDeclared(t *testing.T) {
	for _, x := range texts() {
		inputs, sums := map[int]bool{}, 0
		for id, in := range x.Code {
			for _, a := range in.Args {
				if a < 0 || a >= id {
					t.Errorf("%s: operation %d uses %d", x.name, id, a)
				}
				switch of := x.Code[a]; of.Op {
				case Input:
					inputs[of.Arg] = true
				case Sum:
					sums++
				}
			}
		}
		for i, name := range x.args {
			if !inputs[i] {
				t.Errorf("%s does not use %s", x.name, name)
			}
			delete(inputs, i)
		}
		if len(inputs) > 0 || len(x.pad) != len(x.args) {
			t.Errorf("%s: %d inputs beyond %v, %d pads", x.name, len(inputs), x.args, len(x.pad))
		}
		if used := sums == 1; used != x.sums || sums > 1 {
			t.Errorf("%s uses the sum %d times", x.name, sums)
		}
	}
}

func TestPadsLeaveSumsAlone(t *testing.T) {
	for _, x := range texts() {
		if !x.sums {
			continue
		}
		least := decode(x.Type, 1)
		for _, sum := range []float64{0, 1.5, -2.25, least, -least, 0x1p-100, 0x1p100, math.Inf(1)} {
			if x.ordinary && math.Abs(sum) < 0x1p-100 {
				continue // sums of so little are computed by another text
			}
			got, ok := evaluate(x.Program, sum, x.pad)
			if x.Type.Bits(got) != x.Type.Bits(sum) || !ok {
				t.Errorf("%s: %v makes %g of %g, guards hold: %v", x.name, x.pad, got, sum, ok)
			}
		}
	}
}

// Where elements look too far from each other for Near, a guard of it fails.
func TestFarIsOutOfNear(t *testing.T) {
	for _, r := range Reductions {
		for _, typ := range []Type{F64, F32} {
			near := r.Paths(typ)[0]
			if near.Far == nil || r.Numbers && typ == F32 {
				continue
			}
			far, close := 0, 0
			eachPair(typ, func(p, q float64) {
				if r.Ordinary && (!ordinary(p) || !ordinary(q)) {
					return
				}
				sign, _ := evaluate(*near.Far, 0, []float64{p, q})
				_, ok := evaluate(near.Program, 0, []float64{p, q})
				switch isFar := math.Signbit(sign) || sign != sign; {
				case isFar && ok:
					t.Errorf("%s%v: %x and %x look far, and are near", r.Name, typ, p, q)
				case isFar:
					far++
				case ok:
					close++
				}
			})
			if far == 0 || close == 0 {
				t.Errorf("%s%v: %d pairs are far, %d near", r.Name, typ, far, close)
			}
		}
	}
}

// ordinary tells what elements a text without guards is for.
func ordinary(x float64) bool { return 0x1p-200 <= x && x <= 0x1p+200 }

// eachPair visits numbers of every size, most of the smallest, and special ones, beside those that are up to four times as
// large.
func eachPair(t Type, visit func(p, q float64)) {
	infinity := t.Bits(math.Inf(1))
	patterns := []uint64{0, 1, infinity, t.Bits(math.NaN()), t.Bits(-1), t.Bits(math.Copysign(0, -1))}
	for i := range uint64(600) {
		patterns = append(patterns, i*0x9E3779B97F4A7C15%infinity)
	}
	for exponent := range uint64(60) {
		patterns = append(patterns, (exponent<<8|0x5A)<<(t.MantissaBits()-8))
	}
	for i, bits := range patterns {
		p := decode(t, bits)
		for ratio := 1.; ratio < 4; ratio += 1. / 64 {
			q := decode(t, t.Bits(p*ratio))
			visit(p, q)
			visit(q, p)
		}
		q := decode(t, patterns[(i*7919+1)%len(patterns)])
		visit(p, q)
		visit(q, p)
	}
}

// The fragments that the texts are made of, each through one kernel, every path that would be trusted. (The root package's
// oracle test judges all kernels, as lowered.)
func TestFragmentsAgainstMathematics(t *testing.T) {
	excess := func(p, q *big.Float) *big.Float { return add(mul(p, sub(bigLog(p), bigLog(q))), sub(q, p)) }
	bound := map[Type]float64{F64: 0x1p-50, F32: 0x1p-21}
	reached := map[string]int{}
	for _, c := range []struct {
		Reduction
		term func(p, q *big.Float) *big.Float
	}{
		{KL, func(p, q *big.Float) *big.Float { return mul(p, sub(bigLog(p), bigLog(q))) }},
		{GeneralizedKL, excess},
		{JensenShannon, func(p, q *big.Float) *big.Float {
			m := mul(ratio(1, 2), add(p, q))
			return mul(ratio(2, 1), add(excess(p, m), excess(q, m)))
		}},
		{BinaryKL, func(p, q *big.Float) *big.Float {
			one := ratio(1, 1)
			return add(excess(p, q), excess(sub(one, p), sub(one, q)))
		}},
	} {
		for _, x := range [][2]float64{
			{0.25, 0.75}, {0.75, 0.25}, {0.3, 0.300001}, {0.7, 0.69}, {0x1p-20, 0x1.8p-1}, {0.9, 0x1p-30}, {0x1p-130, 0x1p-140},
			{0.5, 0.34}, {1 - 0x1p-20, 0x1p-20}, {0x1p-122, 0x1p-126}, {0x1p-1014, 0x1p-1020},
		} {
			for _, typ := range []Type{F64, F32} {
				p, q := decode(typ, typ.Bits(x[0])), decode(typ, typ.Bits(x[1]))
				if p == 0 {
					continue // below float32's range
				}
				want := c.term(float(p), float(q))
				for i, path := range c.Paths(typ) {
					got, ok := evaluate(path.Program, 0, []float64{p, q})
					if !ok || got != 0 && math.Abs(got) < path.Floor {
						continue
					}
					reached[fmt.Sprint(c.Name, typ, i)]++
					if e, _ := quo(sub(float(got), want), want).Float64(); math.Abs(e) > bound[path.Type] {
						t.Errorf("%s%v path %d (%g, %g): %g, relative error %.2g", c.Name, typ, i, p, q, got, e)
					}
				}
			}
		}
	}
	if want := 2 * (2 + 2 + 3 + 2); len(reached) != want {
		t.Errorf("%d paths were reached, not %d: %v", len(reached), want, reached)
	}
}

// bigLog is log(m·2**e) = e·log 2 + 2 atanh((m-1)/(m+1)), m in [2/3, 4/3].
func bigLog(x *big.Float) *big.Float {
	m := new(big.Float)
	e := x.MantExp(m)
	if m.Cmp(ratio(2, 3)) < 0 {
		m, e = mul(m, ratio(2, 1)), e-1
	}
	one := ratio(1, 1)
	return add(mul(ratio(int64(e), 1), bigAtanh2(ratio(1, 3))), bigAtanh2(quo(sub(m, one), add(m, one))))
}

// bigAtanh2 is 2 atanh(s), |s| <= 1/3.
func bigAtanh2(s *big.Float) *big.Float {
	z := mul(s, s)
	return mul(s, add(ratio(2, 1), mul(z, atanhSeries(z))))
}

func TestBitsOfHalves(t *testing.T) {
	for x, want := range map[float64][2]uint64{0: {0, 0}, 1: {0x3c00, 0x3f80}, -2: {0xc000, 0xc000}, 1.5: {0x3e00, 0x3fc0}, 0x1p-14: {0x0400, 0x3880}} {
		if got := [2]uint64{F16.Bits(x), BF16.Bits(x)}; got != want {
			t.Errorf("%v is %04x, want %04x", x, got, want)
		}
	}
}
