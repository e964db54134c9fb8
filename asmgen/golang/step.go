package golang

import (
	"fmt"
	"math"

	"github.com/relent-go/relent/kernels"
)

// accumulators tells a step what its sums are called, and how to leave where a guard fails.
type accumulators struct {
	name  func(arg int) string
	leave string
}

var oneSum = accumulators{name: func(int) string { return "sum" }, leave: "return 0, false"}

// step writes one element's step as Go statements and returns the expressions of its results.
func (g *file) step(p kernels.Program, args []string, mem kernels.Type, s accumulators) []string {
	expr := make([]string, len(p.Code))
	live := p.Live()
	for id, in := range p.Code {
		if !live[id] {
			continue
		}
		var a []string
		for _, x := range in.Args {
			a = append(a, expr[x])
		}
		e := spell(p.Type, in, a)
		switch {
		case in.Op == kernels.Input:
			expr[id] = fmt.Sprintf("x%d", in.Arg)
			load := args[in.Arg] + "[i]"
			if mem != p.Type {
				load = "float64(" + load + ")"
			}
			g.f("%s := %s\n", expr[id], load)
		case in.Op == kernels.Sum:
			expr[id] = s.name(in.Arg)
		case in.Op == kernels.Element:
			expr[id] = fmt.Sprintf("m[%d][0]", in.Arg)
			if p.Type == kernels.F32 {
				expr[id] = fmt.Sprintf("firstHalf(m[%d][0])", in.Arg)
			}
		case in.Op == kernels.Const:
			expr[id] = fmt.Sprintf("%#x", in.Bits)
			if !in.Int {
				expr[id] = floatLiteral(p.Type, in.Bits)
			}
		case in.Op.IsGuard():
			g.guard(p, in, a[0], s.leave)
		default:
			expr[id] = fmt.Sprintf("v%d", id)
			g.f("%s := %s\n", expr[id], e)
		}
	}
	var results []string
	for _, id := range p.Results {
		results = append(results, expr[id])
	}
	return results
}

// guard leaves the path if its condition does not hold.
func (g *file) guard(p kernels.Program, in kernels.Instr, value, leave string) {
	bits := map[kernels.Type]string{kernels.F64: "64", kernels.F32: "32"}[p.Type]
	if !p.Code[in.Args[0]].Integer() {
		value = fmt.Sprintf("math.Float%sbits(%s)", bits, value)
	}
	condition := fmt.Sprintf("int%s(%s) < 0", bits, value)
	if in.Op == kernels.GuardSome {
		g.f("some = some || %s\n", condition)
		return
	}
	if in.Op == kernels.GuardRange {
		condition = fmt.Sprintf("%s > %#x", value, in.Bits)
	}
	g.f("if %s {\n%s\n}\n", condition, leave)
}

func floatLiteral(t kernels.Type, bits uint64) string {
	x := math.Float64frombits(bits)
	if t == kernels.F32 {
		x = float64(math.Float32frombits(uint32(bits)))
	}
	switch {
	case x == 0 && math.Signbit(x):
		return t.Go() + "(math.Copysign(0, -1))"
	case math.IsNaN(x) && t == kernels.F32:
		return "float32(math.NaN())"
	case math.IsNaN(x):
		return "math.NaN()"
	case math.IsInf(x, 0) && t == kernels.F32:
		return fmt.Sprintf("float32(math.Inf(%d))", int(math.Copysign(1, x)))
	case math.IsInf(x, 0):
		return fmt.Sprintf("math.Inf(%d)", int(math.Copysign(1, x)))
	}
	return fmt.Sprintf("%s(%x)", t.Go(), x)
}

// Operations as Go expressions of their arguments. The conversions around products keep Go from fusing them with a sum.
var (
	spellings = map[kernels.Op]string{
		kernels.Add: "%s + %s", kernels.Sub: "%s - %s", kernels.Div: "%s / %s", kernels.Min: "min(%s, %s)", kernels.Max: "max(%s, %s)", kernels.Larger: "larger(%s, %s)",
		kernels.IntAdd: "%s + %s", kernels.IntSub: "%s - %s", kernels.IntAnd: "%s & %s", kernels.IntXor: "%s ^ %s",
		kernels.Less: "%s < %s", kernels.LessEqual: "%s <= %s", kernels.Equal: "%s == %s",
		kernels.MaskAnd: "%s && %s", kernels.MaskOr: "%s || %s", kernels.Count: "counted(%s, %s)", kernels.Select: "choose(%s, %s, %s)",
	}
	spellingsOf = map[kernels.Type]map[kernels.Op]string{
		kernels.F64: {
			kernels.Mul: "float64(%s * %s)", kernels.MulAdd: "math.FMA(%s, %s, %s)", kernels.NegMulAdd: "math.FMA(-%s, %s, %s)",
			kernels.Sqrt: "math.Sqrt(%s)", kernels.Abs: "math.Abs(%s)",
			kernels.AsInt: "math.Float64bits(%s)", kernels.AsFloat: "math.Float64frombits(%s)",
			kernels.IntMin: "uint64(min(int64(%s), int64(%s)))", kernels.ExponentToFloat: "float64(int64(%s))", kernels.IntToExponent: "%s << 52",
			kernels.IntUpper: "%s >> 32", kernels.IntTimes: "uint64(uint32(%s)) * %s",
		},
		kernels.F32: {
			kernels.Mul: "float32(%s * %s)", kernels.MulAdd: "fma32(%s, %s, %s)", kernels.NegMulAdd: "fma32(-%s, %s, %s)",
			kernels.Sqrt: "float32(math.Sqrt(float64(%s)))", kernels.Abs: "float32(math.Abs(float64(%s)))",
			kernels.AsInt: "math.Float32bits(%s)", kernels.AsFloat: "math.Float32frombits(%s)",
			kernels.IntMin: "uint32(min(int32(%s), int32(%s)))", kernels.ExponentToFloat: "float32(int32(%s))", kernels.IntToExponent: "%s << 23",
		},
	}
)

// spell is an operation as a Go expression.
func spell(t kernels.Type, in kernels.Instr, a []string) string {
	format, ok := spellings[in.Op]
	if !ok {
		format = spellingsOf[t][in.Op]
	}
	args := make([]any, len(a))
	for i, arg := range a {
		args[i] = arg
	}
	return fmt.Sprintf(format, args...)
}
