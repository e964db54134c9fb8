package mvn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
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
	debug.SetGCPercent(400) // heaps are small, and memory is there
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

func (f spoiltForm) whiten(x, mean, work []float64) []float64 {
	f.call()
	return f.lowRankForm.whiten(x, mean, work)
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

func (t spoiltTerms[F]) distances(dst, x relent.Matrix[F]) {
	t.call()
	t.mixtureTerms.distances(dst, x)
}

// everyRun is every function that takes a Run, by name. All but those that are unspoilt call something of spoilt.
func everyRun(t *testing.T, s *spoilt) map[string]func(run relent.Run) error {
	t.Helper()
	const d, rows = 3, 3000
	low, err := NewNormalLowRank(make([]float64, d), mat.NewDense(d, 1, []float64{1, 2, 3}), []float64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	form := spoiltForm{low.form.(*lowRankForm), s}
	n := newNormal(low.mean, form)
	n.scorers.double.get(func() scorer[float64] { return newRowScorer[float64](form, n.mean) })
	weights, means := []float64{0.5, 0.5}, mat.NewDense(2, d, []float64{1, 2, 3, 4, 5, 6})
	m, err := NewSphericalMixture(weights, means, []float64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	terms := m.double.terms.get()
	m.double.terms = newLazy(func() mixtureTerms[float64] { return spoiltTerms[float64]{terms, s} })
	x := mat.NewDense(rows, d, nil)
	raw := relent.Matrix[float64](x.RawMatrix())
	blocks := mat.NewDense(MomentsBlockRows+rows, d, nil)
	full, err := NewNormalMatrix(make([]float64, d), relent.NewMatrix(d, d, 2., 1, 0, 1, 2, 1, 0, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	many := make([]*Normal, 200)
	for i := range many {
		many[i] = n
	}
	none, wide := relent.Matrix[float64]{}, relent.NewMatrix[float64](rows, 200)
	random := seed("every run").dense(rows, d)
	randomRows := rowsOf(random)
	moments := must(momentsOf("moments", randomRows, nil, relent.Run{}))
	options := MixtureOptions{Iterations: 3}
	holes := seed("holes").withHoles(random, 0.3)
	conditional, values := must(NewNormalStandard(d).Conditional([]int{1})), mat.NewDense(rows, 1, nil)
	mixed := must(must(NewMixture(weights, []*Normal{NewNormalStandard(d), NewNormalStandard(d)})).Conditional([]int{1}))
	student := must(n.StudentT(3))
	return map[string]func(run relent.Run) error{
		"Mixture.ScoreRows":         func(run relent.Run) error { return failed(m.ScoreRows(nil, x, run)) },
		"Mixture.SqMahalanobisRows": func(run relent.Run) error { return failed(m.SqMahalanobisRows(nil, x, run)) },
		"MixtureSqMahalanobisRows":  func(run relent.Run) error { return failed(MixtureSqMahalanobisRows(none, m, raw, run)) },
		"MixtureScoreRows":          func(run relent.Run) error { return failed(MixtureScoreRows(none, m, raw, run)) },
		"Fit":                       func(run relent.Run) error { return failed(Fit(random, nil, run)) },
		"FitRows":                   func(run relent.Run) error { return failed(FitRows(randomRows, nil, run)) },
		"FitShrunk":                 func(run relent.Run) error { _, _, err := FitShrunk(random, nil, run); return err },
		"FitShrunkRows":             func(run relent.Run) error { _, _, err := FitShrunkRows(randomRows, nil, run); return err },
		"FitMixture":                func(run relent.Run) error { _, _, err := FitMixture(random, 2, options, run); return err },
		"FitMixtureRows":            func(run relent.Run) error { _, _, err := FitMixtureRows(randomRows, 2, options, run); return err },
		"FitMixtureBatches": func(run relent.Run) error {
			_, _, err := FitMixtureBatches(seed("batches").inBatches(randomRows, nil, 900), 2, options, run)
			return err
		},
		"Moments.AddRows":    func(run relent.Run) error { return NewMoments(d, RefuseNaN).AddRows(random, nil, run) },
		"MomentsAddRows":     func(run relent.Run) error { return MomentsAddRows(NewMoments(d, RefuseNaN), randomRows, nil, run) },
		"Moments.AddBlocks":  func(run relent.Run) error { return NewMoments(d, RefuseNaN).AddBlocks(blocks, run) },
		"MomentsAddBlocks":   func(run relent.Run) error { return MomentsAddBlocks(NewMoments(d, RefuseNaN), rowsOf(blocks), run) },
		"LedoitWolf.AddRows": func(run relent.Run) error { return must(NewLedoitWolf(moments)).AddRows(random, nil, run) },
		"LedoitWolfAddRows": func(run relent.Run) error {
			return LedoitWolfAddRows(must(NewLedoitWolf(moments)), randomRows, nil, run)
		},
		"StudentT.LogProbRows":           func(run relent.Run) error { return failed(student.LogProbRows(nil, x, run)) },
		"StudentTLogProbRows":            func(run relent.Run) error { return failed(StudentTLogProbRows(nil, student, raw, run)) },
		"FitStudentT":                    func(run relent.Run) error { return third(FitStudentT(random, StudentTOptions{Nu: 3}, run)) },
		"FitStudentTRows":                func(run relent.Run) error { return third(FitStudentTRows(randomRows, StudentTOptions{Nu: 3}, run)) },
		"FitRobust":                      func(run relent.Run) error { return third(FitRobust(random, RobustOptions{Starts: 50}, run)) },
		"FitRobustRows":                  func(run relent.Run) error { return third(FitRobustRows(randomRows, RobustOptions{Starts: 50}, run)) },
		"FitMissing":                     func(run relent.Run) error { return third(FitMissing(holes, MissingOptions{}, run)) },
		"FitMissingRows":                 func(run relent.Run) error { return third(FitMissingRows(rowsOf(holes), MissingOptions{}, run)) },
		"Normal.ObservedLogProbRows":     func(run relent.Run) error { return failed(n.ObservedLogProbRows(nil, x, run)) },
		"ObservedLogProbRows":            func(run relent.Run) error { return failed(ObservedLogProbRows(nil, n, raw, run)) },
		"Conditional.LogProbRows":        func(run relent.Run) error { return failed(conditional.LogProbRows(nil, x, run)) },
		"MixtureConditional.LogProbRows": func(run relent.Run) error { return failed(mixed.LogProbRows(nil, x, run)) },
		"MixtureConditional.MeanRows":    func(run relent.Run) error { return failed(mixed.MeanRows(nil, values, run)) },
		"Conditional.MeanRows":           func(run relent.Run) error { return failed(conditional.MeanRows(nil, values, run)) },
		"Normal.LogProbRows":             func(run relent.Run) error { return failed(n.LogProbRows(nil, x, run)) },
		"Normal.SqMahalanobisRows":       func(run relent.Run) error { return failed(n.SqMahalanobisRows(nil, x, run)) },
		"Normal.MahalanobisRows":         func(run relent.Run) error { return failed(n.MahalanobisRows(nil, x, run)) },
		"Normal.ScoreRows":               func(run relent.Run) error { return failed(n.ScoreRows(nil, x, run)) },
		"Normal.WhitenRows":              func(run relent.Run) error { return failed(n.WhitenRows(nil, x, run)) },
		"WhitenRows":                     func(run relent.Run) error { return failed(WhitenRows(none, n, raw, run)) },
		"LogProbRows":                    func(run relent.Run) error { return failed(LogProbRows(nil, n, raw, run)) },
		"SqMahalanobisRows":              func(run relent.Run) error { return failed(SqMahalanobisRows(nil, n, raw, run)) },
		"MahalanobisRows":                func(run relent.Run) error { return failed(MahalanobisRows(nil, n, raw, run)) },
		"ScoreRows":                      func(run relent.Run) error { return failed(ScoreRows(none, n, raw, run)) },
		"Mixture.LogProbRows":            func(run relent.Run) error { return failed(m.LogProbRows(nil, x, run)) },
		"Mixture.ResponsibilitiesRows":   func(run relent.Run) error { return failed(m.ResponsibilitiesRows(nil, x, run)) },
		"Mixture.NearestRows":            func(run relent.Run) error { return failed(m.NearestRows(nil, nil, x, run)) },
		"MixtureNearestRows":             func(run relent.Run) error { return failed(MixtureNearestRows(nil, nil, m, raw, run)) },
		"Mixture.PredictRows":            func(run relent.Run) error { return failed(m.PredictRows(nil, x, run)) },
		"MixtureLogProbRows":             func(run relent.Run) error { return failed(MixtureLogProbRows(nil, m, raw, run)) },
		"MixtureResponsibilitiesRows":    func(run relent.Run) error { return failed(MixtureResponsibilitiesRows(none, nil, m, raw, run)) },
		"MixtureResponsibilitiesColumns": func(run relent.Run) error {
			return failed(MixtureResponsibilitiesColumns(none, nil, m, raw, run))
		},
		"MixturePredictRows": func(run relent.Run) error { return failed(MixturePredictRows(nil, m, raw, run)) },
		"KullbackLeiblers":   func(run relent.Run) error { return failed(KullbackLeiblers(nil, []*Normal{full, full}, many, run)) },
		"MixtureKullbackLeibler": func(run relent.Run) error {
			return failed(MixtureKullbackLeibler(m, m, MonteCarlo{Samples: rows}, run))
		},
		"MixtureJensenShannon": func(run relent.Run) error { return failed(MixtureJensenShannon(m, m, MonteCarlo{Samples: rows}, run)) },
		"JensenShannons":       func(run relent.Run) error { return failed(JensenShannons(nil, []*Normal{full, full}, many, run)) },
		"Normal.SampleRows":    func(run relent.Run) error { return n.SampleRows(mat.NewDense(rows, d, nil), 1, 0, run) },
		"SampleRows":           func(run relent.Run) error { return SampleRows(relent.NewMatrix[float64](rows, d), n, 1, 0, run) },
		"Mixture.SampleRows":   func(run relent.Run) error { return m.SampleRows(mat.NewDense(rows, d, nil), 1, 0, run) },
		"MixtureSampleRows":    func(run relent.Run) error { return MixtureSampleRows(relent.NewMatrix[float64](rows, d), m, 1, 0, run) },
		"StudentT.SampleRows": func(run relent.Run) error {
			return must(n.StudentT(5)).SampleRows(mat.NewDense(rows, d, nil), 1, 0, run)
		},
		"StudentTSampleRows": func(run relent.Run) error {
			return StudentTSampleRows(relent.NewMatrix[float64](rows, d), must(n.StudentT(5)), 1, 0, run)
		},
		"KullbackLeiblerStandardRows": func(run relent.Run) error { return failed(KullbackLeiblerStandardRows(nil, wide, wide, run)) },
		"KullbackLeiblerDiagonalRows": func(run relent.Run) error {
			return failed(KullbackLeiblerDiagonalRows(nil, wide, wide, wide, wide, run))
		},
	}
}

// unspoilt compute without anything that can be spoilt.
var unspoilt = []string{
	"JensenShannons", "Normal.SampleRows", "SampleRows", "Mixture.SampleRows", "MixtureSampleRows",
	"StudentT.SampleRows", "StudentTSampleRows",
	"KullbackLeiblerStandardRows", "KullbackLeiblerDiagonalRows",
	"Fit", "FitRows", "FitShrunk", "FitShrunkRows", "Moments.AddRows", "MomentsAddRows", "Moments.AddBlocks", "MomentsAddBlocks",
	"LedoitWolf.AddRows", "LedoitWolfAddRows",
	"FitMixture", "FitMixtureRows", "FitMixtureBatches", "FitStudentT", "FitStudentTRows", "FitRobust", "FitRobustRows",
	"FitMissing", "FitMissingRows", "Conditional.LogProbRows", "Conditional.MeanRows", "MixtureConditional.LogProbRows", "MixtureConditional.MeanRows",
}

// A panic of a worker is that of the caller, with the same value; no goroutine is left, and what panicked can be used.
func TestPanicsOfWorkersReachTheCaller(t *testing.T) {
	s := &spoilt{reason: errors.New("a reason to panic")}
	before := runtime.NumGoroutine()
	for name, call := range everyRun(t, s) {
		if slices.Contains(unspoilt, name) {
			continue
		}
		for _, workers := range []int{1, 2, 4} {
			for _, calls := range []int64{0, 1, 7} {
				s.left.Store(calls)
				func() {
					defer func() {
						if got := recover(); got != s.reason {
							t.Errorf("%s with %d workers, after %d calls: panics with %v", name, workers, calls, got)
						}
					}()
					call(relent.Run{Workers: workers})
				}()
				requireGoroutines(t, fmt.Sprintf("%s with %d workers", name, workers), before)
			}
			s.left.Store(1 << 40)
			call(relent.Run{Workers: workers})
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
				inParts(n, 64, flops, relent.Run{Workers: workers}, func(from, to int) {
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
			inParts(1000, 1, 1e6, relent.Run{Workers: workers}, func(from, to int) {
				if from <= 500 && 500 < to {
					panic(reason)
				}
			})
		}()
		requireGoroutines(t, "inParts", before)
	}
}

// A run ends with its context, and tells how far it is, which is all in the end.
func TestEveryRunEndsWithTheContext(t *testing.T) {
	s := &spoilt{}
	s.left.Store(1 << 40)
	before := runtime.NumGoroutine()
	for name, call := range everyRun(t, s) {
		for _, workers := range []int{1, 3} {
			what := fmt.Sprintf("%s with %d workers", name, workers)
			ctx, cancel := context.WithCancel(context.Background())
			last, all := 0, 0
			telling := relent.Run{Workers: workers, Context: ctx, Progress: func(done, total int) {
				if done <= last || done > total || all > 0 && total != all {
					t.Errorf("%s: %d of %d after %d of %d", what, done, total, last, all)
				}
				last, all = done, total
			}}
			if err := call(telling); err != nil || last == 0 || last != all {
				t.Errorf("%s: %v, progress to %d of %d", what, err, last, all)
			}
			stopping := relent.Run{Workers: workers, Context: ctx, Progress: func(done, total int) { last = done; cancel() }}
			err := call(stopping)
			cancelled := errors.Is(err, context.Canceled)
			tooLate := workers > 1 && last == all && (err == nil || cancelled) // the others were faster than this one's progress
			if !tooLate && (!cancelled || last == all) {
				t.Errorf("%s, cancelled by its progress: %v, progress to %d of %d", what, err, last, all)
			}
			last = -1
			if err := call(stopping); !errors.Is(err, context.Canceled) || last >= 0 {
				t.Errorf("%s, cancelled before: %v, progress to %d", what, err, last)
			}
		}
	}
	requireGoroutines(t, "every run", before)
}

// Every function that takes a Run is tested above.
func TestEveryRunIsTested(t *testing.T) {
	names, err := sources.ExportedWith(".", "run")
	if err != nil {
		t.Fatal(err)
	}
	calls := everyRun(t, &spoilt{})
	for _, name := range names {
		if calls[name] == nil {
			t.Errorf("%s is not tested", name)
		}
		delete(calls, name)
	}
	for name := range calls {
		t.Errorf("there is no %s that takes a Run", name)
	}
}
