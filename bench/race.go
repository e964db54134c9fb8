package main

import (
	"math"
	"time"

	"github.com/relent-go/relent"
)

// A runner is something to time beside others.
type runner struct {
	isa  string // to use, or empty if that does not matter
	call func(times int)
	rows int     // that a call scores, if it does that
	best float64 // seconds of a call, the fewest seen
}

// perRow is the seconds a row takes.
func (r *runner) perRow() float64 { return r.best / float64(r.rows) }

// results is where the runners' results go, so that none is left out.
var results sink

type sink float64

func (s *sink) add(x float64) { *s += sink(x) }

func newRunner[F relent.Float](isa string, f function[F], p, q []F) *runner {
	return &runner{isa: isa, call: func(times int) {
		for range times {
			results.add(f(p, q))
		}
	}}
}

// race times the runners in turns, so that a disturbance or a change of the clock rate meets all of them. A turn is as many
// calls as take the given time, at least one. The fewest seconds are the measurement: disturbances only add.
func race(rounds int, turn time.Duration, runners ...*runner) {
	times := make([]int, len(runners))
	for i, r := range runners {
		r.best = math.Inf(1)
		for times[i] = 1; r.time(times[i]) < turn.Seconds(); {
			times[i] *= 2
		}
	}
	for range rounds {
		for i, r := range runners {
			r.time(1) // for what the others have pushed out of the caches
			r.best = min(r.best, r.time(times[i])/float64(times[i]))
		}
	}
}

// time is how many seconds the calls take.
func (r *runner) time(times int) float64 {
	if r.isa != "" {
		use(r.isa)
	}
	start := time.Now()
	r.call(times)
	return time.Since(start).Seconds()
}
