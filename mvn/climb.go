package mvn

import (
	"fmt"

	"github.com/relent-go/relent"
)

// A climb is how far expectation maximisation goes: to so many iterations, or until one makes the mean log likelihood of a row grow by less
// than the tolerance, or not at all.
type climb struct {
	iterations int
	tolerance  float64
}

// mostIterations are more than anybody waits for, and can be counted.
const mostIterations = 1 << 30

// newClimb is what options say; 0 stands for most iterations, and for a tolerance of 1e-9.
func newClimb(iterations, most int, tolerance float64) (c climb, err error) {
	if iterations < 0 || tolerance != tolerance {
		return c, fmt.Errorf("mvn: %d iterations, the tolerance is %g", iterations, tolerance)
	}
	if iterations == 0 {
		iterations = most
	}
	iterations = min(iterations, mostIterations)
	if tolerance == 0 {
		tolerance = 1e-9
	}
	return climb{iterations, tolerance}, nil
}

// climbFrom steps from a state as long as its likelihood grows, and is where that ends, with the likelihoods on the way.
func climbFrom[S interface{ meanLogLikelihood() float64 }](c climb, run relent.Run, at S, step func(at S) (S, error)) (
	best S, likelihoods []float64, converged bool, err error,
) {
	told := func(done int) {
		if run.Progress != nil {
			run.Progress(done, c.iterations+1)
		}
	}
	likelihoods = []float64{at.meanLogLikelihood()}
	for i := range c.iterations {
		next, err := step(at)
		if err != nil {
			return best, nil, false, err
		}
		grown := next.meanLogLikelihood() - at.meanLogLikelihood()
		if grown > 0 {
			at = next
			likelihoods = append(likelihoods, at.meanLogLikelihood())
		}
		if converged = !(grown > 0) || grown < c.tolerance; converged {
			break
		}
		told(i + 1)
	}
	told(c.iterations + 1)
	return at, likelihoods, converged, nil
}
