package relent

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/relent-go/relent/internal/policy"
)

// Whatever the counts are, every instruction set gives the bits of plain Go and what the conventions say; whole counts have the exact
// measures of their shares.
func FuzzCounts(f *testing.F) {
	fuzzSeeds(f)
	r := seed(f.Name())
	for _, below := range []int{2, 10, 1 << 24} {
		var data []byte
		for _, c := range randomCounts[uint32](r, 40, below) {
			data = binary.LittleEndian.AppendUint32(data, c)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, q := fuzzed[float64](data, 2*chunk)
		fuzzCounts(t, p, q)
		if p, q = p[:min(16, len(p))], q[:min(16, len(q))]; moderateCounts(p) && moderateCounts(q) {
			countErrors(t, "fuzzed weights", p, q, 4*(float64(len(p))/lanes+4)*0x1p-53)
		}
		p32, q32 := fuzzed[float32](data, 2*chunk)
		fuzzCounts(t, p32, q32)
		u, v := fuzzedIntegers(data, 16)
		fuzzCounts(t, u, v)
		fuzzCounts(t, numbersOfType[int8](u), numbersOfType[int8](v))
		fuzzCounts(t, numbersOfType[int32](u), numbersOfType[int32](v))
		if len(u) > 0 && exactTotal(u).Sign() > 0 && exactTotal(v).Sign() > 0 {
			countErrors(t, "fuzzed", u, v, 0)
		}
	})
}

// fuzzedIntegers are of all sizes: the last five bits of each tell how many of the others it has.
func fuzzedIntegers(data []byte, limit int) (p, q []uint32) {
	element := func() uint32 {
		x := binary.LittleEndian.Uint32(data)
		data = data[4:]
		return x >> (x % 32)
	}
	for len(data) >= 8 && len(p) < limit {
		p, q = append(p, element()), append(q, element())
	}
	return p, q
}

func fuzzCounts[C Number](t *testing.T, p, q []C) {
	for _, zeros := range []ZeroPolicy{Strict, Skip, Additive(0.5), Floor(1e-3)} {
		for _, m := range shareMeasures {
			var touched Touched
			want := withGeneric(func() (value float64) {
				value, touched = BetweenCounts(m.Measure, p, q, zeros)
				return value
			})
			if !allCounts(p) || !allCounts(q) {
				if want == want {
					t.Errorf("%v %v of what are no counts: %v", m.Measure, zeros, want)
				}
			} else if math.Signbit(want) && (zeros.kind() != policy.Floor || m.Measure != MeasureKullbackLeibler && m.Measure != MeasureBhattacharyya) { // shares sum to more than 1
				t.Errorf("%v %v of %v and %v is negative: %v", m.Measure, zeros, p, q, want)
			}
			for _, l := range levels() {
				useISA(t, l)
				if got, n := BetweenCounts(m.Measure, p, q, zeros); !same(got, want) || n != touched {
					t.Errorf("%v: %v %v is %x and %v bins, generic %x and %v", l, m.Measure, zeros, got, n, want, touched)
				}
			}
		}
	}
}

// allCounts tells whether all are finite and none is negative.
func allCounts[C Number](x []C) bool {
	for _, c := range x {
		if c := float64(c); !(c >= 0) || math.IsInf(c, 1) {
			return false
		}
	}
	return true
}

// moderateCounts tells whether there are counts, whose shares are normal numbers.
func moderateCounts(x []float64) bool {
	total := 0.0
	for _, c := range x {
		if c != 0 && !(c >= 0x1p-400 && c <= 0x1p+400) {
			return false
		}
		total += c
	}
	return total > 0
}
