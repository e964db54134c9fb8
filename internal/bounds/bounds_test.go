package bounds

import (
	"math"
	"testing"

	"github.com/relent-go/relent/kernels"
)

// What was counted by hand in the loops of AVX-512.
func TestBound(t *testing.T) {
	cpu, ok := Of(26)
	if !ok {
		t.Fatal("family 26 is unknown")
	}
	for _, c := range []struct {
		kernel kernels.Reduction
		t      kernels.Type
		cycles float64
		limit  string
	}{
		{kernels.KL, kernels.F64, 25. / 4 / 8, "all ports"},
		{kernels.Entropy, kernels.F64, 12. / 2 / 8, "multiplications"},
		{kernels.SquaredHellinger, kernels.F64, (4 + 7.5) / 8, "divisions"},
		{kernels.ChiSquare, kernels.F32, 4. / 8, "divisions"}, // in float64
	} {
		b := cpu.Bound(c.kernel, c.t, 64)
		if math.Abs(b.Cycles-c.cycles) > 1e-12 || b.Limit != c.limit {
			t.Errorf("%s of %v: %v cycles for %s, not %v for %s", c.kernel.Name, c.t, b.Cycles, b.Limit, c.cycles, c.limit)
		}
		if wide := cpu.Bound(c.kernel, c.t, 32); wide.Cycles != 2*b.Cycles || wide.Bytes != b.Bytes {
			t.Errorf("%s of %v: %v with vectors of half the size", c.kernel.Name, c.t, wide)
		}
	}
	if _, ok := Of(1); ok {
		t.Error("family 1 is known")
	}
}
