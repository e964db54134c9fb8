package sealed_test

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/drift"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// A decoder is of what encodings are of.
type decoder interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// A kept value is encoded, and decoded by another one.
type kept struct {
	name  string
	data  []byte
	fresh func() decoder
}

// everyKept is something of every type that has an encoding.
func everyKept(t *testing.T, r *rand.Rand) (all []kept) {
	t.Helper()
	add := func(name string, of decoder, err error, fresh func() decoder) {
		t.Helper()
		var data []byte
		if err == nil {
			data, err = of.MarshalBinary()
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, kept{name, data, fresh})
	}
	const d, rows = 5, 40
	x := mat.NewDense(rows, d, nil)
	for i := range rows {
		for j := range d {
			x.Set(i, j, r.NormFloat64())
		}
	}
	raw := relent.Matrix[float64](x.RawMatrix())
	moments := mvn.NewMoments(d, mvn.SkipNaN)
	add("moments", moments, moments.AddRows(x, nil, relent.Run{}), func() decoder { return new(mvn.Moments) })
	normal := func() decoder { return new(mvn.Normal) }
	full, err := moments.Normal(mvn.Estimate{})
	add("normal", full, err, normal)
	diagonal, err := moments.Normal(mvn.Estimate{Structure: mvn.DiagonalCovariance})
	add("diagonal normal", diagonal, err, normal)
	var sigma mat.SymDense
	full.CovarianceMatrix(&sigma)
	precise, err := mvn.NewNormalPrecision(make([]float64, d), &sigma)
	add("precision", precise, err, normal)
	low, err := mvn.NewNormalLowRank(make([]float64, d), mat.NewDense(d, 2, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 1}), []float64{1, 2, 3, 4, 5})
	add("low rank", low, err, normal)
	sigma.Zero()
	sigma.SymOuterK(1, x.Slice(0, 3, 0, d).T())
	singular, err := mvn.NewNormalSingular(make([]float64, d), &sigma, 0)
	add("singular", singular, err, normal)
	student, err := full.StudentT(3)
	add("Student t", student, err, func() decoder { return new(mvn.StudentT) })
	for _, s := range []mvn.Structure{mvn.FullCovariance, mvn.TiedCovariance, mvn.SphericalCovariance} {
		m, _, err := mvn.FitMixture(x, 2, mvn.MixtureOptions{Structure: s, Iterations: 1}, relent.Run{})
		add("mixture, "+s.String(), m, err, func() decoder { return new(mvn.Mixture) })
	}
	shares := raw
	shares.Data = make([]float64, len(raw.Data))
	for i, v := range raw.Data {
		shares.Data[i] = math.Abs(v)
	}
	add("index", relent.NewIndex(relent.MeasureHellinger, shares), nil, func() decoder { return new(relent.Index[float64]) })
	factor, err := relent.NewDiagonalFactor(make([]float64, d), []float64{1, 2, 3, 4, 5})
	add("diagonal factor", factor, err, func() decoder { return new(relent.Factor[float64]) })
	lower := relent.NewMatrix(3, 3, 1., 0, 0, 2, 3, 0, 4, 5, 6)
	factor, err = relent.NewFactor(make([]float64, 3), lower)
	add("factor", factor, err, func() decoder { return new(relent.Factor[float64]) })
	stream := relent.NewStream[float64](relent.MeasureKullbackLeibler)
	stream.Add(shares.Data[:50], shares.Data[50:100])
	add("stream", stream, nil, func() decoder { return relent.NewStream[float64](relent.MeasureKullbackLeibler) })
	reference, err := drift.NewReference(raw, 5, nil, relent.Run{})
	add("reference", reference, err, func() decoder { return new(drift.Reference) })
	add("profile", reference.NewProfile(), nil, func() decoder { return reference.NewProfile() })
	return all
}

// hostile is an encoding that is damaged, or random bytes in its frame, most often with the right checksum.
func hostile(r *rand.Rand, valid []byte) []byte {
	const checksum, head = 8, 9 // about where the body begins
	data := append([]byte(nil), valid...)
	body := data[:len(data)-checksum]
	switch r.IntN(4) {
	case 0: // what says how much there is
		at := min(head-2+r.IntN(24), len(body)-4)
		binary.LittleEndian.PutUint32(body[at:], []uint32{0, 1, 1 << 16, math.MaxInt32, math.MaxUint32, r.Uint32()}[r.IntN(6)])
	case 1: // numbers that are none of such things
		at := r.IntN(len(body) - 8)
		special := []float64{0, -1, math.NaN(), math.Inf(1), 5e-324, math.MaxFloat64, -math.MaxFloat64, 0x1p-1022}
		binary.LittleEndian.PutUint64(body[at:], math.Float64bits(special[r.IntN(len(special))]))
	case 2:
		for i := head - 1; i < len(body); i++ {
			body[i] = byte(r.Uint32())
		}
	}
	for range r.IntN(4) {
		body[r.IntN(len(body))] ^= 1 << r.IntN(8)
	}
	if r.IntN(4) == 0 {
		body = body[:r.IntN(len(body)+1)]
	}
	if r.IntN(8) == 0 {
		return data[:len(body)+checksum]
	}
	sum := uint64(crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))) | uint64(crc32.ChecksumIEEE(body))<<32
	return binary.LittleEndian.AppendUint64(body, sum)
}

// Every decoder takes hostile bytes, 10⁸ with RELENT_DEEP=1, without a panic, without allocating more than in proportion to them, and what it
// accepts is encoded again.
func TestDecodersOfHostileBytes(t *testing.T) {
	left := 1_000_000
	switch {
	case testing.Short():
		left = 100_000
	case os.Getenv("RELENT_DEEP") == "1":
		left = 100_000_000
	}
	r := rand.New(rand.NewPCG(14, 8))
	all := everyKept(t, r)
	accepted := 0
	for left > 0 {
		for _, k := range all {
			data := hostile(r, k.data)
			left -= len(data)
			if decodes(t, k, data) {
				accepted++
			}
		}
	}
	if accepted == 0 {
		t.Error("nothing is accepted: the checksums are not those of the encodings")
	}
	t.Logf("%d accepted", accepted)
}

// decodes tells whether data are accepted.
func decodes(t *testing.T, k kept, data []byte) bool {
	t.Helper()
	defer func() {
		if reason := recover(); reason != nil {
			t.Fatalf("%s: %v, of %x", k.name, reason, data)
		}
	}()
	into := k.fresh()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := into.UnmarshalBinary(data)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<16+64*uint64(len(data)) {
		t.Fatalf("%s: %d bytes are allocated for %d bytes: %x", k.name, used, len(data), data)
	}
	if err != nil {
		return false
	}
	again, err := into.MarshalBinary()
	if err != nil {
		t.Fatalf("%s: %v, of %x", k.name, err, data)
	}
	if err := k.fresh().UnmarshalBinary(again); err != nil {
		t.Fatalf("%s: what is encoded again is refused: %v", k.name, fmt.Errorf("%w, of %x", err, data))
	}
	return true
}
