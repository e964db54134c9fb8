package mvn

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// An exactNormal is a distribution, and the covariance of its parameters as they are, with its Cholesky factor and log det.
type exactNormal struct {
	*Normal
	sigma, lower bigMatrix
	logDet       *big.Float
}

func exactNormalOf(n *Normal, sigma bigMatrix) exactNormal {
	l := sigma.cholesky()
	return exactNormal{n, sigma, l, l.logDet()}
}

// kl is B.9.
func (l exactNormal) kl(r exactNormal) float64 {
	sum := bigSquares(r.lower.whiten(bigDifference(l.mean, r.mean)))
	for j := range l.lower {
		sum.Add(sum, bigSquares(r.lower.whiten(l.lower.column(j))))
	}
	sum.Sub(sum, number(float64(len(l.lower))))
	sum.Add(sum, r.logDet)
	sum.Sub(sum, l.logDet)
	return half(sum)
}

// half is x/2, or 0 if that is what the exact numbers have rounded.
func half(x *big.Float) float64 {
	if h := float(x) / 2; math.Abs(h) > 1e-70 {
		return h
	}
	return 0
}

// renyi is the divergence of order alpha.
func (l exactNormal) renyi(alpha float64, r exactNormal) float64 {
	beta := zero().Sub(number(1), number(alpha))
	weighted := func(x, y *big.Float) *big.Float {
		return zero().Add(zero().Mul(beta, x), zero().Mul(number(alpha), y))
	}
	m := bigOf(len(l.sigma), func(i, j int) float64 { return 0 })
	for i := range m {
		for j := range m {
			m[i][j] = weighted(l.sigma[i][j], r.sigma[i][j])
		}
	}
	lower := m.cholesky()
	sum := zero().Mul(number(alpha), bigSquares(lower.whiten(bigDifference(l.mean, r.mean))))
	ratio := zero().Sub(lower.logDet(), weighted(l.logDet, r.logDet))
	sum.Add(sum, ratio.Quo(ratio, beta))
	return half(sum)
}

// parameters are those of one form: a triangle, or variances and factor.
type parameters struct {
	matrix   *mat.SymDense
	variance []float64
	factor   *mat.Dense
}

// A maker makes the parameters of a form for a covariance, and the distribution of parameters. diagonal tells whether it is for
// diagonal covariances, or only for those that are the same in all variables.
type maker struct {
	fit  func(sigma *mat.SymDense) parameters
	make func(mu []float64, p parameters) exactNormal
	only string
}

func ofMatrix(sigma *mat.SymDense) parameters { return parameters{matrix: sigma} }

func bigSquare(l bigMatrix) bigMatrix { return l.times(l.transposed()) }

func lowerOf(s *mat.SymDense) bigMatrix {
	return bigOf(s.SymmetricDim(), func(i, j int) float64 {
		if j > i {
			return 0
		}
		return s.At(i, j)
	})
}

// lowRankParameters are D = λ/2, λ the smallest eigenvalue, and the W that makes up for it.
func lowRankParameters(sigma *mat.SymDense) parameters {
	d := sigma.SymmetricDim()
	var e mat.EigenSym
	if !e.Factorize(sigma, true) {
		panic("no eigenvalues")
	}
	half := e.Values(nil)[0] / 2
	var w mat.Dense
	e.VectorsTo(&w)
	for k, v := range e.Values(nil) {
		for i := range d {
			w.Set(i, k, w.At(i, k)*math.Sqrt(v-half))
		}
	}
	return parameters{variance: constant(d, half), factor: &w}
}

// spare is a variable that a conditional form is made to observe: the form then has a factor only.
func withSpare(s *mat.SymDense) *mat.SymDense {
	d := s.SymmetricDim()
	t := mat.NewSymDense(d+1, nil)
	t.SetSym(d, d, 1)
	for i := range d {
		for j := range d {
			t.SetSym(i, j, s.At(i, j))
		}
	}
	return t
}

var makers = map[string]maker{
	"NewNormal": {fit: ofMatrix, make: func(mu []float64, p parameters) exactNormal {
		return exactNormalOf(must(NewNormal(mu, p.matrix)), bigOf(len(mu), p.matrix.At))
	}},
	"NewNormalSingular": {fit: ofMatrix, make: func(mu []float64, p parameters) exactNormal {
		return exactNormalOf(must(NewNormalSingular(mu, p.matrix, 0)), bigOf(len(mu), p.matrix.At))
	}},
	"NewNormalPrecision": {
		fit: func(sigma *mat.SymDense) parameters { return parameters{matrix: inverse(sigma)} },
		make: func(mu []float64, p parameters) exactNormal {
			return exactNormalOf(must(NewNormalPrecision(mu, p.matrix)), bigOf(len(mu), p.matrix.At).inverse())
		},
	},
	"NewNormalChol": {
		fit: func(sigma *mat.SymDense) parameters { // the symmetric matrix of which L is the lower triangle
			u, d := cholesky(sigma).RawU(), sigma.SymmetricDim()
			l := mat.NewSymDense(d, nil)
			for i := range d {
				for j := range i + 1 {
					l.SetSym(i, j, u.At(j, i))
				}
			}
			return parameters{matrix: l}
		},
		make: func(mu []float64, p parameters) exactNormal {
			d := len(mu)
			u := mat.NewTriDense(d, mat.Upper, nil)
			for i := range d {
				for j := range i + 1 {
					u.SetTri(j, i, p.matrix.At(i, j))
				}
			}
			var c mat.Cholesky
			c.SetFromU(u)
			return exactNormalOf(must(NewNormalChol(mu, &c)), bigSquare(lowerOf(p.matrix)))
		},
	},
	"NewNormalPrecision, conditional": {
		fit: func(sigma *mat.SymDense) parameters { return parameters{matrix: inverse(sigma)} },
		make: func(mu []float64, p parameters) exactNormal {
			d := len(mu)
			n := must(NewNormalPrecision(append(slices.Clone(mu), 0), withSpare(p.matrix)))
			n = must(n.ConditionNormal([]int{d}, []float64{0}))
			m := n.form.(*precisionForm).m // what is given is MᵀM
			l := bigOf(d, func(i, j int) float64 { return m.Row(j)[i] })
			return exactNormalOf(n, bigSquare(l).inverse())
		},
	},
	"NewNormalLowRank": {fit: lowRankParameters, make: func(mu []float64, p parameters) exactNormal {
		return exactNormalOf(must(NewNormalLowRank(mu, p.factor, p.variance)), bigLowRank(p.factor, p.variance))
	}},
	"NewNormalDiagonal": {
		fit: func(sigma *mat.SymDense) parameters { return parameters{variance: diagonal(sigma)} },
		make: func(mu []float64, p parameters) exactNormal {
			return exactNormalOf(must(NewNormalDiagonal(mu, p.variance)), bigDiagonal(p.variance))
		},
		only: "diagonal",
	},
	"NewNormalIsotropic": {
		fit: func(sigma *mat.SymDense) parameters { return parameters{variance: []float64{sigma.At(0, 0)}} },
		make: func(mu []float64, p parameters) exactNormal {
			return exactNormalOf(must(NewNormalIsotropic(mu, p.variance[0])), bigDiagonal(constant(len(mu), p.variance[0])))
		},
		only: "isotropic",
	},
	"NewNormalStandard": {
		fit: func(sigma *mat.SymDense) parameters { return parameters{} },
		make: func(mu []float64, p parameters) exactNormal {
			n := NewNormalStandard(len(mu))
			n.SetMean(mu)
			return exactNormalOf(n, bigDiagonal(constant(len(mu), 1)))
		},
		only: "isotropic",
	},
}

func bigDiagonal(v []float64) bigMatrix {
	return bigOf(len(v), func(i, j int) float64 {
		if i != j {
			return 0
		}
		return v[i]
	})
}

func (a bigMatrix) transposed() bigMatrix {
	t := make(bigMatrix, len(a))
	for i := range t {
		t[i] = a.column(i)
	}
	return t
}

func (a bigMatrix) times(b bigMatrix) bigMatrix {
	c := bigOf(len(a), func(i, j int) float64 { return 0 })
	for i := range c {
		for j := range c {
			for k := range b {
				c[i][j].Add(c[i][j], zero().Mul(a[i][k], b[k][j]))
			}
		}
	}
	return c
}

// inverse is that of a positive definite matrix.
func (a bigMatrix) inverse() bigMatrix {
	l := a.cholesky()
	rows := make(bigMatrix, len(a)) // of L⁻ᵀ
	for i := range rows {
		e := make([]*big.Float, len(a))
		for j := range e {
			e[j] = zero()
		}
		e[i] = number(1)
		rows[i] = l.whiten(e)
	}
	return bigSquare(rows)
}

// nudge changes one of the numbers by one unit in the last place.
func (p parameters) nudge(r *rng) parameters {
	up := func(x float64) float64 { return math.Nextafter(x, math.Inf(1-2*int(r.next()%2))) }
	switch {
	case p.matrix != nil:
		s := mat.NewSymDense(p.matrix.SymmetricDim(), nil)
		s.CopySym(p.matrix)
		i, j := int(r.next()%uint64(s.SymmetricDim())), int(r.next()%uint64(s.SymmetricDim()))
		s.SetSym(i, j, up(s.At(i, j)))
		p.matrix = s
	case p.factor != nil && r.next()%2 == 0:
		w := mat.DenseCopyOf(p.factor)
		rows, cols := w.Dims()
		i, j := int(r.next()%uint64(rows)), int(r.next()%uint64(cols))
		w.Set(i, j, up(w.At(i, j)))
		p.factor = w
	case p.variance != nil:
		p.variance = slices.Clone(p.variance)
		i := int(r.next() % uint64(len(p.variance)))
		p.variance[i] = up(p.variance[i])
	}
	return p
}

// A nearPair is two distributions that are near each other, with their parameters in exact numbers.
type nearPair struct {
	name string
	l, r exactNormal
	cond float64 // of the covariance of r
}

// eachNearPair makes pairs of every two forms, of covariances that differ by the given relative size; one unit in the last place for
// 0: of one parameter in two of the same form, of what the forms have rounded in others.
func eachNearPair(dims []int, conds, distances []float64, check func(p nearPair)) {
	for _, d := range dims {
		for _, cond := range conds {
			for _, by := range distances {
				for _, base := range []string{"", "diagonal", "isotropic"} {
					if d == 1 && cond > conds[0] || base == "isotropic" && cond > conds[0] {
						continue
					}
					nearPairsOf(seed(fmt.Sprint(d, cond, by, base)), d, cond, by, base, check)
				}
			}
		}
	}
}

func nearPairsOf(r *rng, d int, cond, by float64, base string, check func(p nearPair)) {
	sigma := r.covariance(d, cond)
	switch base {
	case "diagonal":
		for i := range d {
			for j := range i {
				sigma.SetSym(i, j, 0)
			}
			sigma.SetSym(i, i, math.Pow(cond, -float64(i)/float64(max(1, d-1)))*(1+r.around()/4))
		}
	case "isotropic":
		cond = 1
		sigma = mat.NewSymDense(d, nil)
		for i := range d {
			sigma.SetSym(i, i, 1)
		}
	}
	moved := sigma
	if by > 0 {
		moved = r.near(sigma, by/float64(d)/4)
		if base == "" {
			moved = r.near(sigma, by/cond/float64(d)/4)
		}
	}
	mu := make([]float64, d)
	if r.next()%2 == 0 {
		for i := range mu {
			mu[i] = max(by, 0x1p-52) * r.around() * math.Sqrt(sigma.At(i, i)/cond)
		}
	}
	rights := map[string]exactNormal{}
	for name, m := range makers {
		if suits(m, base) {
			rights[name] = m.make(make([]float64, d), m.fit(sigma))
		}
	}
	for _, nameL := range sortedKeys(rights) {
		p := makers[nameL].fit(moved)
		if by == 0 {
			p = p.nudge(r)
		}
		l := makers[nameL].make(mu, p)
		for _, nameR := range sortedKeys(rights) {
			name := fmt.Sprintf("%s, %s, d = %d, condition %g, apart by %g, %s", nameL, nameR, d, cond, by, base)
			check(nearPair{name, l, rights[nameR], cond})
		}
	}
}

func suits(m maker, base string) bool {
	return m.only == "" || m.only == base || m.only == "diagonal" && base == "isotropic"
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// nearErrors are the largest of errors, by the names of forms.
type nearErrors map[string]float64

// check fails if the error of got is more than 1e-12 times the condition number.
func (worst nearErrors) check(t *testing.T, p nearPair, got, want float64) {
	t.Helper()
	e := relativeError(got, want) / p.cond
	forms, _, _ := strings.Cut(p.name, ", d =")
	worst[forms] = max(worst[forms], e)
	if !(e <= 1e-12) {
		t.Errorf("%s: %g, want %g: the relative error is %.3g times the condition number", p.name, got, want, e)
	}
}

func (worst nearErrors) log(t *testing.T) {
	for _, forms := range sortedKeys(worst) {
		t.Logf("%s: %.3g", forms, worst[forms])
	}
}

// The relative error of the divergence is at most 1e-12 times the condition number, whatever the forms are and however near.
func TestKullbackLeiblerOfEveryPairOfForms(t *testing.T) {
	dims, conds := []int{1, 2, 3, 6}, []float64{10, 1e4, 1e8}
	if !deep() {
		dims, conds = []int{1, 3}, []float64{10, 1e8}
	}
	worst := nearErrors{}
	eachNearPair(dims, conds, []float64{0, 1e-12, 1e-8, 1e-6, 1e-3, 1e-2, 5e-2, 1}, func(p nearPair) {
		worst.check(t, p, KullbackLeibler(p.l.Normal, p.r.Normal), p.l.kl(p.r))
	})
	worst.log(t)
}

func TestRenyiOfEveryPairOfForms(t *testing.T) {
	dims, conds := []int{1, 3}, []float64{10, 1e8}
	if !deep() {
		dims = []int{2}
	}
	worst := nearErrors{}
	eachNearPair(dims, conds, []float64{0, 1e-10, 1e-5, 1e-2, 1}, func(p nearPair) {
		for _, alpha := range []float64{1e-12, 0.25, 1 - 1e-9, 1.5} {
			worst.check(t, p, Renyi(alpha, p.l.Normal, p.r.Normal), p.l.renyi(alpha, p.r))
		}
		b := p.l.renyi(0.5, p.r) / 2
		worst.check(t, p, Bhattacharyya(p.l.Normal, p.r.Normal), b)
		worst.check(t, p, Hellinger(p.l.Normal, p.r.Normal), math.Sqrt(-math.Expm1(-b)))
	})
	worst.log(t)
}

// Variances may be apart by any factor, and orders next to 0 and 1.
func TestRenyiApart(t *testing.T) {
	one := func(v float64) *mat.SymDense { return mat.NewSymDense(1, []float64{v}) }
	for _, alpha := range []float64{1e-50, 1e-12, 0.1, 0.5, 0.9, 1 - 1e-12, 1 + 1e-12} {
		for _, ratio := range []float64{1e-300, 0x1p-200, 0x1p-60, 0x1p-30, 0.2, 0.6, 1.9, 2.1, 0x1p30, 0x1p200, 1e300} {
			beta := zero().Sub(number(1), number(alpha))
			mixed := zero().Add(zero().Mul(beta, number(ratio)), number(alpha))
			if mixed.Sign() <= 0 {
				continue
			}
			terms := zero().Sub(bigLog(mixed), zero().Mul(beta, bigLog(number(ratio))))
			want := float(terms.Quo(terms, beta)) / 2
			zeros := []float64{0}
			for form, pair := range map[string][2]*Normal{
				"diagonal":   {must(NewNormalDiagonal(zeros, []float64{ratio})), must(NewNormalDiagonal(zeros, []float64{1}))},
				"covariance": {must(NewNormal(zeros, one(ratio))), must(NewNormal(zeros, one(1)))},
				"mixed":      {must(NewNormal(zeros, one(ratio))), must(NewNormalPrecision(zeros, one(1)))},
				"opposite":   {must(NewNormalPrecision(zeros, one(1/ratio))), must(NewNormal(zeros, one(1)))},
			} {
				if got := Renyi(alpha, pair[0], pair[1]); !(relativeError(got, want) <= 1e-13) {
					t.Errorf("%s: order %g, variance %g: %g, want %g", form, alpha, ratio, got, want)
				}
				if a, b := Bhattacharyya(pair[0], pair[1]), Bhattacharyya(pair[1], pair[0]); form == "diagonal" && a != b {
					t.Errorf("Bhattacharyya is %g, turned round %g", a, b)
				}
			}
		}
	}
}

// Of two that have nothing in common, the larger condition number counts.
func TestDivergencesApart(t *testing.T) {
	worst := nearErrors{}
	for _, d := range []int{1, 4} {
		for _, conds := range [][2]float64{{10, 10}, {10, 1e8}, {1e8, 10}, {1e6, 1e6}} {
			r := seed(fmt.Sprint(t.Name(), d, conds))
			sigma, other := r.covariance(d, conds[0]), r.covariance(d, conds[1])
			mu := r.vector(d)
			for _, nameL := range sortedKeys(makers) {
				for _, nameR := range sortedKeys(makers) {
					left, right := makers[nameL], makers[nameR]
					l, r := left.make(mu, left.fit(sigma)), right.make(make([]float64, d), right.fit(other))
					p := nearPair{fmt.Sprintf("%s, %s, d = %d, conditions %g", nameL, nameR, d, conds), l, r, max(conds[0], conds[1])}
					worst.check(t, p, KullbackLeibler(l.Normal, r.Normal), l.kl(r))
					worst.check(t, p, Bhattacharyya(l.Normal, r.Normal), l.renyi(0.5, r)/2)
					worst.check(t, p, SqWasserstein(l.Normal, r.Normal), l.sqWasserstein(r))
				}
			}
		}
	}
	worst.log(t)
}

// The small cases of old: what rounded to 0, and what kept few digits.
func TestKullbackLeiblerNearTheStandard(t *testing.T) {
	for _, w := range []float64{1e-10, 1e-8, 1e-6, 1e-3} {
		n := must(NewNormalLowRank([]float64{0}, mat.NewDense(1, 1, []float64{w}), []float64{1}))
		lambda := zero().Mul(number(w), number(w))
		want := zero().Sub(lambda, bigLog(zero().Add(number(1), lambda)))
		near(t, fmt.Sprint("NewNormalLowRank, W = ", w), KullbackLeibler(n, NewNormalStandard(1)), float(want)/2, 1e-14)
	}
	for _, e := range []float64{0x1p-52, -0x1p-53, 1e-12, 1e-6, 1e-3} {
		n := must(NewNormal([]float64{0}, mat.NewSymDense(1, []float64{1 + e})))
		lambda := zero().Sub(number(1+e), number(1))
		want := zero().Sub(lambda, bigLog(number(1+e)))
		near(t, fmt.Sprint("NewNormal, 1 + ", e), KullbackLeibler(n, NewNormalStandard(1)), float(want)/2, 1e-14)
	}
}

// sqWasserstein is ‖μₗ-μᵣ‖² + tr Σₗ + tr Σᵣ - 2 Σ s, s the singular values of LᵀR.
func (l exactNormal) sqWasserstein(r exactNormal) float64 {
	sum := bigSquares(bigDifference(l.mean, r.mean))
	for i := range l.sigma {
		sum.Add(sum, l.sigma[i][i])
		sum.Add(sum, r.sigma[i][i])
	}
	x := l.lower.transposed().times(r.lower)
	for range 9 {
		for q := range x {
			for p := range q {
				bigOrthogonalize(x[p], x[q])
			}
		}
	}
	for _, row := range x {
		s := zero().Sqrt(bigSquares(row))
		sum.Sub(sum, s.Mul(s, number(2)))
	}
	return 2 * half(sum)
}

// bigOrthogonalize rotates two rows.
func bigOrthogonalize(a, b []*big.Float) {
	c := zero()
	for i := range a {
		c.Add(c, zero().Mul(a[i], b[i]))
	}
	if c.Sign() == 0 {
		return
	}
	z := zero().Sub(bigSquares(b), bigSquares(a))
	z.Quo(z, zero().Mul(number(2), c))
	hypot := func(x *big.Float) *big.Float {
		y := zero().Mul(x, x)
		return y.Sqrt(y.Add(y, number(1)))
	}
	t := zero().Quo(number(1), zero().Add(zero().Abs(z), hypot(z)))
	if z.Sign() < 0 {
		t.Neg(t)
	}
	cosine := zero().Quo(number(1), hypot(t))
	sine := zero().Mul(cosine, t)
	for i, v := range a {
		w := b[i]
		a[i] = zero().Sub(zero().Mul(cosine, v), zero().Mul(sine, w))
		b[i] = zero().Add(zero().Mul(sine, v), zero().Mul(cosine, w))
	}
}

func TestWassersteinOfEveryPairOfForms(t *testing.T) {
	dims, conds := []int{1, 2, 4}, []float64{10, 1e4, 1e8}
	if !deep() {
		dims, conds = []int{3}, []float64{10, 1e8}
	}
	worst := nearErrors{}
	eachNearPair(dims, conds, []float64{0, 1e-12, 1e-8, 1e-4, 1e-2, 0.3, 1}, func(p nearPair) {
		want := p.l.sqWasserstein(p.r)
		worst.check(t, p, SqWasserstein(p.l.Normal, p.r.Normal), want)
		worst.check(t, p, Wasserstein(p.l.Normal, p.r.Normal), math.Sqrt(want))
	})
	worst.log(t)
}

// Of any size: divergences do not depend on the unit, and the squared distance is in its square.
func TestDivergencesOfExtremes(t *testing.T) {
	for _, exponent := range []int{-560, -470, -300, 300, 500} { // of deviations
		unit := math.Ldexp(1, exponent)
		lower := func(scale, a, b, c float64) *Normal {
			var chol mat.Cholesky
			chol.SetFromU(mat.NewTriDense(2, mat.Upper, []float64{scale * a, scale * b, 0, scale * c}))
			return must(NewNormalChol([]float64{0, 0}, &chol))
		}
		for _, by := range []float64{0x1p-40, 0x1p-20, 0.5} {
			pair := func(scale float64) (l, r *Normal) { return lower(scale, 1+by, 0.5, 1), lower(scale, 1, 0.5, 1+by) }
			l, r := pair(unit)
			wantL, wantR := pair(1)
			for what, f := range divergences {
				if strings.Contains(what, "Wasserstein") {
					continue
				}
				if exponent > -512 || what == "KullbackLeibler" { // else covariances underflow
					near(t, fmt.Sprintf("%s, unit 2**%d, by %g", what, exponent, by), f(l, r), f(wantL, wantR), 1e-11)
				}
			}
			if exponent > -512 {
				near(t, fmt.Sprintf("Wasserstein, unit 2**%d, by %g", exponent, by),
					Wasserstein(l, r)/unit, Wasserstein(wantL, wantR), 1e-11)
			}
		}
	}
}
