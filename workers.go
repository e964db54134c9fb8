package relent

import (
	"context"
	"sort"
	"sync"
	"sync/atomic"
)

// A job is cut into tiles, each of which one goroutine computes: less than a millisecond of work where it can be cut so small.
// Methods are called on copies.
type job interface {
	size() (tiles, results int)
	// tile computes one, for the worker of a number, and returns how many results that is, or what ended it.
	tile(t, worker int) (results int, err error)
}

// runTiles does all tiles, or those that workers come to until the context is done. With one worker it does not allocate.
func runTiles[J job](ctx context.Context, workers int, progress func(done, total int), j J) error {
	tiles, total := j.size()
	if workers = min(workers, tiles); workers > 1 {
		return shareTiles(ctx, workers, progress, j)
	}
	m := meter{progress: progress, total: total}
	for t := range tiles {
		if err := ctx.Err(); err != nil {
			return err
		}
		results, err := j.tile(t, 0)
		if err != nil {
			return err
		}
		m.add(results)
	}
	return nil
}

// shareTiles is runTiles with so many goroutines, the caller's included, which take the next tile when they have done one.
func shareTiles[J job](ctx context.Context, workers int, progress func(done, total int), j J) error {
	tiles, total := j.size()
	var (
		next    atomic.Int64
		ended   atomic.Bool // by the context
		others  sync.WaitGroup
		telling sync.Mutex
		m       = meter{progress: progress, total: total}
	)
	work := func(worker int) {
		for t := int(next.Add(1)) - 1; t < tiles && !ended.Load(); t = int(next.Add(1)) - 1 {
			err, results := ctx.Err(), 0
			if err == nil {
				results, err = j.tile(t, worker)
			}
			if err != nil {
				ended.Store(true)
				return
			}
			telling.Lock()
			m.add(results)
			telling.Unlock()
		}
	}
	for worker := 1; worker < workers; worker++ {
		others.Add(1)
		go func() {
			defer others.Done()
			work(worker)
		}()
	}
	work(0)
	others.Wait()
	if ended.Load() {
		return ctx.Err()
	}
	return nil
}

// A meter tells of results, if somebody wants to know.
type meter struct {
	progress    func(done, total int)
	done, total int
}

func (m *meter) add(results int) {
	if m.progress != nil && results > 0 {
		m.done += results
		m.progress(m.done, m.total)
	}
}

// A sharedMeter is one that several goroutines add to. A nil one is of no interest.
type sharedMeter struct {
	mutex sync.Mutex
	meter
}

func (m *sharedMeter) add(results int) {
	if m != nil {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		m.meter.add(results)
	}
}

// costs says what results of different costs take, so that tiles take about the same.
type costs interface {
	// before is the cost, in elements, of the results before one, up to and including all: it ascends.
	before(result int) int64
}

// evenTiles is how many tiles so many results are cut into.
func evenTiles[C costs](results int, c C) int {
	if results == 0 {
		return 0
	}
	return int((c.before(results) + listElements - 1) / listElements)
}

// evenTile is the results of tile t: those before which its share of the elements has been reached, and no further one's.
// Where one result takes more than a tile there are tiles without any.
func evenTile[C costs](t, results int, c C) (from, to int) {
	begin := int64(t) * listElements
	from = sort.Search(results, func(i int) bool { return c.before(i) >= begin })
	to = from + sort.Search(results-from, func(i int) bool { return c.before(from+i) >= begin+listElements })
	return from, to
}
