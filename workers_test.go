package relent

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
)

// A batchCall is a method of a batch of any kind: it writes to dst, unless that is nil.
type batchCall func(ctx context.Context, workers int, progress func(done, total int), dst []float64) ([]float64, error)

// requireBatch wants the results for any number of workers, in dst and without one, and progress that rises to their number.
func requireBatch(t *testing.T, what string, want []float64, call batchCall) {
	t.Helper()
	for _, workers := range []int{-1, 1, 2, 3, 8} {
		done := 0
		progress := func(now, of int) {
			if now <= done || of != len(want) {
				t.Errorf("%s with %d workers: progress is %d after %d of %d, which are %d", what, workers, now, done, of, len(want))
			}
			done = now
		}
		dst := make([]float64, len(want))
		if workers == 2 {
			dst = nil
		}
		got, err := call(context.Background(), workers, progress, dst)
		if err != nil || done != len(want) || len(got) != len(want) || dst != nil && len(got) > 0 && &got[0] != &dst[0] {
			t.Errorf("%s with %d workers: error %v, %d of %d done, %d results", what, workers, err, done, len(want), len(got))
			continue
		}
		for i := range got {
			if !same(got[i], want[i]) {
				t.Errorf("%s with %d workers: result %d is %x, want %x", what, workers, i, got[i], want[i])
				break
			}
		}
	}
}

// requireEnding wants a call to end with its context: one that is done before leaves dst as it is; one that is done on the
// way ends it there. There are n results, in several tiles.
func requireEnding(t *testing.T, what string, n int, call batchCall) {
	t.Helper()
	before := runtime.NumGoroutine()
	for _, workers := range []int{1, 3} {
		dst := make([]float64, n)
		for i := range dst {
			dst[i] = -7
		}
		untouched := func() (left int) {
			for _, x := range dst {
				if x == -7 {
					left++
				}
			}
			return left
		}
		ctx, cancel := context.WithCancel(context.Background())
		var calls atomic.Int64
		progress := func(done, total int) { calls.Add(1); cancel() }
		if _, err := call(ctx, workers, progress, dst); !errors.Is(err, context.Canceled) || untouched() == 0 || untouched() == n {
			t.Errorf("%s with %d workers: error %v, %d of %d results left out", what, workers, err, untouched(), n)
		}
		if told := calls.Load(); told < 1 || told > int64(workers) {
			t.Errorf("%s with %d workers: %d tiles", what, workers, told)
		}
		left := untouched()
		if _, err := call(ctx, workers, progress, dst); !errors.Is(err, context.Canceled) || untouched() != left {
			t.Errorf("%s with %d workers, the context done: error %v", what, workers, err)
		}
	}
	requireGoroutines(t, before)
}
