package golang

import (
	"fmt"
	"math"

	"github.com/relent-go/relent/kernels"
)

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
	case math.IsInf(x, 0):
		return fmt.Sprintf("math.Inf(%d)", int(math.Copysign(1, x)))
	}
	return fmt.Sprintf("%s(%x)", t.Go(), x)
}

// Operations as Go expressions of their arguments. The conversions around products keep Go from fusing them with a sum.
var (
	spellings = map[kernels.Op]string{
		kernels.Add: "%s + %s", kernels.Sub: "%s - %s", kernels.Div: "%s / %s", kernels.Min: "min(%s, %s)", kernels.Max: "max(%s, %s)",
		kernels.IntAdd: "%s + %s", kernels.IntSub: "%s - %s", kernels.IntAnd: "%s & %s",
		kernels.Less: "%s < %s", kernels.LessEqual: "%s <= %s", kernels.Equal: "%s == %s",
		kernels.MaskAnd: "%s && %s", kernels.MaskOr: "%s || %s", kernels.Select: "choose(%s, %s, %s)",
	}
	spellingsOf = map[kernels.Type]map[kernels.Op]string{
		kernels.F64: {
			kernels.Mul: "float64(%s * %s)", kernels.MulAdd: "math.FMA(%s, %s, %s)", kernels.NegMulAdd: "math.FMA(-%s, %s, %s)",
			kernels.Sqrt: "math.Sqrt(%s)", kernels.Abs: "math.Abs(%s)",
			kernels.AsInt: "math.Float64bits(%s)", kernels.AsFloat: "math.Float64frombits(%s)",
			kernels.IntMin: "uint64(min(int64(%s), int64(%s)))", kernels.ExponentToFloat: "float64(int64(%s))", kernels.IntToExponent: "%s << 52",
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
