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
	case math.IsNaN(x):
		return "math.NaN()"
	case math.IsInf(x, 0):
		return fmt.Sprintf("math.Inf(%d)", int(math.Copysign(1, x)))
	}
	return fmt.Sprintf("%s(%x)", t.Go(), x)
}

// spell is an operation as a Go expression. The conversions around products keep Go from fusing them with a sum.
func spell(t kernels.Type, in kernels.Instr, a []string) string {
	f64 := t == kernels.F64
	pick := func(wide, narrow string) string {
		if f64 {
			return wide
		}
		return narrow
	}
	float := t.Go()
	switch in.Op {
	case kernels.Add:
		return a[0] + " + " + a[1]
	case kernels.Sub:
		return a[0] + " - " + a[1]
	case kernels.Mul:
		return fmt.Sprintf("%s(%s * %s)", float, a[0], a[1])
	case kernels.Div:
		return a[0] + " / " + a[1]
	case kernels.Sqrt:
		return fmt.Sprintf(pick("math.Sqrt(%s)", "float32(math.Sqrt(float64(%s)))"), a[0])
	case kernels.MulAdd:
		return fmt.Sprintf(pick("math.FMA(%s, %s, %s)", "fma32(%s, %s, %s)"), a[0], a[1], a[2])
	case kernels.NegMulAdd:
		return fmt.Sprintf(pick("math.FMA(-%s, %s, %s)", "fma32(-%s, %s, %s)"), a[0], a[1], a[2])
	case kernels.Min:
		return fmt.Sprintf("min(%s, %s)", a[0], a[1])
	case kernels.Max:
		return fmt.Sprintf("max(%s, %s)", a[0], a[1])
	case kernels.Abs:
		return fmt.Sprintf(pick("math.Abs(%s)", "float32(math.Abs(float64(%s)))"), a[0])
	case kernels.AsInt:
		return fmt.Sprintf(pick("math.Float64bits(%s)", "math.Float32bits(%s)"), a[0])
	case kernels.AsFloat:
		return fmt.Sprintf(pick("math.Float64frombits(%s)", "math.Float32frombits(%s)"), a[0])
	case kernels.IntAdd:
		return a[0] + " + " + a[1]
	case kernels.IntSub:
		return a[0] + " - " + a[1]
	case kernels.IntMin:
		return fmt.Sprintf(pick("uint64(min(int64(%s), int64(%s)))", "uint32(min(int32(%s), int32(%s)))"), a[0], a[1])
	case kernels.IntAnd:
		return a[0] + " & " + a[1]
	case kernels.IntToExponent:
		return fmt.Sprintf("%s << %d", a[0], t.MantissaBits())
	case kernels.ExponentToFloat:
		return fmt.Sprintf(pick("float64(int64(%s))", "float32(int32(%s))"), a[0])
	case kernels.Less:
		return a[0] + " < " + a[1]
	case kernels.LessEqual:
		return a[0] + " <= " + a[1]
	case kernels.Equal:
		return a[0] + " == " + a[1]
	case kernels.MaskAnd:
		return a[0] + " && " + a[1]
	case kernels.MaskOr:
		return a[0] + " || " + a[1]
	case kernels.Select:
		return fmt.Sprintf("choose(%s, %s, %s)", a[0], a[1], a[2])
	}
	return ""
}
