package mvn

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"math"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// The results have the bits of every architecture, in particular of those that fuse multiplications and additions. Nothing
// here comes from gonum's arithmetic.
func TestBits(t *testing.T) {
	const d, rows = 7, 11
	r := seed("bits")
	covariance := func() *mat.SymDense {
		s := mat.NewSymDense(d, nil)
		for i := range d {
			for j := range i {
				s.SetSym(i, j, r.around()/d)
			}
			s.SetSym(i, i, 1.5+r.around()/2)
		}
		return s
	}
	x := r.dense(rows, d)
	raw := relent.Matrix[float64](x.RawMatrix())
	distributions := []*Normal{
		must(New(r.vector(d), covariance())),
		must(NewPrecision(r.vector(d), covariance())),
		must(NewDiagonal(r.vector(d), r.positive(d))),
		must(NewIsotropic(r.vector(d), 0.3)),
		NewStandard(d),
		must(NewLowRank(r.vector(d), r.dense(d, 2), r.positive(d))),
		must(Fit(x, r.positive(rows))),
	}
	shrunk, shrinkage, err := FitShrunk(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	distributions = append(distributions, shrunk)

	got := map[string]hash.Hash64{}
	note := func(what string, values ...float64) {
		if got[what] == nil {
			got[what] = fnv.New64a()
		}
		for _, v := range values {
			got[what].Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
		}
	}
	note("FitShrunk", shrinkage)
	for _, n := range distributions {
		note("LogProb", n.LogProbRows(nil, x, 1)...)
		note("SqMahalanobis", n.SqMahalanobisRows(nil, x, 1)...)
		note("Score", n.ScoreRows(nil, x, 1).RawMatrix().Data...)
		for _, v := range LogProbRows(nil, n, singleMatrix(raw), 1) {
			note("LogProb, float32", float64(v))
		}
		note("Prob", n.Prob(x.RawRowView(0)), n.Entropy(), n.LogDet())
		note("TransformNormal", n.TransformNormal(nil, x.RawRowView(1))...)
		c := must(n.ConditionNormal([]int{3, 1}, []float64{0.5, 0.25}))
		note("ConditionNormal", append(c.Mean(nil), c.LogDet())...)
		for _, m := range distributions {
			note("KullbackLeibler", KullbackLeibler(n, m))
			note("Renyi", Renyi(0.3, n, m), Bhattacharyya(n, m), Hellinger(n, m))
		}
	}
	note("KullbackLeiblerStandardRows", KullbackLeiblerStandardRows(nil, raw, raw, 1)...)
	other := relent.Matrix[float64](r.dense(rows, d).RawMatrix())
	note("KullbackLeiblerDiagonalRows", KullbackLeiblerDiagonalRows(nil, raw, other, other, raw, 1)...)

	want := map[string]uint64{
		"ConditionNormal":             0x7a529ecd3daa9092,
		"FitShrunk":                   0xd6f60a066f5d5b8f,
		"KullbackLeibler":             0x19014032c3e8cf,
		"KullbackLeiblerDiagonalRows": 0xf154788157bfbe91,
		"KullbackLeiblerStandardRows": 0x6cb8a041ad00be93,
		"LogProb":                     0x56da52bc7ee32ce7,
		"LogProb, float32":            0xc150d482c06e0eba,
		"Prob":                        0xe374633a8f5d648a,
		"Renyi":                       0x9640d54c41fc8ae6,
		"Score":                       0x9102f0abb3956f7,
		"SqMahalanobis":               0xc844537c64d73eb3,
		"TransformNormal":             0x54dd1fc9f25cac84,
	}
	for what, h := range got {
		if h.Sum64() != want[what] {
			t.Errorf("%q: %#x,", what, h.Sum64())
		}
	}
}
