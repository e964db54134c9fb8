package mvn

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
)

// A height is a state whose likelihood is itself.
type height float64

func (h height) meanLogLikelihood() float64 { return float64(h) }

// A climb ends where growth is below the tolerance, or there is none, or after its iterations; what falls is not kept.
func TestClimb(t *testing.T) {
	heights := []height{0, 1, 1.5, 1.75, 1.75, 3}
	step := func(at height) (height, error) { return heights[slices.Index(heights, at)+1], nil }
	for _, c := range []struct {
		climb
		end       height
		steps     int
		converged bool
	}{
		{climb{10, 0.6}, 1.5, 2, true},
		{climb{2, 0.1}, 1.5, 2, false},
		{climb{10, 0.1}, 1.75, 3, true},
		{climb{10, -1}, 1.75, 3, true},
	} {
		told := 0
		run := relent.Run{Progress: func(done, total int) {
			if done <= told || total != c.iterations+1 {
				t.Errorf("%v: %d after %d of %d", c.climb, done, told, total)
			}
			told = done
		}}
		end, likelihoods, converged, err := climbFrom(c.climb, run, heights[0], step)
		if end != c.end || len(likelihoods) != c.steps+1 || !slices.IsSorted(likelihoods) || converged != c.converged || err != nil || told != c.iterations+1 {
			t.Errorf("%v: %v by %v, converged %v, %v; %d told", c.climb, end, likelihoods, converged, err, told)
		}
	}
	lost := errors.New("lost")
	if _, _, _, err := climbFrom(climb{3, 0}, relent.Run{}, heights[0], func(height) (height, error) { return 0, lost }); err != lost {
		t.Errorf("an error is %v", err)
	}
	if _, err := newClimb(1, 1, math.NaN()); err == nil {
		t.Error("NaN is a tolerance")
	}
}

// A negative tolerance waits until the likelihood does not grow at all, and then no longer.
func TestNegativeTolerance(t *testing.T) {
	r := seed(t.Name())
	x := r.dense(60, 2)
	if _, report, err := FitStudentT(x, StudentTOptions{Nu: 5, Tolerance: -1}, relent.Run{}); err != nil || !report.Converged {
		t.Errorf("Student t: %+v, %v", report, err)
	}
	x.Set(7, 1, math.NaN())
	if _, report, err := FitMissing(x, MissingOptions{Tolerance: -1}, relent.Run{}); err != nil || !report.Converged {
		t.Errorf("missing: %+v, %v", report, err)
	}
}

// As many iterations as an int counts are for those who wait for convergence.
func TestEndlessIterations(t *testing.T) {
	x := seed(t.Name()).dense(60, 2)
	last, all := 0, 0
	run := relent.Run{Progress: func(done, total int) {
		if done < last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last, all = done, total
	}}
	fits := map[string]func() error{
		"mixture":   func() error { return third(FitMixture(x, 2, MixtureOptions{Iterations: math.MaxInt, Starts: 3}, run)) },
		"Student t": func() error { return third(FitStudentT(x, StudentTOptions{Iterations: math.MaxInt}, run)) },
		"missing":   func() error { return third(FitMissing(x, MissingOptions{Iterations: math.MaxInt}, run)) },
	}
	for name, fit := range fits {
		last = 0
		if err := fit(); err != nil || all <= 0 || last != all {
			t.Errorf("%s: %v, progress to %d of %d", name, err, last, all)
		}
	}
}
