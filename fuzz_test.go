package relent

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent/internal/sealed"
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
	for _, k := range sums[F]() {
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
		if err := expError(x); err > expBound[F]() {
			t.Errorf("Exp of %x: error %.3g", x, err)
		}
		if err := logError(x); err > logBound[F]() {
			t.Errorf("Log of %x: error %.3g", x, err)
		}
	}
	n := len(p)
	logSumErrors(t, Matrix[F]{Rows: 2, Cols: n, Stride: n, Data: append(p[:n:n], q...)})
	logSumErrors(t, Matrix[F]{Rows: 2 * n, Cols: 1, Stride: 1, Data: append(p[:n:n], q...)})
}

// Every instruction set gives the derivatives of plain Go, and those are within the documented bound of the exact ones.
func FuzzGradient(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzGradient[float64](t, data)
		fuzzGradient[float32](t, data)
	})
}

func fuzzGradient[F float](t *testing.T, data []byte) {
	p, q := fuzzed[F](data, 16)
	for _, m := range allMeasures() {
		checkGradient(t, worst{}, m, "fuzzed", p, q)
	}
	for _, l := range levels() {
		useISA(t, l)
		for _, k := range severalOutputs[F]() {
			f := digest(k.results)
			if got, want := f(p, q), withGeneric(func() float64 { return f(p, q) }); got != want {
				t.Errorf("%s, %v: not the bits of plain Go", k.name, l)
			}
		}
	}
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

// Every method of Factor and Centers gives the bits of plain Go, and what the conventions say, for any factor and rows.
func FuzzMahalanobis(f *testing.F) {
	r := seed(f.Name())
	kinds := rowKinds[float64]()
	for i, name := range slices.Sorted(maps.Keys(kinds)) {
		for constructor := range constructors {
			d := 1 + (3*i+constructor)%9
			data := []byte{byte(constructor), byte(d)}
			add := func(x float64) { data = binary.LittleEndian.AppendUint64(data, math.Float64bits(x)) }
			for i := range d * (d + 1) / 2 {
				add(choose(i < d, 1+unit[float64](r), balanced[float64](r)))
			}
			for range 15 * d { // the mean, two centers, and rows
				add(kinds[name](r))
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzMahalanobis[float64](t, data)
		fuzzMahalanobis[float32](t, data)
	})
}

// fuzzedRows reads the number of a constructor, that of columns, pivots, what stands below them, the mean, two centers, and rows.
func fuzzedRows[F float](data []byte) (m *distribution[F], x Matrix[F]) {
	if len(data) < 2 {
		return nil, x
	}
	constructor, d := constructors[int(data[0])%len(constructors)], 1+int(data[1])%24
	p, q := fuzzed[F](data[2:], 1<<10)
	var values []F
	for i := range p {
		values = append(values, p[i], q[i])
	}
	if len(values) < d*(d+1)/2+3*d {
		return nil, x
	}
	take := func(n int) []F {
		taken := values[:n:n]
		values = values[n:]
		return taken
	}
	lower := NewMatrix[F](d, d)
	for i, pivot := range take(d) {
		lower.Row(i)[i] = pivot
	}
	for i := range d {
		copy(lower.Row(i), take(i))
	}
	mean := take(d)
	m, err := newDistribution(constructor, mean, lower, Matrix[F]{Rows: 2, Cols: d, Stride: d, Data: take(2 * d)})
	if err != nil || !allFinite(m.centers.Data) {
		return nil, x
	}
	rows := len(values) / d
	return m, Matrix[F]{Rows: rows, Cols: d, Stride: d, Data: take(rows * d)}
}

func fuzzMahalanobis[F float](t *testing.T, data []byte) {
	m, x := fuzzedRows[F](data)
	if m == nil {
		return
	}
	want := m.defined(x)
	for k, s := range m.scorings() {
		if strings.HasPrefix(s.name, "Centers") && !allFinite(slices.Concat(m.whitened...)) {
			continue
		}
		plain := withGeneric(func() Matrix[F] { return s.rows(x, 1) })
		for _, l := range levels() {
			useISA(t, l)
			got := s.rows(x, 1)
			for i := range x.Rows {
				if at := differing(got.Row(i), plain.Row(i)); at >= 0 {
					t.Errorf("%s of %s, %v: row %d is %x, generic %x", s.name, m.constructor, l, i, got.Row(i), plain.Row(i))
				}
				if fault := m.unconventional(s, x.Row(i), got.Row(i), want[k].Row(i)); fault != "" {
					t.Errorf("%s of %s, %v: row %d, %v: %v, %s", s.name, m.constructor, l, i, x.Row(i), got.Row(i), fault)
				}
			}
		}
	}
}

// What is decoded as a stream, damaged or forged, is what such a stream is encoded as; all else is refused.
func FuzzStream(f *testing.F) {
	for _, m := range streamMeasures() {
		f.Add([]byte(encoded(NewStream[float64](m))))
		for _, n := range []int{3, chunk, chunk + 2} {
			p, q := pairs(seed(f.Name()), n, families[float32]()[2*n%7].pair)
			f.Add([]byte(encoded(fed(m, p, q))))
			f.Add([]byte(encoded(fed(m, widened(p), widened(q)))))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		body := data[:max(0, len(data)-sealed.ChecksumBytes)]
		for _, data := range [][]byte{data, resealed(body)} {
			fuzzStream[float64](t, data)
			fuzzStream[float32](t, data)
		}
	})
}

func fuzzStream[F float](t *testing.T, data []byte) {
	s := fed(MeasureJensenShannon, []F{0.5}, []F{0.25})
	before := *s
	if err := s.UnmarshalBinary(data); err != nil {
		if *s != before {
			t.Errorf("%x: the stream has changed: %v", data, err)
		}
		return
	}
	if again := encoded(s); again != string(data) {
		t.Errorf("decoded from %x, encoded as %x", data, again)
	}
	o := *s
	if err := s.Merge(&o); (err != nil) != (o.Count() > math.MaxInt64/2) || err == nil && s.Count() != 2*o.Count() {
		t.Errorf("%d elements merged with as many are %d, %v", o.Count(), s.Count(), err)
	}
	s.Value()
}
