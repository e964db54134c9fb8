package mvn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A matrix that rounding has left a little asymmetric is taken as the mean of itself and its transpose, by every constructor;
// one that is more so is refused, with the elements named.
func TestAsymmetry(t *testing.T) {
	r := seed(t.Name())
	means := mat.NewDense(2, 4, r.vector(8))
	half := []float64{0.5, 0.5}
	constructors := map[string]func(mu []float64, a *mat.Dense) (*Normal, error){
		"NewNormalMatrix": func(mu []float64, a *mat.Dense) (*Normal, error) {
			return NewNormalMatrix(mu, relent.Matrix[float64](a.RawMatrix()))
		},
		"NewNormal":          func(mu []float64, a *mat.Dense) (*Normal, error) { return NewNormal(mu, asymmetric{a}) },
		"NewNormalSingular":  func(mu []float64, a *mat.Dense) (*Normal, error) { return NewNormalSingular(mu, asymmetric{a}, 0) },
		"NewNormalPrecision": func(mu []float64, a *mat.Dense) (*Normal, error) { return NewNormalPrecision(mu, asymmetric{a}) },
		"NewTiedMixture": func(mu []float64, a *mat.Dense) (*Normal, error) {
			if _, err := NewTiedMixture(half, means, asymmetric{a}); err != nil {
				return nil, err
			}
			return NewNormal(mu, asymmetric{a})
		},
		"NewFullMixture": func(mu []float64, a *mat.Dense) (*Normal, error) {
			if _, err := NewFullMixture(half, means, []mat.Symmetric{asymmetric{a}, asymmetric{a}}); err != nil {
				return nil, err
			}
			return NewNormal(mu, asymmetric{a})
		},
	}
	mu := r.vector(4)
	for _, scale := range []float64{1e-150, 1, 1e150} {
		sigma := r.covariance(4, 30)
		sigma.SetSym(2, 0, 1e-9*sigma.At(2, 0)) // hardly correlated: rounding is relative to the variances
		for i := range 4 {
			sigma.SetSym(i, i, sigma.At(i, i)+1)
		}
		sigma.ScaleSym(scale, sigma)
		for name, constructor := range inOrder(constructors) {
			for _, at := range [][2]int{{1, 0}, {2, 0}, {3, 2}, {0, 1}, {1, 3}} {
				i, j := at[0], at[1]
				size := math.Sqrt(sigma.At(i, i)) * math.Sqrt(sigma.At(j, j))
				for _, by := range []float64{0, math.Nextafter(sigma.At(i, j), 0) - sigma.At(i, j), 1e-16 * size, -9.9e-13 * size, 1.01e-12 * size, 1e-6 * size, math.Inf(1), math.NaN()} {
					a := mat.DenseCopyOf(sigma)
					a.Set(i, j, a.At(i, j)+by)
					n, err := constructor(mu, a)
					if refused := !(math.Abs(by) <= 1e-12*size); refused != (err != nil) {
						t.Fatalf("%s: element (%d, %d) off by %g of %g: %v", name, i, j, by, size, err)
					}
					if err != nil {
						parts := []string{"mvn: ", fmt.Sprintf("(%d, %d) ", i, j), fmt.Sprint(a.At(i, j))}
						if finite(by) {
							parts = append(parts, "not symmetric", fmt.Sprintf("(%d, %d) ", j, i), fmt.Sprint(a.At(j, i)), "1e-12")
						}
						for _, part := range parts {
							if !strings.Contains(err.Error(), part) {
								t.Errorf("%s: %q has no %q", name, err, part)
							}
						}
						continue
					}
					mean := mat.NewSymDense(4, nil)
					for k := range 4 {
						for l := range k + 1 {
							mean.SetSym(k, l, (a.At(k, l)+a.At(l, k))/2)
						}
					}
					want := must(NewNormal(mu, mean))
					switch name {
					case "NewNormalPrecision":
						want = must(NewNormalPrecision(mu, mean))
					case "NewNormalSingular":
						want = must(NewNormalSingular(mu, mean, 0))
					}
					if x := make([]float64, 4); n.LogProb(x) != want.LogProb(x) {
						t.Errorf("%s, element (%d, %d) off by %g: %v, of the symmetric matrix %v", name, i, j, by, n.LogProb(x), want.LogProb(x))
					}
				}
			}
		}
	}
	negative := relent.NewMatrix(2, 2, -1., 1, 2, 1)
	if _, err := NewNormalMatrix([]float64{0, 0}, negative); err == nil || !strings.Contains(err.Error(), "not symmetric") {
		t.Error(err)
	}
}
