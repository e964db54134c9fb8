package relent

import (
	"encoding/binary"
	"math"
	"testing"
)

// fuzzed reads pairs from raw bytes, at most limit.
func fuzzed[F float](data []byte, limit int) (p, q []F) {
	size := 4
	if isFloat64[F]() {
		size = 8
	}
	element := func() F {
		var raw [8]byte
		copy(raw[:], data[:size])
		data = data[size:]
		return fromBits[F](binary.LittleEndian.Uint64(raw[:]))
	}
	for len(data) >= 2*size && len(p) < limit {
		p, q = append(p, element()), append(q, element())
	}
	return p, q
}

func fuzzSeeds(f *testing.F) {
	r := seed(f.Name())
	for _, kind := range families[float64]() {
		p, q := pairs(r, 1+r.below(40), kind.pair)
		var data []byte
		for i := range p {
			data = binary.LittleEndian.AppendUint64(data, toBits(p[i]))
			data = binary.LittleEndian.AppendUint64(data, toBits(q[i]))
		}
		f.Add(data)
	}
	for _, kind := range families[float32]() {
		p, q := pairs(r, 1+r.below(40), kind.pair)
		var data []byte
		for i := range p {
			data = binary.LittleEndian.AppendUint32(data, uint32(toBits(p[i])))
			data = binary.LittleEndian.AppendUint32(data, uint32(toBits(q[i])))
		}
		f.Add(data)
	}
}

// Every instruction set gives the bits of plain Go.
func FuzzAgree(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range levels() {
			useISA(t, l)
			fuzzAgree[float64](t, data)
			fuzzAgree[float32](t, data)
		}
	})
}

func fuzzAgree[F float](t *testing.T, data []byte) {
	p, q := fuzzed[F](data, chunk)
	for _, k := range reductions[F]() {
		if got, want := k.sum(p, q), k.generic(p, q); !same(got, want) {
			t.Errorf("%s, %v: %x, generic %x: %s", k.name, isa, got, want, smallest(k, p, q))
		}
	}
	for _, k := range elementwises[F]() {
		got, want := make([]F, len(p)), make([]F, len(p))
		k.mapped(got, p, q, reversed(p))
		k.generic(want, p, q, reversed(p))
		agreeAll(t, k.name, got, want)
	}
}

// Every measure is within the documented bound of the exact value, and NaN where it has none.
func FuzzOracle(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzOracle[float64](t, data)
		fuzzOracle[float32](t, data)
		fuzzExponentials[float64](t, data)
		fuzzExponentials[float32](t, data)
	})
}

// overflowsBothWays tells whether terms of either sign add up to more than there are numbers for.
func (m measure[F]) overflowsBothWays(p, q []F) bool {
	if m.alone {
		q = p
	}
	if !m.defined(p, q) {
		return false
	}
	above, below := number(0), number(0)
	for i := range p {
		if term := m.term(number(float64(p[i])), number(float64(q[i]))); term.Sign() > 0 {
			above = add(above, term)
		} else {
			below = sub(below, term)
		}
	}
	limit := number(math.MaxFloat64 / 2)
	return above.Cmp(limit) > 0 && below.Cmp(limit) > 0
}

func fuzzOracle[F float](t *testing.T, data []byte) {
	p, q := fuzzed[F](data, 16)
	for _, m := range measures[F]() {
		got := m.compute(p, q)
		switch defined := m.defined(p, q); {
		case got != got && m.overflowsBothWays(p, q):
		case defined && m.errorOf(p, q) > errorBound[F](len(p)):
			t.Errorf("%s of %x, %x is %v: relative error %.3g", m.name, p, q, got, m.errorOf(p, q))
		case !defined && got == got:
			t.Errorf("%s of %x, %x is %v, not NaN", m.name, p, q, got)
		}
	}
}

// The pairs are columns of two for the sum of exponentials, and all of them together one more.
func fuzzExponentials[F float](t *testing.T, data []byte) {
	p, q := fuzzed[F](data, 16)
	for _, x := range append(p, q...) {
		if err := expError(x); err > expBound {
			t.Errorf("Exp of %x: error %.3g", x, err)
		}
		if err := logError(x); err > logBound {
			t.Errorf("Log of %x: error %.3g", x, err)
		}
	}
	n := len(p)
	logSumErrors(t, Matrix[F]{Rows: 2, Cols: n, Stride: n, Data: append(p[:n:n], q...)})
	logSumErrors(t, Matrix[F]{Rows: 2 * n, Cols: 1, Stride: 1, Data: append(p[:n:n], q...)})
}

// Many measures in one pass have the bits of each alone.
func FuzzMeasures(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range levels() {
			useISA(t, l)
			p, q := fuzzed[float64](data, 2*chunk)
			checkMeasures(t, "fuzzed", everyMeasure(), p, q)
			p32, q32 := fuzzed[float32](data, 2*chunk)
			checkMeasures(t, "fuzzed", everyMeasure(), p32, q32)
		}
	})
}
