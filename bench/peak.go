package main

import "math"

// A peakLoop runs fused multiply-adds on registers and nothing else: what no program can pass.
type peakLoop struct {
	flops float64 // of an iteration
	run   func(iterations int)
}

// fmaPeak is the loop of an instruction set for a type of elements, "float64" or "float32", if there is one.
var fmaPeak = func(isa, typeName string) (loop peakLoop, ok bool) { return peakLoop{}, false }

// A peak is the speed of a peakLoop, timed beside others.
type peak struct {
	flops   float64   // of a call
	runners []*runner // one, or none without a loop
}

func newPeak(isa, typeName string) peak {
	loop, ok := fmaPeak(isa, typeName)
	if !ok {
		return peak{}
	}
	const iterations = 10000 // beside which the call itself takes no time
	return peak{iterations * loop.flops, []*runner{{call: func(times int) { loop.run(times * iterations) }}}}
}

// speed is in flops a second, and NaN without a loop.
func (p peak) speed() float64 {
	if len(p.runners) == 0 {
		return math.NaN()
	}
	return p.flops / p.runners[0].best
}
