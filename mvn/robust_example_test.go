package mvn_test

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// measured are points near a line, and a few that are not.
func measured() *mat.Dense {
	x := mat.NewDense(40, 2, nil)
	for i := range 40 {
		t := float64(i) / 8
		x.SetRow(i, []float64{t, 2*t + float64(i*7%5)/10})
		if i%10 == 0 {
			x.SetRow(i, []float64{t, 30 - t})
		}
	}
	return x
}

// Four rows in forty are far from the others. Heavy tails make little of them, and a normal distribution widens.
func ExampleFitStudentT() {
	x := measured()
	s, report, err := mvn.FitStudentT(x, mvn.StudentTOptions{}, relent.Run{})
	if err != nil {
		fmt.Println(err)
		return
	}
	n, _ := mvn.Fit(x, nil, relent.Run{})
	fmt.Printf("degrees of freedom %.2f, converged: %v\n", s.Nu(), report.Converged)
	fmt.Printf("location %.2f, normal mean %.2f\n", s.Location(nil), n.Mean(nil))
	fmt.Printf("log densities of (2, 4) %.2f and %.2f\n", s.LogProb([]float64{2, 4}), n.LogProb([]float64{2, 4}))
	// Output:
	// degrees of freedom 0.96, converged: true
	// location [2.50 5.22], normal mean [2.44 7.51]
	// log densities of (2, 4) -2.08 and -4.34
}

// The distances of far rows tell them only where they have not moved what they are measured from.
func ExampleFitRobust() {
	x := measured()
	robust, report, err := mvn.FitRobust(x, mvn.RobustOptions{}, relent.Run{})
	if err != nil {
		fmt.Println(err)
		return
	}
	plain, _ := mvn.Fit(x, nil, relent.Run{})
	far := 0
	for _, in := range report.Support {
		if !in {
			far++
		}
	}
	row := x.RawRowView(10)
	fmt.Printf("%d rows of 40 are left out\n", far)
	fmt.Printf("distance of row 10: %.0f robust, %.1f plain\n", robust.Mahalanobis(row), plain.Mahalanobis(row))
	// Output:
	// 4 rows of 40 are left out
	// distance of row 10: 184 robust, 3.2 plain
}

// Rows with elements that nobody has measured are learnt from and scored by what is there.
func ExampleFitMissing() {
	nan := math.NaN()
	x := mat.NewDense(6, 2, []float64{
		1, 2.1,
		2, 3.9,
		3, nan,
		4, 8.2,
		nan, 7,
		6, 11.8,
	})
	n, report, err := mvn.FitMissing(x, mvn.MissingOptions{}, relent.Run{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d elements are missing, mean %.3f\n", report.Missing, n.Mean(nil))
	fmt.Printf("%.3f %.3f\n", n.ObservedLogProb([]float64{3, 6}), n.ObservedLogProb([]float64{3, nan}))
	// Output:
	// 2 elements are missing, mean [3.251 6.501]
	// -0.369 -1.386
}

// What a variable is expected to be, given many rows of another.
func ExampleNormal_Conditional() {
	n, err := mvn.NewNormal([]float64{170, 65}, mat.NewSymDense(2, []float64{80, 60, 60, 120}))
	if err != nil {
		fmt.Println(err)
		return
	}
	weight, err := n.Conditional([]int{0})
	if err != nil {
		fmt.Println(err)
		return
	}
	heights := mat.NewDense(3, 1, []float64{160, 170, 190})
	expected, _ := weight.MeanRows(nil, heights, relent.Run{})
	people := mat.NewDense(2, 2, []float64{160, 58, 160, 80})
	logProbs, _ := weight.LogProbRows(nil, people, relent.Run{})
	fmt.Printf("%.1f\n%.3f\n", expected.RawMatrix().Data, logProbs)
	// Output:
	// [57.5 65.0 80.0]
	// [-3.079 -6.453]
}

// A normal distribution's mean and covariance, in any form, as location and scale.
func ExampleNormal_StudentT() {
	s, err := mvn.NewNormalStandard(3).StudentT(4)
	if err != nil {
		fmt.Println(err)
		return
	}
	var covariance mat.SymDense
	s.CovarianceMatrix(&covariance)
	fmt.Printf("%.4f, variance %g\n", s.LogProb([]float64{1, 2, 3}), covariance.At(0, 0))
	// Output:
	// -7.8598, variance 2
}
