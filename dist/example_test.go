package dist_test

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/dist"
)

func ExampleKullbackLeibler() {
	p, q := dist.Gamma{Shape: 2, Rate: 3}, dist.Gamma{Shape: 2.5, Rate: 3}
	fmt.Printf("%.6f nats\n", dist.KullbackLeibler(p, q))

	// Parameters that agree to eight digits leave half as many to differences of log Γ: none.
	near := dist.Gamma{Shape: 2 + 2e-8, Rate: 3}
	fmt.Printf("%.6g\n", dist.KullbackLeibler(p, near))
	// Output:
	// 0.073291 nats
	// 1.28987e-16
}

func ExampleJensenShannon() {
	fmt.Printf("%.6f\n", dist.JensenShannon(dist.Normal{Mean: 0, Deviation: 1}, dist.Normal{Mean: 1, Deviation: 2}))
	fmt.Printf("%.6f\n", dist.JensenShannon(dist.Poisson{Mean: 4}, dist.Poisson{Mean: 6}))
	fmt.Printf("%.6f\n", dist.JensenShannon(dist.Dirichlet{1, 2, 3}, dist.Dirichlet{3, 2, 1}))
	// Output:
	// 0.128175
	// 0.091784
	// 0.407749
}

func ExampleJensenShannonDistance() {
	fmt.Printf("%.6f\n", dist.JensenShannonDistance(dist.Beta{Alpha: 2, Beta: 3}, dist.Beta{Alpha: 3, Beta: 3}))
	// Output: 0.187714
}

func ExampleEntropy() {
	fmt.Printf("%.4f nats\n", dist.Entropy(dist.Weibull{Shape: 1.5, Scale: 2}))
	fmt.Printf("%.4f bits\n", dist.Entropy(dist.Binomial{Trials: 10, Success: 0.3})*relent.BitsPerNat)
	// Output:
	// 1.4801 nats
	// 2.5667 bits
}

func ExampleCrossEntropy() {
	fmt.Printf("%.6f\n", dist.CrossEntropy(dist.Exponential{Rate: 1}, dist.Exponential{Rate: 2}))
	// Output: 1.306853
}

func ExampleJeffreys() {
	fmt.Printf("%.6f\n", dist.Jeffreys(dist.Laplace{Mean: 0, Scale: 1}, dist.Laplace{Mean: 1, Scale: 2}))
	// Output: 0.897001
}

func ExampleChernoff() {
	p, q := dist.Geometric{Success: 0.3}, dist.Geometric{Success: 0.5}
	fmt.Printf("Bhattacharyya distance %.6f\n", dist.Chernoff(p, q, 0.5))
	fmt.Printf("Rényi divergence of order 0.9 %.6f\n", dist.Chernoff(p, q, 0.9)/0.1)
	// Output:
	// Bhattacharyya distance 0.053032
	// Rényi divergence of order 0.9 0.232863
}

func ExampleHellinger() {
	fmt.Printf("%.6f\n", dist.Hellinger(dist.LogNormal{Mean: 0, Deviation: 1}, dist.LogNormal{Mean: 0.5, Deviation: 1}))
	// Output: 0.175405
}

// A density need not be of a family: here two mixtures.
func ExampleKullbackLeiblerIntegral() {
	mixture := func(weight float64) dist.LogDensity {
		return func(x float64) float64 {
			return math.Log((weight*math.Exp(-x*x/2) + (1-weight)*math.Exp(-(x-3)*(x-3)/2)) / math.Sqrt(2*math.Pi))
		}
	}
	d, err := dist.KullbackLeiblerIntegral(mixture(0.5), mixture(0.75), -8, 11, 1e-9)
	fmt.Printf("%.6f %v\n", d, err)
	// Output: 0.113911 <nil>
}

// Weibull distributions have no closed form.
func ExampleJensenShannonIntegral() {
	weibull := func(shape, scale float64) dist.LogDensity {
		return func(x float64) float64 {
			y := math.Log(x / scale)
			return math.Log(shape/scale) + (shape-1)*y - math.Exp(shape*y)
		}
	}
	d, err := dist.JensenShannonIntegral(weibull(1, 1), weibull(2, 1), 0, math.Inf(1), 1e-9)
	fmt.Printf("%.6f %v\n", d, err)
	// Output: 0.083811 <nil>
}

func ExampleKullbackLeiblerOfSamples() {
	p := []float64{0.1, 0.4, 0.5, 0.7, 0.9, 1.3}
	q := []float64{0.2, 0.8, 1.1, 1.6, 2.4}
	fmt.Printf("%.4f\n", dist.KullbackLeiblerOfSamples(p, q, 2))
	// Output: 0.0933
}

func ExampleKullbackLeiblerOfRows() {
	p := relent.NewMatrix(4, 2, 0.1, 0.3, 0.5, 0.2, 0.4, 0.9, 0.8, 0.6)
	q := relent.NewMatrix(4, 2, 0.2, 1.4, 1.5, 0.1, 1.1, 1.3, 0.3, 0.4)
	fmt.Printf("%.4f\n", dist.KullbackLeiblerOfRows(p, q, 2))
	// Output: 0.9866
}
