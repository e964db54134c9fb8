package mvn

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A mixtureModel is what a mixture of one of the four forms is made of, with the covariance of each component in full.
type mixtureModel struct {
	form        string
	weights     []float64
	means       *mat.Dense
	covariances []mat.Symmetric
	*Mixture
}

// mixtureInputs are numbers that float32 has, too.
type mixtureInputs struct{ rng }

// around is from -1 to below 1, with 24 bits.
func (r *mixtureInputs) around() float64 { return float64(int64(r.next())>>40) * 0x1p-23 }

func (r *mixtureInputs) below(n int) int { return int(r.next() >> 1 % uint64(n)) }

func (r *mixtureInputs) dense(rows, cols int, scale float64) *mat.Dense {
	data := make([]float64, rows*cols)
	for i := range data {
		data[i] = scale * r.around()
	}
	return mat.NewDense(rows, cols, data)
}

// covariance is LLᵀ for an L with a diagonal around 1 and smaller elements beside it.
func (r *mixtureInputs) covariance(d int) *mat.SymDense {
	l := r.dense(d, d, 0.5/math.Sqrt(float64(d)))
	for i := range d {
		l.Set(i, i, 1+0.5*r.around())
		for j := i + 1; j < d; j++ {
			l.Set(i, j, 0)
		}
	}
	var sigma mat.SymDense
	sigma.SymOuterK(1, l)
	return &sigma
}

func diagonalCovariance(variances []float64) mat.Symmetric {
	return mat.NewDiagDense(len(variances), variances)
}

var mixtureForms = []string{"full", "tied", "diagonal", "spherical"}

// model makes a random mixture. The weights are multiples of 2**-12, and none is 0.
func (r *mixtureInputs) model(form string, k, d int) *mixtureModel {
	m := &mixtureModel{form: form, means: r.dense(k, d, 4)}
	for left := 4096; len(m.weights) < k; {
		part := left
		if len(m.weights) < k-1 {
			part = left / (2 + r.below(2))
		}
		m.weights = append(m.weights, float64(part)/4096)
		left -= part
	}
	variances := r.dense(k, d, 0.9)
	variances.Apply(func(_, _ int, v float64) float64 { return 1 + v }, variances)
	var err error
	switch form {
	case "full":
		for range k {
			m.covariances = append(m.covariances, r.covariance(d))
		}
		m.Mixture, err = NewFullMixture(m.weights, m.means, m.covariances)
	case "tied":
		m.covariances = slices.Repeat([]mat.Symmetric{r.covariance(d)}, k)
		m.Mixture, err = NewTiedMixture(m.weights, m.means, m.covariances[0])
	case "diagonal":
		for i := range k {
			m.covariances = append(m.covariances, diagonalCovariance(variances.RawRowView(i)))
		}
		m.Mixture, err = NewDiagonalMixture(m.weights, m.means, variances)
	case "spherical":
		for i := range k {
			m.covariances = append(m.covariances, diagonalCovariance(slices.Repeat([]float64{variances.At(i, 0)}, d)))
		}
		m.Mixture, err = NewSphericalMixture(m.weights, m.means, mat.Col(nil, 0, variances))
	}
	if err != nil {
		panic(err)
	}
	return m
}

// rows are near a mean, between means, or far out, where log densities are below -1e5.
func (r *mixtureInputs) rows(m *mixtureModel, n int) *mat.Dense {
	x := r.dense(n, m.Dim(), 1)
	for i := range n {
		row, near := x.RawRowView(i), m.means.RawRowView(r.below(m.Components()))
		scale := []float64{0.5, 4, 1024}[r.below(3)]
		for j := range row {
			row[j] *= scale
			if scale != 4 {
				row[j] += near[j]
			}
		}
	}
	return x
}

// eachMixture visits a model of each form and dimension; in short mode of two dimensions.
func eachMixture(name string, dims []int, each func(r *mixtureInputs, m *mixtureModel)) {
	r := mixtureInputs{rng(len(name))}
	if n := len(dims); testing.Short() && n > 2 {
		dims = []int{dims[0], dims[n/2]}
	}
	for _, form := range mixtureForms {
		for i, d := range dims {
			each(&r, r.model(form, 1+(d+i)%9, d))
		}
	}
}

var mixtureDims = []int{1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 31, 32, 33, 40}

// errors of log densities are relative to the size of what they are the sum of, in units of 2**-53.
const mixtureTolerance = 64 * 0x1p-53

func TestMixtureAgainstBig(t *testing.T) {
	worst := map[string]float64{}
	eachMixture(t.Name(), mixtureDims, func(r *mixtureInputs, m *mixtureModel) {
		const n = 6
		x := r.rows(m, n)
		logProb := make([]float64, n)
		shares := must(MixtureResponsibilitiesRows(relent.Matrix[float64]{}, logProb, m.Mixture, relent.Matrix[float64](x.RawMatrix()), relent.Run{}))
		for i, terms := range m.bigTerms(x) {
			want, size := bigLogSum(terms)
			err := math.Abs(bigDistance(logProb[i], want)) / size
			worst[m.form] = max(worst[m.form], err)
			if !(err <= mixtureTolerance) {
				t.Errorf("%s, d = %d, K = %d: log density %v, want %.17g, error %.3g", m.form, m.Dim(), m.Components(), logProb[i], want, err)
			}
			for k, share := range shares.Row(i) {
				exact, _ := mixtureBigExp(new(big.Float).Sub(terms[k], want)).Float64()
				if !(math.Abs(share-exact) <= mixtureTolerance*size*exact+0x1p-1070) {
					t.Errorf("%s, d = %d, K = %d: share %d is %v, want %v", m.form, m.Dim(), m.Components(), k, share, exact)
				}
			}
		}
	})
	for form, err := range worst {
		t.Logf("%-10s largest error %.2f × 2**-53 of the sizes", form, err*0x1p53)
	}
}

// bigTerms are log(w·N(x; μ, Σ)) of every component, for every row.
func (m *mixtureModel) bigTerms(x *mat.Dense) (rows [][]*big.Float) {
	n, d := x.Dims()
	rows = make([][]*big.Float, n)
	logTwoPi, _, _ := big.ParseFloat("1.8378770664093454835606594728112352797227949472755668256343", 10, precision, big.ToNearestEven)
	for k, sigma := range m.covariances {
		l := bigOf(d, sigma.At).cholesky()
		norm := zero().Mul(number(float64(d)), logTwoPi)
		norm.Add(norm, l.logDet())
		for i := range rows {
			sum := bigSquares(l.whiten(bigDifference(x.RawRowView(i), m.means.RawRowView(k))))
			sum.Quo(sum.Add(sum, norm), number(-2))
			rows[i] = append(rows[i], sum.Add(sum, bigLog(number(m.weights[k]))))
		}
	}
	return rows
}

// bigLogSum is log Σ exp, and the size of the largest term, at least the number of dimensions it could be of.
func bigLogSum(terms []*big.Float) (value *big.Float, size float64) {
	top := terms[0]
	for _, x := range terms {
		if x.Cmp(top) > 0 {
			top = x
		}
	}
	sum := zero()
	for _, x := range terms {
		sum.Add(sum, mixtureBigExp(zero().Sub(x, top)))
	}
	size, _ = top.Float64()
	return sum.Add(top, bigLog(sum)), math.Abs(size) + 8
}

// mixtureBigExp is exp(x) for x that are not positive, by the series of x/2**k, squared k times; 0 below -2000.
func mixtureBigExp(x *big.Float) *big.Float {
	if x.Cmp(number(-2000)) < 0 {
		return zero()
	}
	const squarings = 30
	r := zero().SetMantExp(x, -squarings)
	sum, term := number(1), number(1)
	for i := 1.0; i < 16; i++ {
		term.Mul(term, r).Quo(term, number(i))
		sum.Add(sum, term)
	}
	for range squarings {
		sum.Mul(sum, sum)
	}
	return sum
}

func bigDistance(got float64, want *big.Float) float64 {
	d, _ := zero().Sub(number(got), want).Float64()
	return d
}

func toSingle(x *mat.Dense) relent.Matrix[float32] {
	return singleMatrix(relent.Matrix[float64](x.RawMatrix()))
}

// The rows are numbers of float32, the parameters are rounded.
func TestMixtureFloat32(t *testing.T) {
	worst := map[string]float64{}
	eachMixture(t.Name(), mixtureDims, func(r *mixtureInputs, m *mixtureModel) {
		x := r.rows(m, 40)
		rounded := toSingle(x)
		for i := range rounded.Rows {
			widen(x.RawRowView(i), rounded.Row(i))
		}
		want := must(m.LogProbRows(nil, x, relent.Run{}))
		for i, got := range must(MixtureLogProbRows(nil, m.Mixture, rounded, relent.Run{})) {
			err := math.Abs(float64(got)-want[i]) / (math.Abs(want[i]) + float64(m.Dim()))
			worst[m.form] = max(worst[m.form], err)
			if !(err <= 64*0x1p-24) {
				t.Errorf("%s, d = %d: %v, in float64 %v", m.form, m.Dim(), got, want[i])
			}
		}
	})
	for form, err := range worst {
		t.Logf("%-10s largest error %.2f × 2**-24 of the sizes", form, err*0x1p24)
	}
}

// withISA runs f with an instruction set in force.
func withISA(t *testing.T, name string, f func()) {
	t.Helper()
	before := relent.ISA()
	defer relent.SetISA(before)
	if err := relent.SetISA(name); err != nil {
		t.Fatal(err)
	}
	f()
}

// A row's results have the same bits for every instruction set, number of workers, stride and place among other rows, in
// every shape.
func TestMixtureSameBits(t *testing.T) {
	eachMixture(t.Name(), []int{1, 3, 16, 33}, func(r *mixtureInputs, m *mixtureModel) {
		x := r.rows(m, 2*mixtureBlock+37)
		double, single := relent.Matrix[float64](x.RawMatrix()), toSingle(x)
		var want64 mixtureOutput[float64]
		var want32 mixtureOutput[float32]
		withISA(t, "generic", func() {
			want64, want32 = outputOf(m.Mixture, double, 1), outputOf(m.Mixture, single, 1)
		})
		for _, isa := range relent.ISAs() {
			withISA(t, isa, func() {
				for _, workers := range []int{0, 1, 2, 3, 7} {
					what := fmt.Sprintf("%s, d = %d, %s, %d workers", m.form, m.Dim(), isa, workers)
					outputOf(m.Mixture, double, workers).require(t, what, want64)
					outputOf(m.Mixture, single, workers).require(t, what, want32)
				}
				for from := 0; from < x.RawMatrix().Rows; {
					to := min(from+1+r.below(300), double.Rows)
					what := fmt.Sprintf("%s, d = %d, %s, rows %d to %d", m.form, m.Dim(), isa, from, to)
					outputOf(m.Mixture, strided(double.Slice(from, to)), 1).require(t, what, want64.part(from, to))
					outputOf(m.Mixture, strided(single.Slice(from, to)), 1).require(t, what, want32.part(from, to))
					if got := m.LogProb(double.Row(from)); got != want64.logProb[from] {
						t.Errorf("%s: LogProb %v, among others %v", what, got, want64.logProb[from])
					}
					from = to
				}
			})
		}
	})
}

// strided is a copy with elements between the rows.
func strided[F float32 | float64](x relent.Matrix[F]) relent.Matrix[F] {
	y := relent.Matrix[F]{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols + 3, Data: make([]F, x.Rows*(x.Cols+3))}
	for i := range y.Data {
		y.Data[i] = F(math.NaN())
	}
	for i := range x.Rows {
		copy(y.Row(i), x.Row(i))
	}
	return y
}

// A mixtureOutput is all that is computed of some rows.
type mixtureOutput[F float32 | float64] struct {
	logProb []F
	shares  relent.Matrix[F]
	best    []int
}

// outputOf computes it, and holds the shapes to agree with each other.
func outputOf[F float32 | float64](m *Mixture, x relent.Matrix[F], workers int) mixtureOutput[F] {
	var o mixtureOutput[F]
	o.logProb = must(MixtureLogProbRows(nil, m, x, relent.Run{Workers: workers}))
	again, columnsToo := make([]F, x.Rows), make([]F, x.Rows)
	o.shares = must(MixtureResponsibilitiesRows(relent.Matrix[F]{}, again, m, x, relent.Run{Workers: workers}))
	columns := must(MixtureResponsibilitiesColumns(relent.Matrix[F]{}, columnsToo, m, x, relent.Run{Workers: workers}))
	o.best = must(MixturePredictRows(nil, m, x, relent.Run{Workers: workers}))
	if !slices.EqualFunc(again, o.logProb, same) || !slices.EqualFunc(columnsToo, o.logProb, same) {
		panic("log densities differ between functions")
	}
	for i := range x.Rows {
		for k, share := range o.shares.Row(i) {
			if !same(share, columns.Row(k)[i]) {
				panic("responsibilities differ between shapes")
			}
		}
	}
	return o
}

func (o mixtureOutput[F]) part(from, to int) mixtureOutput[F] {
	return mixtureOutput[F]{o.logProb[from:to], o.shares.Slice(from, to), o.best[from:to]}
}

func (o mixtureOutput[F]) require(t *testing.T, what string, want mixtureOutput[F]) {
	t.Helper()
	if !slices.Equal(o.logProb, want.logProb) {
		t.Errorf("%s: log densities differ", what)
	}
	if !slices.Equal(o.best, want.best) {
		t.Errorf("%s: best components differ", what)
	}
	for i := range o.shares.Rows {
		if !slices.Equal(o.shares.Row(i), want.shares.Row(i)) {
			t.Errorf("%s: responsibilities of row %d differ", what, i)
		}
	}
}

// Responsibilities add up to 1, and the best component has the largest.
func TestMixtureResponsibilities(t *testing.T) {
	for _, isa := range relent.ISAs() {
		withISA(t, isa, func() {
			eachMixture(t.Name(), []int{1, 3, 16, 40}, func(r *mixtureInputs, m *mixtureModel) {
				x := r.rows(m, 100)
				shares, best := must(m.ResponsibilitiesRows(nil, x, relent.Run{})), must(m.PredictRows(nil, x, relent.Run{}))
				bound := float64(4*m.Components()+12) * 0x1p-53
				for i := range best {
					row := shares.RawRowView(i)
					if sum := mat.Sum(shares.Slice(i, i+1, 0, m.Components())); !(math.Abs(sum-1) <= bound) {
						t.Errorf("%s, d = %d: %v add up to %v", m.form, m.Dim(), row, sum)
					}
					if row[best[i]] != slices.Max(row) {
						t.Errorf("%s, d = %d: component %d is best of %v", m.form, m.Dim(), best[i], row)
					}
				}
			})
		})
	}
}

// Equal components, and one without weight.
func TestMixtureTiesAndZeroWeights(t *testing.T) {
	r := mixtureInputs{1}
	one := r.model("full", 1, 3)
	three := mat.NewDense(3, 3, slices.Repeat(one.means.RawRowView(0), 3))
	x := r.rows(one, 50)
	tie, err := NewFullMixture([]float64{0, 0.5, 0.5}, three, slices.Repeat(one.covariances, 3))
	if err != nil {
		t.Fatal(err)
	}
	for i, best := range must(tie.PredictRows(nil, x, relent.Run{})) {
		if best != 1 {
			t.Errorf("row %d: component %d of two equal ones", i, best)
		}
	}
	shares := must(tie.ResponsibilitiesRows(nil, x, relent.Run{}))
	for i := range 50 {
		if row := shares.RawRowView(i); row[0] != 0 || row[1] != 0.5 || row[2] != 0.5 {
			t.Errorf("responsibilities of equal components: %v", row)
		}
	}
	for _, form := range mixtureForms {
		m := r.model(form, 1, 3)
		without := must(m.LogProbRows(nil, x, relent.Run{}))
		means := mat.NewDense(2, 3, append(slices.Clone(m.means.RawRowView(0)), 1, 2, 3))
		covariances := []mat.Symmetric{m.covariances[0], r.covariance(3)}
		var with *Mixture
		switch weights, v := []float64{1, 0}, m.covariances[0].At; form {
		case "full":
			with, err = NewFullMixture(weights, means, covariances)
		case "tied":
			with, err = NewTiedMixture(weights, means, m.covariances[0])
		case "diagonal":
			with, err = NewDiagonalMixture(weights, means, mat.NewDense(2, 3, []float64{v(0, 0), v(1, 1), v(2, 2), 1, 2, 3}))
		case "spherical":
			with, err = NewSphericalMixture(weights, means, []float64{v(0, 0), 2})
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := must(with.LogProbRows(nil, x, relent.Run{})); !slices.Equal(got, without) {
			t.Errorf("%s: a component without weight changes log densities", form)
		}
	}
}

func TestMixtureConventions(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	eachMixture(t.Name(), []int{2, 5}, func(r *mixtureInputs, m *mixtureModel) {
		for _, c := range []struct{ element, want float64 }{{nan, nan}, {inf, -inf}, {-inf, -inf}} {
			x := r.rows(m, 3)
			x.Set(1, m.Dim()-1, c.element)
			logProb, shares, best := must(m.LogProbRows(nil, x, relent.Run{})), must(m.ResponsibilitiesRows(nil, x, relent.Run{})), must(m.PredictRows(nil, x, relent.Run{}))
			if got := logProb[1]; got != c.want && (got == got || c.want == c.want) {
				t.Errorf("%s, %v in a row: log density %v, want %v", m.form, c.element, got, c.want)
			}
			if best[1] != -1 {
				t.Errorf("%s, %v in a row: best is %d", m.form, c.element, best[1])
			}
			for _, share := range shares.RawRowView(1) {
				if share == share {
					t.Errorf("%s, %v in a row: responsibility %v", m.form, c.element, share)
				}
			}
			for _, i := range []int{0, 2} {
				if math.IsNaN(logProb[i]) || math.IsNaN(shares.At(i, 0)) {
					t.Errorf("%s, %v in a row: another is NaN", m.form, c.element)
				}
			}
		}
	})
}

// Components of every form: the same bits as from a constructor of its own, or the sum of the densities.
func TestNewMixture(t *testing.T) {
	r := mixtureInputs{5}
	full := r.model("full", 3, 4)
	var components []*Normal
	for k, sigma := range full.covariances {
		components = append(components, must(NewNormal(full.means.RawRowView(k), sigma)))
	}
	same := must(NewMixture(full.weights, components))
	x := r.rows(full, 30)
	single := toSingle(x)
	want, want32 := outputOf(full.Mixture, rawRows(x, 4), 1), outputOf(full.Mixture, single, 1)
	components[1].SetMean(make([]float64, 4)) // changes nothing
	outputOf(same, rawRows(x, 4), 2).require(t, "of full ones", want)
	outputOf(same, single, 2).require(t, "of full ones, float32", want32)

	mean := full.means.RawRowView(0)
	forms := []*Normal{
		must(NewNormal(mean, full.covariances[1])), must(NewNormalPrecision(mean, full.covariances[2])),
		must(NewNormalDiagonal(mean, []float64{1, 2, 3, 4})), must(NewNormalLowRank(mean, r.dense(4, 2, 1), []float64{1, 2, 1, 3})),
		must(NewNormalSingular(mean, full.covariances[0], 0)), NewNormalStandard(4),
	}
	weights := []float64{0.25, 0.125, 0.125, 0.25, 0, 0.25}
	m := must(NewMixture(weights, forms))
	terms := newMatrix(len(forms), 30)
	for k, n := range forms {
		for i, l := range must(n.LogProbRows(nil, x, relent.Run{})) {
			terms.Row(k)[i] = l + math.Log(weights[k])
		}
	}
	for i, want := range must(relent.LogSumExpColumns(nil, terms, relent.Run{})) {
		near(t, fmt.Sprint("row ", i), m.LogProb(x.RawRowView(i)), want, 1e-13)
		near(t, fmt.Sprint("row ", i, ", float32"), float64(must(MixtureLogProbRows(nil, m, single, relent.Run{}))[i]), want, 1e-5)
	}
	if n := testing.AllocsPerRun(10, func() { m.LogProbRows(want.logProb, x, relent.Run{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNewMixtureErrors(t *testing.T) {
	two, three := NewNormalStandard(2), NewNormalStandard(3)
	flat := must(NewNormalSingular([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 1, 1, 1}), 0))
	half := []float64{0.5, 0.5}
	for i, c := range []struct {
		weights    []float64
		components []*Normal
		parts      string
	}{
		{nil, nil, "no weights"},
		{[]float64{0.5, 0.25}, []*Normal{two, two}, "add up to 0.75"},
		{half, []*Normal{two}, "1 components|2 weights"},
		{half, []*Normal{two, nil}, "component 1|nil"},
		{half, []*Normal{two, three}, "component 1|3 dimensions|component 0 2"},
		{half, []*Normal{two, flat}, "component 1|rank 1|2 and 2"},
	} {
		m, err := NewMixture(c.weights, c.components)
		for _, part := range append(strings.Split(c.parts, "|"), "mvn: ") {
			if message := fmt.Sprint(err); m != nil || !strings.Contains(message, part) {
				t.Errorf("case %d: %q has no %q", i, message, part)
			}
		}
	}
	var pivot *NotPositiveDefiniteError
	_, err := NewSphericalMixture(half, mat.NewDense(2, 1, nil), []float64{1, -2})
	if !errors.As(err, &pivot) || pivot.Value != -2 {
		t.Errorf("the error %v is no NotPositiveDefiniteError of the value", err)
	}
}

// Parameters that float32 cannot hold.
func TestMixtureOutOfSingleRange(t *testing.T) {
	r := mixtureInputs{2}
	x := r.dense(2*mixtureBlock+3, 2, 1)
	weights := []float64{0.25, 0.75}
	spherical := func(mean, variance float64) *Mixture {
		return must(NewSphericalMixture(weights, mat.NewDense(2, 2, []float64{0, 0, mean, 1}), []float64{variance, 1}))
	}
	tied := func(mean, variance float64) *Mixture {
		sigma := mat.NewDiagDense(2, []float64{variance, 1})
		return must(NewTiedMixture(weights, mat.NewDense(2, 2, []float64{0, 0, mean, 1}), sigma))
	}
	for c, m := range map[string]*Mixture{
		"small variance": spherical(0, 1e-90), "large variance": spherical(0, 1e90), "large mean": spherical(1e50, 1),
		"tied large variance": tied(0, 1e90), "tied large mean": tied(1e50, 1),
	} {
		want := must(m.ResponsibilitiesRows(nil, x, relent.Run{}))
		got := must(MixtureResponsibilitiesRows(relent.Matrix[float32]{}, nil, m, toSingle(x), relent.Run{Workers: 2}))
		for i := range got.Rows {
			for k, share := range got.Row(i) {
				if !(math.Abs(float64(share)-want.At(i, k)) <= 0x1p-14) {
					t.Errorf("%v: row %d: %v, in float64 %v", c, i, share, want.At(i, k))
				}
			}
		}
	}
}

func TestMixtureErrors(t *testing.T) {
	nan := math.NaN()
	means := mat.NewDense(2, 2, []float64{0, 1, 2, 3})
	half := []float64{0.5, 0.5}
	unit := mat.NewSymDense(2, []float64{1, 0, 0, 1})
	flat := mat.NewSymDense(2, []float64{1, 2, 2, 1})
	full := func(weights []float64, means *mat.Dense, sigma ...mat.Symmetric) error {
		_, err := NewFullMixture(weights, means, sigma)
		return err
	}
	tied := func(sigma mat.Symmetric) error { _, err := NewTiedMixture(half, means, sigma); return err }
	diagonal := func(rows, cols int, v ...float64) error {
		_, err := NewDiagonalMixture(half, means, mat.NewDense(rows, cols, v))
		return err
	}
	spherical := func(v ...float64) error { _, err := NewSphericalMixture(half, means, v); return err }
	for i, c := range []struct {
		err   error
		parts string
	}{
		{full(nil, means), "no weights"},
		{full([]float64{1}, means, unit), "means are 2×2|1 weights"},
		{full([]float64{-0.5, 1.5}, means, unit, unit), "component 0|weight|-0.5"},
		{full([]float64{0.5, nan}, means, unit, unit), "component 1|weight|NaN"},
		{full([]float64{0.5, 0.6}, means, unit, unit), "weights|1.1"},
		{full([]float64{0, 0}, means, unit, unit), "weights|add up to 0"},
		{full([]float64{math.Inf(1), 0}, means, unit, unit), "weights|+Inf"},
		{full(half, mat.NewDense(2, 2, []float64{0, 0, 0, nan}), unit, unit), "component 1|element 1 of the mean|NaN"},
		{full(half, means, unit), "1 covariances|2 weights"},
		{full(half, means, unit, mat.NewSymDense(3, nil)), "component 1|length 2|dimension 3"},
		{full(half, means, unit, flat), "component 1|not positive definite|pivot 1 is -3"},
		{full(half, means, unit, mat.NewSymDense(2, nil)), "component 1|not positive definite|pivot 0 is 0"},
		{full(half, means, unit, mat.NewSymDense(2, []float64{1, nan, nan, 1})), "component 1|element (1, 0)|NaN"},
		{tied(flat), "tied covariance|pivot 1 is -3"},
		{tied(mat.NewSymDense(1, nil)), "tied covariance|length 2|dimension 1"},
		{diagonal(2, 1, 1, 1), "variances are 2×1|2 elements"},
		{diagonal(2, 2, 1, 1, 1, 0), "component 1|variance|pivot 1 is 0"},
		{diagonal(2, 2, 1, 1, nan, 1), "component 1|variance|pivot 0 is NaN"},
		{spherical(1), "1 variances|2 weights"},
		{spherical(1, math.Inf(1)), "component 1|variance|pivot 0 is +Inf"},
	} {
		message := fmt.Sprint(c.err)
		for _, part := range append(strings.Split(c.parts, "|"), "mvn: ") {
			if !strings.Contains(message, part) {
				t.Errorf("case %d: %q has no %q", i, message, part)
			}
		}
	}
}

func TestMixtureShapes(t *testing.T) {
	r := mixtureInputs{3}
	m := r.model("full", 3, 2)
	x, wrong := r.rows(m, 7), mat.NewDense(7, 5, nil)
	short := relent.Matrix[float64]{Rows: 7, Cols: 2, Stride: 2, Data: make([]float64, 13)}
	dst, shares, best := slices.Repeat([]float64{-3}, 4), mat.NewDense(3, 7, slices.Repeat([]float64{-3}, 21)), []int{-3}
	for i, c := range []struct {
		call  func()
		parts string
	}{
		{func() { m.LogProb(dst) }, "LogProb|1×4|1×2"},
		{func() { m.LogProbRows(dst, x, relent.Run{}) }, "LogProbRows|4 elements|7 elements"},
		{func() { m.LogProbRows(nil, wrong, relent.Run{}) }, "LogProbRows|7×5|7×2"},
		{func() { MixtureLogProbRows(nil, m.Mixture, short, relent.Run{}) }, "MixtureLogProbRows|7×2|14|13"},
		{func() { m.ResponsibilitiesRows(shares, x, relent.Run{}) }, "ResponsibilitiesRows|3×7|7×3"},
		{func() { MixtureResponsibilitiesColumns(short, nil, m.Mixture, short, relent.Run{}) }, "MixtureResponsibilitiesColumns|7×2|13"},
		{func() {
			MixtureResponsibilitiesColumns(relent.Matrix[float64](shares.RawMatrix()), dst, m.Mixture, rawRows(x, m.Dim()), relent.Run{})
		}, "MixtureResponsibilitiesColumns|logProb|4 elements|7 elements"},
		{func() { m.PredictRows(best, x, relent.Run{Workers: 2}) }, "PredictRows|1 elements|7 elements"},
		{func() { m.SqMahalanobisRows(mat.NewDense(7, 1, nil), x, relent.Run{}) }, "SqMahalanobisRows|dst is 7×1|7×3"},
		{func() { m.NearestRows(best, nil, x, relent.Run{Workers: 2}) }, "NearestRows|dst has 1 elements|7 elements"},
		{func() { m.NearestRows(nil, make([]float64, 2), x, relent.Run{Workers: 2}) }, "NearestRows|squared has 2 elements|7 elements"},
	} {
		func() {
			defer func() {
				message := fmt.Sprint(recover())
				for _, part := range append(strings.Split(c.parts, "|"), "mvn: ") {
					if !strings.Contains(message, part) {
						t.Errorf("case %d: panic %q has no %q", i, message, part)
					}
				}
			}()
			c.call()
		}()
	}
	for _, v := range append(append(dst, float64(best[0])), shares.RawMatrix().Data...) {
		if v != -3 {
			t.Errorf("a dst of the wrong shape was written: %v", v)
		}
	}
}

func TestMixtureOfNothing(t *testing.T) {
	r := mixtureInputs{4}
	m := r.model("diagonal", 2, 3)
	if got := must(m.LogProbRows(nil, &mat.Dense{}, relent.Run{Workers: 4})); len(got) != 0 {
		t.Errorf("log densities of nothing: %v", got)
	}
	if got := must(m.PredictRows(nil, &mat.Dense{}, relent.Run{})); len(got) != 0 {
		t.Errorf("components of nothing: %v", got)
	}
	if got := must(m.ResponsibilitiesRows(nil, &mat.Dense{}, relent.Run{})); !got.IsEmpty() {
		t.Errorf("responsibilities of nothing: %v", got)
	}
	none := relent.Matrix[float32]{Cols: 3, Stride: 3}
	if got := must(MixtureResponsibilitiesColumns(relent.Matrix[float32]{}, nil, m.Mixture, none, relent.Run{})); got.Rows != 2 || got.Cols != 0 {
		t.Errorf("responsibilities of nothing are %d×%d", got.Rows, got.Cols)
	}
	if d, k, w := m.Dim(), m.Components(), m.Weight(1); d != 3 || k != 2 || w != m.weights[1] {
		t.Errorf("%d dimensions, %d components, weight %v", d, k, w)
	}
}

func TestMixtureDoesNotAllocate(t *testing.T) {
	eachMixture(t.Name(), []int{3, 40}, func(r *mixtureInputs, m *mixtureModel) {
		const n = mixtureBlock + 9
		x := r.rows(m, n)
		raw, single := rawRows(x, m.Dim()), toSingle(x)
		logProb, shares, best := make([]float64, n), mat.NewDense(n, m.Components(), nil), make([]int, n)
		logProb32, byRow, gradients := make([]float32, n), singleMatrix(newMatrix(n, m.Components())), singleMatrix(newMatrix(n, m.Dim()))
		place, components := mat.NewDense(n, m.Dim(), nil), make([]float64, m.Components())
		columns := relent.Matrix[float32]{Rows: m.Components(), Cols: n, Stride: n, Data: make([]float32, n*m.Components())}
		for name, call := range map[string]func(){
			"LogProb":              func() { m.LogProb(raw.Row(0)) },
			"LogProbRows":          func() { m.LogProbRows(logProb, x, relent.Run{}) },
			"ResponsibilitiesRows": func() { m.ResponsibilitiesRows(shares, x, relent.Run{}) },
			"PredictRows":          func() { m.PredictRows(best, x, relent.Run{}) },
			"MixtureLogProbRows":   func() { MixtureLogProbRows(logProb32, m.Mixture, single, relent.Run{}) },
			"Prob, Predict and Nearest": func() {
				m.Prob(raw.Row(0))
				m.Predict(raw.Row(0))
				m.Nearest(raw.Row(0))
			},
			"Responsibilities":               func() { m.Responsibilities(components, raw.Row(0)) },
			"SqMahalanobis":                  func() { m.SqMahalanobis(components, raw.Row(0)) },
			"ScoreInput":                     func() { m.ScoreInput(place.RawRowView(0), raw.Row(0)) },
			"ScoreRows":                      func() { m.ScoreRows(place, x, relent.Run{}) },
			"NearestRows":                    func() { m.NearestRows(best, logProb, x, relent.Run{}) },
			"MixtureResponsibilitiesRows":    func() { MixtureResponsibilitiesRows(byRow, logProb32, m.Mixture, single, relent.Run{}) },
			"MixturePredictRows":             func() { MixturePredictRows(best, m.Mixture, single, relent.Run{}) },
			"SqMahalanobisRows":              func() { m.SqMahalanobisRows(shares, x, relent.Run{}) },
			"MixtureSqMahalanobisRows":       func() { MixtureSqMahalanobisRows(byRow, m.Mixture, single, relent.Run{}) },
			"MixtureNearestRows":             func() { MixtureNearestRows(best, logProb32, m.Mixture, single, relent.Run{}) },
			"MixtureScoreRows":               func() { MixtureScoreRows(gradients, m.Mixture, single, relent.Run{}) },
			"MixtureResponsibilitiesColumns": func() { MixtureResponsibilitiesColumns(columns, logProb32, m.Mixture, single, relent.Run{}) },
		} {
			if n := testing.AllocsPerRun(10, call); n != 0 {
				t.Errorf("%s, %s: %v allocations", m.form, name, n)
			}
		}
	})
}
