// Package parallel is the loop over the tiles of a job: by one goroutine or by several, with cancellation and progress. Whatever
// ends a tile, an error, a panic or runtime.Goexit, ends the job, and reaches the caller when all goroutines have ended.
package parallel

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/relent-go/relent/internal/freelist"
)

// A Job is cut into tiles, each of which one goroutine computes: less than a millisecond of work, or work that asks
// [Worker.Stopped] as often. Methods are called on copies.
type Job interface {
	// Size is the number of tiles, and that of all results, which progress counts.
	Size() (tiles, results int)
	// Tile computes one, and tells w of its results by [Worker.Done]. A nil w is told nothing.
	Tile(w *Worker, tile int) error
}

// A Run says how to do a job. The zero value is: by the caller's goroutine alone, and to the end.
type Run struct {
	// Workers is how many goroutines take part, the caller's included; 1 if it is less than that. There are no more than tiles,
	// nor than GOMAXPROCS, which is as many as can run at the same time.
	Workers int
	// Context ends the job early when it is done; nil never does.
	Context context.Context
	// Progress, if not nil, is called with how many results of the total are there: the first time as soon as there are some,
	// then about every [Interval] at most, and in the end with the total. There is one call at a time, by any of the goroutines,
	// and done is greater every time.
	Progress func(done, total int)
}

// Interval is the least time between two reports of progress, but for the last.
const Interval = 10 * time.Millisecond

// Goroutines is how many take part in a job of so many tiles.
func (r Run) Goroutines(tiles int) int {
	if r.Workers <= 1 || tiles <= 1 {
		return 1
	}
	return min(r.Workers, tiles, runtime.GOMAXPROCS(0))
}

// Do does a job. Tiles are begun in order. When one fails, or the context is done, no further one is begun; those before it
// are computed, so that the error returned is that of the first tile that fails, for any number of workers. A panic of a tile,
// or of Progress, is the caller's panic, with the same value; runtime.Goexit likewise.
//
// With one goroutine nothing is allocated, but the state of the first calls at a time, which is kept for coming ones.
func Do[J Job](r Run, j J) error {
	tiles, results := j.Size()
	if r.Workers <= 1 && r.Context == nil && r.Progress == nil {
		return all(tiles, j)
	}
	c, ok := idle.Take()
	if !ok {
		c = new(call)
		c.own.call = c
	}
	c.begin(r, tiles, results)
	if n := r.Goroutines(tiles); n > 1 {
		share(c, n-1, j)
	} else {
		work(&c.own, j)
	}
	err := c.end()
	idle.Put(c)
	return err
}

// all computes all tiles: nobody wants to know, nor to stop it.
func all[J Job](tiles int, j J) error {
	for t := range tiles {
		if err := j.Tile(nil, t); err != nil {
			return err
		}
	}
	return nil
}

// work computes the tiles that are left, one after the other.
func work[J Job](w *Worker, j J) {
	for w.next() {
		if !w.Stopped() {
			w.fail(j.Tile(w, w.tile))
		}
		if w.err != nil {
			w.call.fail(w.tile, failure{err: w.err})
			return
		}
	}
}

// share is work with some more goroutines. They have ended when it returns, or panics, or exits.
func share[J Job](c *call, others int, j J) {
	for range others {
		c.others.Add(1)
		go func() {
			defer c.others.Done()
			w := Worker{call: c}
			defer w.catch()
			work(&w, j)
			w.ended = true
		}()
	}
	defer c.join()
	work(&c.own, j)
	c.own.ended = true
}

// A call is a job on its way.
type call struct {
	run            Run
	tiles, results int
	next           atomic.Int64 // tile
	limit          atomic.Int64 // no tiles are wanted from there on
	own            Worker       // the caller
	others         sync.WaitGroup

	failing sync.Mutex
	failure failure // of the tile at the limit

	done    atomic.Int64
	telling sync.Mutex // of progress
	told    int
	last    time.Time
}

// A failure is what ended a tile.
type failure struct {
	err      error
	panicked bool
	value    any // of the panic
	exited   bool
}

// idle are those of past calls.
var idle freelist.List[*call]

func (c *call) begin(r Run, tiles, results int) {
	c.run, c.tiles, c.results = r, tiles, results
	c.next.Store(0)
	c.limit.Store(int64(tiles))
	c.done.Store(0)
	c.told, c.last = 0, time.Time{}
}

// end hands to the caller what ended the job, or tells of all results.
func (c *call) end() error {
	f := c.failure
	switch {
	case f.panicked:
		panic(f.value)
	case f.exited:
		runtime.Goexit()
	case f.err == nil && c.run.Progress != nil && c.results > 0:
		c.tell(c.results)
	}
	c.run, c.failure, c.own = Run{}, failure{}, Worker{call: c}
	return f.err
}

// fail notes what ended a tile, unless one before it has failed.
func (c *call) fail(tile int, f failure) {
	c.failing.Lock()
	defer c.failing.Unlock()
	if int64(tile) < c.limit.Load() {
		c.limit.Store(int64(tile))
		c.failure = f
	}
}

// join waits for the other goroutines, and stops them if the caller's has panicked or exits.
func (c *call) join() {
	if !c.own.ended {
		c.fail(-1, failure{})
	}
	c.others.Wait()
}

// tell tells of progress. If that panics nothing more is told.
func (c *call) tell(done int) {
	c.told = c.results
	c.run.Progress(done, c.results)
	c.told, c.last = done, time.Now()
}

// A Worker is one of the goroutines that do a job. A nil Worker is of a job that nothing stops and nobody waits for.
type Worker struct {
	call  *call
	tile  int
	err   error // that has stopped it
	ended bool  // by itself
}

// next goes on to the next tile, if there is one.
func (w *Worker) next() bool {
	tile := w.call.next.Add(1) - 1
	w.tile = int(tile)
	return tile < w.call.limit.Load()
}

func (w *Worker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// catch notes why a goroutine other than the caller's ends.
func (w *Worker) catch() {
	if value := recover(); value != nil {
		w.call.fail(w.tile, failure{panicked: true, value: value})
	} else if !w.ended {
		w.call.fail(w.tile, failure{exited: true})
	}
}

var errUnwanted = errors.New("parallel: a tile before this one has failed")

// Stopped tells that nobody wants the tile any more. Once it has said so it stays so, and whatever the tile comes to is an
// error of the job, which it need not return. It takes some nanoseconds, and as long as the context takes.
func (w *Worker) Stopped() bool {
	if w == nil {
		return false
	}
	if w.err == nil {
		if int64(w.tile) > w.call.limit.Load() {
			w.err = errUnwanted
		} else if ctx := w.call.run.Context; ctx != nil {
			w.err = ctx.Err()
		}
	}
	return w.err != nil
}

// Done tells that so many more results are there. No call waits for another's Progress.
func (w *Worker) Done(results int) {
	if w == nil || w.call.run.Progress == nil {
		return
	}
	c := w.call
	c.done.Add(int64(results))
	if c.telling.TryLock() {
		defer c.telling.Unlock()
		if done := int(c.done.Load()); c.told < done && done < c.results && time.Since(c.last) >= Interval {
			c.tell(done)
		}
	}
}
