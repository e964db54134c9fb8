package parallel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// However many cores there are, eight goroutines run.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(8)
	os.Exit(m.Run())
}

// A testJob has tiles of so many results each.
type testJob struct {
	tiles, each int
	tile        func(w *Worker, tile int) error
}

func (j testJob) Size() (tiles, results int) { return j.tiles, j.tiles * j.each }

func (j testJob) Tile(w *Worker, tile int) error {
	if err := j.tile(w, tile); err != nil {
		return err
	}
	w.Done(j.each)
	return nil
}

func nothing(*Worker, int) error { return nil }

var someWorkers = []int{-1, 0, 1, 2, 3, 8, 1e6}

func requireGoroutines(t *testing.T, atMost int) {
	t.Helper()
	for range 1000 {
		if runtime.NumGoroutine() <= atMost {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), atMost)
}

func TestEachTileIsComputedOnce(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, workers := range someWorkers {
		for _, tiles := range []int{0, 1, 2, 7, 1000} {
			count := make([]atomic.Int32, tiles)
			err := Do(Run{Workers: workers}, testJob{tiles, 1, func(_ *Worker, tile int) error {
				count[tile].Add(1)
				if n := runtime.NumGoroutine() - before; n > 7 || n >= max(workers, 1) || n >= tiles {
					t.Errorf("%d workers, %d tiles: %d goroutines more", workers, tiles, n)
				}
				return nil
			}})
			if err != nil {
				t.Error(err)
			}
			for i := range count {
				if n := count[i].Load(); n != 1 {
					t.Errorf("%d workers: tile %d of %d is computed %d times", workers, i, tiles, n)
				}
			}
			requireGoroutines(t, before)
		}
	}
}

// All workers take part: each tile waits for one of another worker.
func TestWorkersWorkAtTheSameTime(t *testing.T) {
	for _, workers := range []int{2, 3, 8} {
		var all sync.WaitGroup
		all.Add(workers)
		Do(Run{Workers: workers}, testJob{workers, 1, func(*Worker, int) error {
			all.Done()
			all.Wait()
			return nil
		}})
	}
}

// The error is that of the first tile that fails, by any number of workers, however long it takes to fail; what comes long
// after it is not computed.
func TestTheFirstErrorIsReturned(t *testing.T) {
	before := runtime.NumGoroutine()
	const first = 5
	want := errors.New("tile 5")
	for _, workers := range someWorkers {
		for range 20 {
			var last atomic.Int64
			err := Do(Run{Workers: workers, Context: context.Background()}, testJob{10000, 1, func(w *Worker, tile int) error {
				last.Store(max(last.Load(), int64(tile)))
				switch {
				case tile < first:
					time.Sleep(time.Microsecond)
				case tile == first:
					time.Sleep(100 * time.Microsecond)
					if w.Stopped() {
						t.Error("the first tile that fails is stopped by others")
					}
					return want
				case tile%2 == 0:
					return fmt.Errorf("tile %d", tile)
				}
				return nil
			}})
			if err != want {
				t.Fatalf("%d workers: error %v, want %v", workers, err, want)
			}
			if n := last.Load(); n > first+100 {
				t.Errorf("%d workers: tile %d is computed after tile %d has failed", workers, n, first)
			}
		}
	}
	requireGoroutines(t, before)
}

type contextFunc struct {
	context.Context
	err func() error
}

func (c contextFunc) Err() error { return c.err() }

// places is everything that a job calls.
func places(tile int, f func()) map[string]func(workers int) error {
	job := testJob{50, 2, nothing}
	atTile := func(_ *Worker, at int) error {
		if at == tile {
			f()
		}
		return nil
	}
	var calls atomic.Int64
	atCall := func() {
		if calls.Add(1) == int64(tile)+1 {
			f()
		}
	}
	return map[string]func(workers int) error{
		"tile": func(workers int) error { return Do(Run{Workers: workers}, testJob{50, 2, atTile}) },
		"context": func(workers int) error {
			calls.Store(0)
			return Do(Run{Workers: workers, Context: contextFunc{context.Background(), func() error { atCall(); return nil }}}, job)
		},
		"first progress": func(workers int) error {
			return Do(Run{Workers: workers, Progress: func(done, total int) { f() }}, job)
		},
		"last progress": func(workers int) error {
			return Do(Run{Workers: workers, Progress: func(done, total int) {
				if done == total {
					f()
				}
			}}, job)
		},
	}
}

// A panic reaches the caller with its value; all goroutines have ended then, Progress is not called again, and what comes next
// is not disturbed.
func TestPanicsReachTheCaller(t *testing.T) {
	before := runtime.NumGoroutine()
	want := errors.New("a panic")
	for _, workers := range someWorkers {
		for _, tile := range []int{0, 1, 17, 49} {
			for place, call := range places(tile, func() { panic(want) }) {
				for range 10 {
					func() {
						defer func() {
							if got := recover(); got != want {
								t.Errorf("%d workers, %s, tile %d: %v, want the panic", workers, place, tile, got)
							}
						}()
						err := call(workers)
						t.Errorf("%d workers, %s, tile %d: no panic, but %v", workers, place, tile, err)
					}()
				}
				requireGoroutines(t, before)
			}
		}
	}
	told := 0
	if err := Do(Run{Workers: 2, Progress: func(done, total int) { told = done }}, testJob{50, 2, nothing}); err != nil || told != 100 {
		t.Errorf("after panics: %v, %d told", err, told)
	}
}

// The other goroutines do not go on to the end where the caller's panics.
func TestAPanicStopsTheOthers(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, workers := range []int{2, 8} {
		var begun atomic.Int64
		caller := new(int) // the caller's own tile is the one that waits for the others to be under way
		func() {
			defer func() {
				if got := recover(); got != caller {
					t.Errorf("%d workers: %v", workers, got)
				}
			}()
			Do(Run{Workers: workers}, testJob{20_000, 1, func(w *Worker, _ int) error {
				begun.Add(1)
				if w == &w.call.own && begun.Load() > 100 {
					panic(caller)
				}
				time.Sleep(10 * time.Microsecond)
				return nil
			}})
		}()
		if n := begun.Load(); n > 5_000 {
			t.Errorf("%d workers: %d tiles are begun", workers, n)
		}
	}
	requireGoroutines(t, before)
}

// A panic of the run-time system is one too, and of nil.
func TestOtherPanicsReachTheCaller(t *testing.T) {
	var none []int
	for _, f := range []func(){func() { none[3] = 1 }, func() { panic(nil) }} {
		for _, workers := range someWorkers {
			func() {
				defer func() {
					if _, ok := recover().(runtime.Error); !ok {
						t.Errorf("%d workers: not an error of the run-time system", workers)
					}
				}()
				places(11, f)["tile"](workers)
			}()
		}
	}
}

// runtime.Goexit, of which t.FailNow is made, ends the caller's goroutine, and all others.
func TestExitReachesTheCaller(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, workers := range someWorkers {
		for _, tile := range []int{0, 1, 17, 49} {
			for place, call := range places(tile, runtime.Goexit) {
				ended := make(chan bool)
				go func() {
					exits := true
					defer func() { ended <- exits }()
					call(workers)
					exits = false
				}()
				if exits := <-ended; !exits {
					t.Errorf("%d workers, %s, tile %d: the caller goes on", workers, place, tile)
				}
				requireGoroutines(t, before)
			}
		}
	}
}

// No tile is begun when the context is done, and one that asks on its way ends there.
func TestTheContextEndsAJob(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, workers := range someWorkers {
		ctx, cancel := context.WithCancelCause(context.Background())
		var begun, stopped atomic.Int64
		err := Do(Run{Workers: workers, Context: ctx}, testJob{1000, 1, func(w *Worker, tile int) error {
			begun.Add(1)
			switch {
			case tile == 20:
				cancel(errors.New("a cause"))
			case tile > 20: // of another worker, which may be faster
				<-ctx.Done()
			}
			if w.Stopped() {
				stopped.Add(1)
				return errors.New("what comes of a tile that is stopped")
			}
			return nil
		}})
		if err != context.Canceled || stopped.Load() < 1 || begun.Load() > 21+7 {
			t.Errorf("%d workers: %v, %d tiles begun, %d stopped", workers, err, begun.Load(), stopped.Load())
		}
		err = Do(Run{Workers: workers, Context: ctx}, testJob{1000, 1, func(*Worker, int) error {
			t.Error("a tile is begun")
			return nil
		}})
		if err != context.Canceled {
			t.Errorf("%d workers, the context done: %v", workers, err)
		}
		if err := Do(Run{Workers: workers, Context: ctx}, testJob{}); err != nil {
			t.Errorf("no tiles: %v", err)
		}
	}
	requireGoroutines(t, before)
}

// A context that is done when all is computed is no error.
func TestTheContextMayEndWithTheJob(t *testing.T) {
	for _, workers := range someWorkers {
		ctx, cancel := context.WithCancel(context.Background())
		var left atomic.Int64
		left.Store(8)
		err := Do(Run{Workers: workers, Context: ctx}, testJob{8, 1, func(w *Worker, _ int) error {
			if left.Add(-1) == 0 {
				cancel()
			}
			return nil
		}})
		if err != nil && left.Load() == 0 {
			t.Errorf("%d workers: %v", workers, err)
		}
	}
}

// Progress rises to the total, one call at a time, the first at once and the others not too often.
func TestProgress(t *testing.T) {
	for _, workers := range someWorkers {
		var calls []time.Time
		var inside atomic.Bool
		last := 0
		run := Run{Workers: workers, Progress: func(done, total int) {
			if !inside.CompareAndSwap(false, true) {
				t.Error("two calls at a time")
			}
			defer inside.Store(false)
			if done <= last || total != 600 || done > total {
				t.Errorf("%d workers: %d of %d after %d", workers, done, total, last)
			}
			last = done
			calls = append(calls, time.Now())
		}}
		if err := Do(run, testJob{200, 3, func(*Worker, int) error { time.Sleep(200 * time.Microsecond); return nil }}); err != nil {
			t.Error(err)
		}
		if last != 600 || len(calls) < 2 {
			t.Errorf("%d workers: %d of 600 in %d calls", workers, last, len(calls))
		}
		for i := range max(0, len(calls)-2) {
			if apart := calls[i+1].Sub(calls[i]); apart < Interval {
				t.Errorf("%d workers: two reports are %v apart", workers, apart)
			}
		}
		last, calls = 0, nil
		if err := Do(run, testJob{0, 3, nothing}); err != nil || len(calls) > 0 {
			t.Errorf("of nothing: %v, %d calls", err, len(calls))
		}
	}
}

// Others go on while one is in Progress, and do not call it.
func TestProgressHoldsNobodyUp(t *testing.T) {
	var computed, inside atomic.Int64
	err := Do(Run{Workers: 2, Progress: func(done, total int) {
		if inside.Add(1) > 1 {
			t.Error("two calls at a time")
		}
		for done < total && computed.Load() < 100 {
			runtime.Gosched()
		}
		inside.Add(-1)
	}}, testJob{100, 1, func(*Worker, int) error { computed.Add(1); return nil }})
	if err != nil {
		t.Error(err)
	}
}

// A Progress that panics is not called again, whatever the others have done meanwhile.
func TestProgressIsNotCalledAfterItsPanic(t *testing.T) {
	for range 200 {
		var calls atomic.Int64
		func() {
			defer func() { recover() }()
			Do(Run{Workers: 8, Progress: func(done, total int) { calls.Add(1); panic("a panic") }}, testJob{1000, 1, nothing})
		}()
		if n := calls.Load(); n != 1 {
			t.Fatalf("%d calls", n)
		}
	}
}

// One worker does not allocate; no number of workers costs more than the tiles or processors need.
func TestAllocation(t *testing.T) {
	count := 0
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run := Run{Workers: 1, Context: ctx, Progress: func(done, total int) { count++ }}
	if n := testing.AllocsPerRun(10, func() { Do(run, testJob{30, 1, nothing}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	run.Workers = 1e6
	for _, tiles := range []int{1, 2, 1e5} {
		allocations := testing.AllocsPerRun(10, func() { Do(run, testJob{tiles, 1, nothing}) })
		if tiles == 1 && allocations != 0 || allocations > 1+3*8 {
			t.Errorf("a million workers, %d tiles: %v allocations", tiles, allocations)
		}
	}
	if n := run.Goroutines(1e9); n != 8 {
		t.Errorf("%d goroutines", n)
	}
}

// A nil worker is for what is not part of a job.
func TestNoWorker(t *testing.T) {
	var w *Worker
	w.Done(3)
	if w.Stopped() {
		t.Error("stopped")
	}
}
