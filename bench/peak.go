package main

import (
	"math"

	"github.com/relent-go/relent/internal/peak"
)

// A peakLoop runs fused multiply-adds on registers and nothing else: what no program can pass.
type peakLoop struct {
	flops float64 // of an iteration
	run   func(iterations int)
}

// fmaPeak is the loop of an instruction set for a type of elements, "float64" or "float32", if there is one.
var fmaPeak = func(isa, typeName string) (loop peakLoop, ok bool) {
	fma := peak.FMA[float64]
	if typeName == "float32" {
		fma = peak.FMA[float32]
	}
	flops := fma(isa, 1)
	return peakLoop{flops, func(iterations int) { fma(isa, iterations) }}, flops > 0
}

// A ceiling is the speed of a peakLoop, timed beside others.
type ceiling struct {
	flops   float64   // of a call
	runners []*runner // one, or none without a loop
}

func newCeiling(isa, typeName string) ceiling {
	loop, ok := fmaPeak(isa, typeName)
	if !ok {
		return ceiling{}
	}
	const iterations = 10000 // beside which the call itself takes no time
	return ceiling{iterations * loop.flops, []*runner{{call: func(times int) { loop.run(times * iterations) }}}}
}

// speed is in flops a second, and NaN without a loop.
func (p ceiling) speed() float64 {
	if len(p.runners) == 0 {
		return math.NaN()
	}
	return p.flops / p.runners[0].best
}
