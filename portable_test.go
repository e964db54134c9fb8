package relent

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/relent-go/relent/internal/sources"
)

// portable is what packages relent, mvn, loss and drift, and the internal ones that they use, may use of packages whose functions may have
// portable is what packages relent, mvn, loss, dist and table, and the internal ones that they use, may use of packages whose functions may have
// other bits on other architectures.
var portable = map[string][]string{
	// Exactly specified by IEEE 754 or by their patterns of bits. Frexp and Ldexp are Go on every architecture, and exact but for
	// Ldexp's one rounding of subnormal results.
	"math": {
		"math.Abs", "math.Copysign", "math.FMA", "math.Float32bits", "math.Float32frombits", "math.Float64bits",
		"math.Float64frombits", "math.Frexp", "math.Inf", "math.IsInf", "math.Ldexp", "math.NaN", "math.Nextafter", "math.Nextafter32", "math.Signbit",
		"math.Sqrt",
		"bits.Add64", "bits.Div64", "bits.LeadingZeros64", "bits.Len64", "bits.Mul", "bits.Mul64", "bits.OnesCount64", "bits.Sub64", "bits.TrailingZeros64",
		"big.Float.Float64", "big.Float.SetInt", "big.Float.SetMantExp", // rounds once
		"big.Int.Abs", "big.Int.Add", "big.Int.BitLen", "big.Int.Bytes", "big.Int.FillBytes", "big.Int.Lsh", "big.Int.Mul", "big.Int.Neg", "big.Int.QuoRem",
		"big.Int.Rsh", "big.Int.Set", "big.Int.SetBytes", "big.Int.SetInt64", "big.Int.Sign", "big.Int.Sub", "big.Int.TrailingZeroBits",
		"big.NewInt",
		"rand.New", "rand.NormFloat64", "rand.Rand.NormFloat64", "rand.Uint64", // samples
		"rand.NewPCG", "rand.Rand.Float64", "rand.Rand.Uint64N", // of integers
	},
	// Shapes and elements: no arithmetic.
	"gonum.org/": {
		"blas64.Data", "blas64.Stride",
		"distuv.Mu", "distuv.Sigma", "distuv.Src",
		"mat.Cholesky.IsEmpty", "mat.Cholesky.RawU", "mat.Cholesky.SymmetricDim",
		"mat.Dense.At", "mat.Dense.Dims", "mat.Dense.IsEmpty", "mat.Dense.RawMatrix", "mat.Dense.ReuseAs",
		"mat.Matrix.At", "mat.Matrix.Dims", "mat.Row",
		"mat.SymDense.IsEmpty", "mat.SymDense.RawSymmetric", "mat.SymDense.ReuseAsSym", "mat.SymDense.SetSym", "mat.SymDense.SymmetricDim",
		"mat.Symmetric.SymmetricDim", "mat.TriDense.RawTriangular", "mat.Vector.AtVec", "mat.Vector.Len",
	},
}

// Nothing in the sources has other bits on another architecture: neither functions of other packages, nor sums that a compiler
// may fuse with a product.
func TestPortable(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" {
		t.Skip("RELENT_EMULATED=1: this machine need not have Go, and the sources are the same")
	}
	unused := map[string]bool{}
	for _, names := range portable {
		for _, name := range names {
			unused[name] = true
		}
	}
	found := map[string]bool{}
	for _, goarch := range []string{"amd64", "arm64", "386"} { // assembly of either kind, and none
		program, err := sources.Load(".", goarch, "", ".", "./mvn", "./loss", "./dist", "./table", "./drift", "./order", "./internal/exact", "./internal/special")
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range program.Fusible() {
			found[at+": a product may be fused into this sum, unless it is converted explicitly"] = true
		}
		for prefix, allowed := range portable {
			for name, places := range program.Uses(prefix) {
				delete(unused, name)
				if !slices.Contains(allowed, name) {
					found[fmt.Sprintf("%s: %s is not known to be the same on every architecture", places[0], name)] = true
				}
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(found)) {
		t.Error(what)
	}
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		t.Errorf("%s is allowed and not used", name)
	}
}
