package mvn

import "github.com/relent-go/relent/internal/parallel"

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

// inParts divides n things among workers goroutines, the caller's too, in parts of about partFlops at most, given those that
// each takes, and of whole units where that leaves some of them.
func inParts(n, unit int, flops float64, workers int, compute func(from, to int)) {
	run := parallel.Run{Workers: workers}
	most := int(partFlops / max(1, flops))
	parallel.Do(run, partJob{run.Parts(n, max(1, min(unit, most)), most), compute})
}
