package mvn

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Rows so far out that all densities are 0 are of the nearest component with a weight, by all functions: by math/big.
func TestMixtureOfFarRows(t *testing.T) {
	for _, isa := range relent.ISAs() {
		withISA(t, isa, func() {
			eachMixture(t.Name(), []int{1, 2, 5, 12}, func(r *mixtureInputs, m *mixtureModel) {
				k := m.Components()
				for j := range k / 2 { // the first ones
					m.weights[k-1] += m.weights[j]
					m.weights[j] = 0
				}
				m.Mixture = m.again()
				x := r.dense(mixtureBlock+40, m.Dim(), 1)
				for i := 0; i < 40; i++ {
					row := x.RawRowView(7 * i)
					for j := range row {
						row[j] *= []float64{1e154, 1.8e154, 1e200, math.MaxFloat64, 1e30, 1e19, 3e38}[i%7]
					}
				}
				m.requireNearest(t, isa, outputOf(m.Mixture, rawRows(x, m.Dim()), 1+r.below(3)), rawRows(x, m.Dim()), 1e-12)
				for i := range x.RawMatrix().Data {
					x.RawMatrix().Data[i] = max(-math.MaxFloat32, min(math.MaxFloat32, x.RawMatrix().Data[i]))
				}
				m.requireNearest(t, isa+", float32", widenedOutput(outputOf(m.Mixture, toSingle(x), 1+r.below(3))), rawRows(x, m.Dim()), 1e-4)
			})
		})
	}
}

// again is the mixture of the same form with the weights as they are now.
func (m *mixtureModel) again() *Mixture {
	variances := mat.NewDense(len(m.weights), m.means.RawMatrix().Cols, nil)
	for k, sigma := range m.covariances {
		variances.SetRow(k, diagonal(sigma))
	}
	switch m.form {
	case "full":
		return must(NewFullMixture(m.weights, m.means, m.covariances))
	case "tied":
		return must(NewTiedMixture(m.weights, m.means, m.covariances[0]))
	case "diagonal":
		return must(NewDiagonalMixture(m.weights, m.means, variances))
	}
	return must(NewSphericalMixture(m.weights, m.means, mat.Col(nil, 0, variances)))
}

func widenedOutput(o mixtureOutput[float32]) mixtureOutput[float64] {
	shares := newMatrix(o.shares.Rows, o.shares.Cols)
	widen(shares.Data, o.shares.Data)
	return mixtureOutput[float64]{widened(o.logProb), shares, o.best}
}

// requireNearest wants of every row that the responsibilities are those of its best component, which has a weight, and of rows that are
// far out that it is the nearest, unless others are as near within a tolerance.
func (m *mixtureModel) requireNearest(t *testing.T, what string, got mixtureOutput[float64], x relent.Matrix[float64], tolerance float64) {
	t.Helper()
	var factors []bigMatrix
	for _, sigma := range m.covariances {
		factors = append(factors, bigOf(m.Dim(), sigma.At).cholesky())
	}
	for i, best := range got.best {
		shares, sum := got.shares.Row(i), 0.0
		for _, s := range shares {
			sum += s
		}
		if best < 0 || m.weights[best] == 0 || shares[best] != slices.Max(shares) || !(math.Abs(sum-1) < 1e-5) {
			t.Fatalf("%s, %s, weights %v: row %v is of component %d, with responsibilities %v", what, m.form, m.weights, x.Row(i), best, shares)
		}
		if !math.IsInf(got.logProb[i], -1) {
			continue
		}
		var least *big.Float
		at := make([]*big.Float, len(shares))
		for k, l := range factors {
			at[k] = bigSquares(l.whiten(bigDifference(x.Row(i), m.means.RawRowView(k))))
			if m.weights[k] > 0 && (least == nil || at[k].Cmp(least) < 0) {
				least = at[k]
			}
		}
		if ratio := float(new(big.Float).Quo(at[best], least)); ratio > 1+tolerance {
			t.Errorf("%s, %s: row %v is of component %d, and others are nearer by %g", what, m.form, x.Row(i), best, ratio)
		}
	}
}

// Rows of which all is known.
func TestMixtureOfFarRowsByHand(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	line := func(weights, means, variances []float64) map[string]*Mixture {
		var components []*Normal
		column := mat.NewDense(len(means), 1, means)
		for k, mean := range means {
			components = append(components, must(NewNormalLowRank([]float64{mean}, mat.NewDense(1, 1, nil), variances[k:k+1])))
		}
		return map[string]*Mixture{
			"spherical": must(NewSphericalMixture(weights, column, variances)),
			"diagonal":  must(NewDiagonalMixture(weights, column, mat.NewDense(len(means), 1, variances))),
			"low rank":  must(NewMixture(weights, components)),
		}
	}
	wide := line([]float64{0, 0.5, 0.5}, []float64{0, 0, 0}, []float64{9, 1, 4})
	small := line([]float64{0, 0.5, 0.25, 0.25}, []float64{0, 0, 0, 0}, []float64{1e-3, 1e-40, 1e-30, 1e-50})
	equal := line([]float64{0, 0.25, 0.75}, []float64{0, 0, 0}, []float64{1, 1, 1})
	for _, c := range []struct {
		mixtures map[string]*Mixture
		x        float64
		best     int
		logProb  float64
	}{
		{wide, 1e200, 2, -inf}, {wide, -1e200, 2, -inf}, {wide, math.MaxFloat64, 2, -inf}, {wide, 1e160, 2, -inf},
		{wide, 1e154, 2, -1e308 / 8}, {wide, 3e154, 2, -9e308 / 8}, {small, 1e300, 2, -inf}, {small, -math.MaxFloat64, 2, -inf}, {small, 1e140, 2, -inf},
		{equal, 1e200, 2, -inf}, {wide, inf, -1, -inf}, {wide, -inf, -1, -inf}, {wide, nan, -1, nan}, {small, inf, -1, -inf},
	} {
		for form, m := range c.mixtures {
			o := outputOf(m, newMatrixOf(c.x), 1)
			if o.best[0] != c.best || !same(o.logProb[0], c.logProb) && !(relativeError(o.logProb[0], c.logProb) < 1e-14) || !same(m.LogProb([]float64{c.x}), o.logProb[0]) {
				t.Errorf("%s, %v: component %d, log density %v", form, c.x, o.best[0], o.logProb[0])
			}
			for k, share := range o.shares.Row(0) {
				want := nan
				if c.best >= 0 {
					want = 0
				}
				if k == c.best {
					want = 1
				}
				if !same(share, want) {
					t.Errorf("%s, %v: responsibilities %v", form, c.x, o.shares.Row(0))
					break
				}
			}
		}
	}
	dst, x := make([]int, 1), newMatrixOf(1e200)
	for form, m := range wide {
		if n := testing.AllocsPerRun(10, func() { MixturePredictRows(dst, m, x, relent.Run{}) }); n != 0 {
			t.Errorf("%s: %v allocations", form, n)
		}
	}
	diagonal := must(NewNormalSingular([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 1, 1, 1}), 0))
	m := must(NewMixture([]float64{0.5, 0.5}, []*Normal{diagonal, diagonal}))
	off := relent.NewMatrix[float64](1, 2, 1, 2)
	if n := testing.AllocsPerRun(10, func() { MixturePredictRows(dst, m, off, relent.Run{}) }); n != 0 || dst[0] != -1 {
		t.Errorf("off the support: %v allocations, component %d", n, dst[0])
	}
}

func newMatrixOf(x ...float64) relent.Matrix[float64] { return relent.NewMatrix(len(x), 1, x...) }

// Off the support of every component there is no component.
func TestMixtureOffSupport(t *testing.T) {
	flat := func(at float64) *Normal {
		return must(NewNormalSingular([]float64{0, at}, mat.NewSymDense(2, []float64{1, 0, 0, 0}), 0))
	}
	m := must(NewMixture([]float64{0, 0.5, 0.5}, []*Normal{flat(0), flat(1), flat(2)}))
	x := relent.NewMatrix(4, 2,
		3, 1, // on that of one
		3, 2,
		3, 1.5, // off all
		3, 0, // on that of one without weight
	)
	o := outputOf(m, x, 1)
	for i, want := range []int{1, 2, -1, -1} {
		if o.best[i] != want || (want < 0) != (o.shares.Row(i)[1] != o.shares.Row(i)[1]) || want >= 0 && o.shares.Row(i)[want] != 1 {
			t.Errorf("%v: component %d, responsibilities %v", x.Row(i), o.best[i], o.shares.Row(i))
		}
	}
}

// Weights may be those of float32, and are divided by their sum.
func TestMixtureWeightsToRounding(t *testing.T) {
	means := mat.NewDense(3, 1, []float64{0, 1, 2})
	for _, c := range []struct {
		weights []float64
		ok      bool
	}{
		{[]float64{float64(float32(0.3)), float64(float32(0.3)), float64(float32(0.4))}, true},
		{[]float64{0.25, 0.25, 0.5 + 3e-8}, true}, {[]float64{0.25, 0.25, 0.5 + 9e-7}, true}, {[]float64{0.25, 0.25, 0.5 - 9e-7}, true},
		{[]float64{0.25, 0.25, 0.5 + 1.1e-6}, false}, {[]float64{0.25, 0.25, 0.5 - 1.1e-6}, false},
		{[]float64{0.25, 0.25, math.NaN()}, false}, {[]float64{0.25, 0.25, math.Inf(1)}, false}, {[]float64{1, 1e-7, -1e-7}, false},
	} {
		m, err := NewSphericalMixture(c.weights, means, []float64{1, 1, 1})
		if (err == nil) != c.ok {
			t.Errorf("%v: %v", c.weights, err)
		}
		if err != nil {
			continue
		}
		sum, given := 0.0, c.weights[0]+c.weights[1]+c.weights[2]
		for k := range 3 {
			sum += m.Weight(k)
			near(t, fmt.Sprint("weight ", k, " of ", c.weights), m.Weight(k), c.weights[k]/given, 1e-15)
		}
		near(t, fmt.Sprint("the sum of ", c.weights), sum, 1, 4e-16)
		exact := 0.0 // the density at 1
		for k := range 3 {
			exact += m.Weight(k) * must(NewNormalIsotropic([]float64{float64(k)}, 1)).Prob([]float64{1})
		}
		near(t, fmt.Sprint("density of ", c.weights), math.Exp(m.LogProb([]float64{1})), exact, 1e-14)
	}
}
