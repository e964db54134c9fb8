package mvn

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/sources"
	"gonum.org/v1/gonum/mat"
)

// However few cores there are, some goroutines run at a time.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}

// spoilt is what panics after some calls.
type spoilt struct {
	left   atomic.Int64
	reason error
}

func (s *spoilt) call() {
	if s.left.Add(-1) < 0 {
		panic(s.reason)
	}
}

// spoiltForm panics where a row is scored, and where a pair is compared.
type spoiltForm struct {
	*lowRankForm
	*spoilt
}

func (f spoiltForm) sqMahalanobis(x, mean, work []float64) float64 {
	f.call()
	return f.lowRankForm.sqMahalanobis(x, mean, work)
}

func (f spoiltForm) solve(x, mean, work []float64) {
	f.call()
	f.lowRankForm.solve(x, mean, work)
}

func (f spoiltForm) factor() *factored {
	f.call()
	return f.lowRankForm.factor()
}

// spoiltTerms panic where rows are scored.
type spoiltTerms[F float32 | float64] struct {
	mixtureTerms[F]
	*spoilt
}

func (t spoiltTerms[F]) compute(dst, x relent.Matrix[F]) {
	t.call()
	t.mixtureTerms.compute(dst, x)
}

// spoiltCalls are all functions with workers that call something of spoilt, by name.
func spoiltCalls(t *testing.T, s *spoilt) map[string]func(workers int) {
	t.Helper()
	const d, rows = 3, 3000
	low, err := NewLowRank(make([]float64, d), mat.NewDense(d, 1, []float64{1, 2, 3}), []float64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	form := spoiltForm{low.form.(*lowRankForm), s}
	n := newNormal(low.mean, form)
	n.double = newRowScorer[float64](form, n.mean)
	weights, means := []float64{0.5, 0.5}, mat.NewDense(2, d, []float64{1, 2, 3, 4, 5, 6})
	m, err := NewSphericalMixture(weights, means, []float64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	m.double.terms = spoiltTerms[float64]{m.double.terms, s}
	x := mat.NewDense(rows, d, nil)
	raw := relent.Matrix[float64](x.RawMatrix())
	full, err := NewMatrix(make([]float64, d), relent.NewMatrix(d, d, 2., 1, 0, 1, 2, 1, 0, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	many := make([]*Normal, 200)
	for i := range many {
		many[i] = n
	}
	return map[string]func(workers int){
		"Normal.LogProbRows":             func(w int) { n.LogProbRows(nil, x, w) },
		"Normal.SqMahalanobisRows":       func(w int) { n.SqMahalanobisRows(nil, x, w) },
		"Normal.MahalanobisRows":         func(w int) { n.MahalanobisRows(nil, x, w) },
		"Normal.ScoreRows":               func(w int) { n.ScoreRows(nil, x, w) },
		"LogProbRows":                    func(w int) { LogProbRows(nil, n, raw, w) },
		"SqMahalanobisRows":              func(w int) { SqMahalanobisRows(nil, n, raw, w) },
		"MahalanobisRows":                func(w int) { MahalanobisRows(nil, n, raw, w) },
		"ScoreRows":                      func(w int) { ScoreRows(relent.Matrix[float64]{}, n, raw, w) },
		"Mixture.LogProbRows":            func(w int) { m.LogProbRows(nil, x, w) },
		"Mixture.ResponsibilitiesRows":   func(w int) { m.ResponsibilitiesRows(nil, x, w) },
		"Mixture.PredictRows":            func(w int) { m.PredictRows(nil, x, w) },
		"MixtureLogProbRows":             func(w int) { MixtureLogProbRows(nil, m, raw, w) },
		"MixtureResponsibilitiesRows":    func(w int) { MixtureResponsibilitiesRows(relent.Matrix[float64]{}, nil, m, raw, w) },
		"MixtureResponsibilitiesColumns": func(w int) { MixtureResponsibilitiesColumns(relent.Matrix[float64]{}, nil, m, raw, w) },
		"MixturePredictRows":             func(w int) { MixturePredictRows(nil, m, raw, w) },
		"KullbackLeiblers":               func(w int) { KullbackLeiblers(nil, []*Normal{full, full}, many, w) },
	}
}

// A panic of a worker is that of the caller, with the same value; no goroutine is left, and what panicked can be used.
func TestPanicsOfWorkersReachTheCaller(t *testing.T) {
	s := &spoilt{reason: errors.New("a reason to panic")}
	before := runtime.NumGoroutine()
	for name, call := range spoiltCalls(t, s) {
		for _, workers := range []int{1, 2, 4} {
			for _, calls := range []int64{0, 1, 7} {
				s.left.Store(calls)
				func() {
					defer func() {
						if got := recover(); got != s.reason {
							t.Errorf("%s with %d workers, after %d calls: panics with %v", name, workers, calls, got)
						}
					}()
					call(workers)
				}()
				requireGoroutines(t, fmt.Sprintf("%s with %d workers", name, workers), before)
			}
			s.left.Store(1 << 40)
			call(workers)
		}
	}
}

func requireGoroutines(t *testing.T, what string, atMost int) {
	t.Helper()
	for range 1000 {
		if runtime.NumGoroutine() <= atMost {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%s: %d goroutines, %d before", what, runtime.NumGoroutine(), atMost)
}

// Parts are of all things, once, and panic as one.
func TestInParts(t *testing.T) {
	reason := errors.New("a reason to panic")
	before := runtime.NumGoroutine()
	for _, workers := range []int{-1, 1, 3, 1e6} {
		for _, n := range []int{0, 1, 5, 1000} {
			for _, flops := range []float64{0, 1e4, 1e30} {
				var count [1000]atomic.Int64
				inParts(n, 64, flops, workers, func(from, to int) {
					for i := from; i < to; i++ {
						count[i].Add(1)
					}
				})
				for i := range count {
					if got, want := count[i].Load(), map[bool]int64{true: 1}[i < n]; got != want {
						t.Fatalf("%d workers, %d things of %g: %d is computed %d times", workers, n, flops, i, got)
					}
				}
			}
		}
		func() {
			defer func() {
				if got := recover(); got != reason {
					t.Errorf("%d workers: panics with %v", workers, got)
				}
			}()
			inParts(1000, 1, 1e6, workers, func(from, to int) {
				if from <= 500 && 500 < to {
					panic(reason)
				}
			})
		}()
		requireGoroutines(t, "inParts", before)
	}
}

// Every function with workers panics in a test above, but for those that compute without anything that can be spoilt.
func TestEveryFunctionWithWorkersIsTested(t *testing.T) {
	names, err := sources.ExportedWith(".", "workers")
	if err != nil {
		t.Fatal(err)
	}
	calls := spoiltCalls(t, &spoilt{})
	for _, name := range names {
		if _, ok := calls[name]; !ok && name != "KullbackLeiblerStandardRows" && name != "KullbackLeiblerDiagonalRows" {
			t.Errorf("%s is not tested", name)
		}
		delete(calls, name)
	}
	for name := range calls {
		t.Errorf("there is no %s with workers", name)
	}
}
