package mvn

import (
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/parallel"
)

// partFlops are for a part of some rows: about a millisecond at most.
const partFlops = 1 << 23

// formFlops are those of a triangular form of a row, and about what else it takes.
func formFlops(d int) float64 { return float64(float64(d) * float64(d+16)) }

// A partJob is of things that are computed independently of each other.
type partJob struct {
	parallel.Parts
	compute func(from, to int)
}

// Tile computes a part.
func (j partJob) Tile(w *parallel.Worker, t int) error {
	from, to := j.Part(t)
	j.compute(from, to)
	w.Done(to - from)
	return nil
}

// plain tells whether the caller's goroutine does the work alone, to its end, and tells nobody.
func plain(run relent.Run) bool { return run.Workers <= 1 && run.Context == nil && run.Progress == nil }

// inParts computes n things under a run, in parts of about partFlops at most, given those that each takes, and of whole units where
// that leaves some of them.
func inParts(n, unit int, flops float64, run relent.Run, compute func(from, to int)) error {
	by := parallel.Run{Workers: run.Workers, Context: run.Context, Progress: run.Progress}
	most := int(partFlops / max(1, flops))
	return parallel.Do(by, partJob{by.Parts(n, max(1, min(unit, most)), most), compute})
}

// always is the result under a run without a context, which cannot end early.
func always[T any](result T, _ error) T { return result }
