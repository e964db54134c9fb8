package mvn

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A distribution that is decoded has the bits of the one that was encoded, in every form and also of marginals and conditionals.
func TestNormalsAreKept(t *testing.T) {
	const d = 7
	x := seed(t.Name()).dense(9, d)
	forms := bitsForms(d)
	for _, name := range sortedKeys(forms) {
		for _, n := range forms[name] {
			var got Normal
			data := must(n.MarshalBinary())
			if err := got.UnmarshalBinary(data); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if !bytes.Equal(must(got.AppendBinary([]byte("x")))[1:], data) {
				t.Errorf("%s is encoded otherwise after decoding", name)
			}
			requireBits(t, name+": log densities", must(got.LogProbRows(nil, x, relent.Run{})), must(n.LogProbRows(nil, x, relent.Run{})))
			requireBits(t, name+": mean", got.Mean(nil), n.Mean(nil))
			var student StudentT
			heavy := must(n.StudentT(2.5))
			if err := student.UnmarshalBinary(must(heavy.MarshalBinary())); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			requireBits(t, name+": Student t", must(student.LogProbRows(nil, x, relent.Run{})), must(heavy.LogProbRows(nil, x, relent.Run{})))
			on := n.TransformNormal(nil, x.RawRowView(1))
			requireBits(t, name+": samples", got.TransformNormal(nil, x.RawRowView(1)), on)
			requireBits(t, name+": on the support", []float64{got.LogProb(on)}, []float64{n.LogProb(on)})
			var s, u mat.SymDense
			got.CovarianceMatrix(&s)
			n.CovarianceMatrix(&u)
			requireBits(t, name+": covariance", elements(&s), elements(&u))
			if kl := KullbackLeibler(n, &got); kl != 0 {
				t.Errorf("%s: %v nats apart", name, kl)
			}
			single := singleMatrix(rowsOf(x))
			a, b := must(LogProbRows(nil, &got, single, relent.Run{})), must(LogProbRows(nil, n, single, relent.Run{}))
			if fmt.Sprint(a) != fmt.Sprint(b) {
				t.Errorf("%s: float32 log densities differ", name)
			}
		}
	}
}

func TestMixturesAreKept(t *testing.T) {
	r := seed(t.Name())
	x := r.dense(20, 4)
	mixtures := r.mixtures(4)
	for _, s := range structures {
		m, _, err := FitMixture(x, 2, MixtureOptions{Structure: s}, relent.Run{})
		mixtures["fitted, "+s.String()] = must(m, err)
	}
	for name, m := range mixtures {
		var got Mixture
		data := must(m.MarshalBinary())
		if err := got.UnmarshalBinary(data); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		requireBits(t, name+": log densities", must(got.LogProbRows(nil, x, relent.Run{})), must(m.LogProbRows(nil, x, relent.Run{})))
		requireBits(t, name+": weights", got.Weights(nil), m.Weights(nil))
		if !bytes.Equal(must(got.AppendBinary([]byte("x")))[1:], data) {
			t.Errorf("%s is encoded otherwise after decoding", name)
		}
	}
	for want, err := range map[string]error{
		"NewMoments has not made":  failed(new(Moments).MarshalBinary()),
		"no constructor":           failed(new(Normal).MarshalBinary()),
		"Mixture that no":          failed(new(Mixture).MarshalBinary()),
		"StudentT that no":         failed(new(StudentT).MarshalBinary()),
		"StudentT.UnmarshalBinary": new(StudentT).UnmarshalBinary(nil),
		"-3 degrees of freedom":    new(StudentT).UnmarshalBinary(forgedNu(-3)),
		"73 factors of 1":          failed(must(NewNormalLowRank([]float64{0}, mat.NewDense(1, 73, nil), []float64{1})).MarshalBinary()),
		"begins with":              new(Mixture).UnmarshalBinary(must(NewNormalStandard(9).MarshalBinary())),
		"4 bytes: the data ends":   new(Normal).UnmarshalBinary([]byte("rele")),
		"there are 1 bytes too":    new(Normal).UnmarshalBinary(resealed(append(must(NewNormalStandard(1).MarshalBinary()), 0))),
		"data is damaged":          new(Normal).UnmarshalBinary(append(must(NewNormalStandard(1).MarshalBinary()), 0)),
		"version 3 is unknown":     new(Normal).UnmarshalBinary(append([]byte("relent\x00N\x03"), make([]byte, 20)...)),
		"Moments.UnmarshalBinary:": new(Moments).UnmarshalBinary(nil),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "mvn: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// forgedNu is the encoding of a StudentT with other degrees of freedom.
func forgedNu(nu float64) []byte {
	data := must(must(NewNormalStandard(2).StudentT(1)).MarshalBinary())
	binary.LittleEndian.PutUint64(data[9:], math.Float64bits(nu))
	return resealed(data)
}

// What a decoder allocates is in proportion to the data, also if these claim to be of much.
func TestDecodersAllocateLittle(t *testing.T) {
	r := seed(t.Name())
	var encoded [][]byte
	for _, pair := range bitsForms(7) {
		encoded = append(encoded, must(pair[0].MarshalBinary()), must(must(pair[0].StudentT(3)).MarshalBinary()))
	}
	for _, m := range r.mixtures(3) {
		encoded = append(encoded, must(m.MarshalBinary()))
	}
	encoded = append(encoded, must(must(momentsOf("moments", rowsOf(r.dense(9, 3)), nil, relent.Run{})).MarshalBinary()))
	times := 30
	if !deep() {
		times = 5
	}
	for range times {
		for _, data := range encoded {
			data = append([]byte(nil), data...)
			for range 1 + r.next()%3 {
				at := 9 + r.next()%uint64(min(40, len(data)-9)) // where sizes are
				data[at] = byte(r.next()) << (r.next() % 8)
			}
			data = resealed(data[:len(data)-int(r.next()%4/3*r.next()%uint64(len(data)/2))])
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_ = new(Normal).UnmarshalBinary(data)
			_ = new(Mixture).UnmarshalBinary(data)
			_ = new(StudentT).UnmarshalBinary(data)
			_ = new(Moments).UnmarshalBinary(data)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 1<<16+64*uint64(len(data)) {
				t.Fatalf("%d bytes for %d bytes of data: %x", used, len(data), data)
			}
		}
	}
}

// Whatever bytes are decoded, they are refused, or are those of a distribution that can be used and is encoded as it was.
func FuzzUnmarshalBinary(f *testing.F) {
	forms := bitsForms(7)
	for _, name := range sortedKeys(forms) {
		f.Add(must(forms[name][0].MarshalBinary()))
		f.Add(must(must(forms[name][0].StudentT(3)).MarshalBinary()))
	}
	for _, m := range seed("fuzz").mixtures(2) {
		f.Add(must(m.MarshalBinary()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, resealed(data)} {
			var n Normal
			if n.UnmarshalBinary(data) == nil {
				x := n.Mean(nil)
				n.LogProb(x)
				n.TransformNormal(nil, x)
				n.Variances(nil)
				KullbackLeibler(&n, NewNormalStandard(n.Dim()))
				if !bytes.Equal(must(n.MarshalBinary()), data) {
					t.Errorf("%x is encoded as %x", data, must(n.MarshalBinary()))
				}
			}
			var s StudentT
			if s.UnmarshalBinary(data) == nil {
				s.LogProb(s.Location(nil))
				if !bytes.Equal(must(s.MarshalBinary()), data) {
					t.Errorf("%x is encoded as %x", data, must(s.MarshalBinary()))
				}
			}
			var m Mixture
			if m.UnmarshalBinary(data) == nil {
				m.Predict(m.Mean(nil))
				m.ScoreInput(nil, m.Mean(nil))
				if !bytes.Equal(must(m.MarshalBinary()), data) {
					t.Errorf("%x is encoded as %x", data, must(m.MarshalBinary()))
				}
			}
		}
	})
}

func BenchmarkLoadMixture(b *testing.B) {
	const k, d = 32, 64
	r := seed("load")
	weights, covariances := make([]float64, k), make([]mat.Symmetric, k)
	for c := range k {
		weights[c], covariances[c] = 1./k, r.covariance(d, 10)
	}
	data := must(must(NewFullMixture(weights, r.dense(k, d), covariances)).MarshalBinary())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := new(Mixture).UnmarshalBinary(data); err != nil {
			b.Fatal(err)
		}
	}
}
