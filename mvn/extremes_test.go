package mvn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// everyForm has distributions of each form, also those that others are made into, and of scales that float32 cannot hold.
func everyForm(r *rng, d int) map[string]*Normal {
	all := anyForm(r, d)
	for name, n := range inOrder(anyForm(r, d+2)) {
		all[name+", marginal"] = must(n.MarginalNormal(r.order(d + 2)[:d]))
		vars := r.order(d + 2)[d:]
		all[name+", conditional"] = must(n.ConditionNormal(vars, selected(n.mean, vars)))
	}
	small := r.covariance(d, 30)
	small.ScaleSym(1e-90, small)
	all["NewNormal, small"] = must(NewNormal(make([]float64, d), small))
	all["NewNormalPrecision, large"] = must(NewNormalPrecision(make([]float64, d), small))
	all["NewNormalDiagonal, unequal"] = must(NewNormalDiagonal(r.vector(d), append(constant(d-1, 1), 1e100)))
	return all
}

// order is a permutation.
func (r *rng) order(n int) []int {
	order := make([]int, n)
	for i := range order {
		j := int(r.next() % uint64(i+1))
		order[i] = order[j]
		order[j] = i
	}
	return order
}

// A row with a NaN gives NaN. One with an infinity and no NaN has the distance +Inf and the log density -Inf, and no gradient,
// in every form, among any rows.
func TestRowsThatAreNotFinite(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	r := seed(t.Name())
	for _, d := range []int{1, 2, 3, 9} {
		for name, n := range inOrder(everyForm(r, d)) {
			if isSingular(n) && d == 1 {
				continue
			}
			x := r.dense(40, d)
			distances := make([]float64, 40) // of those that are not finite
			for i := 0; i < 40; i += 1 + int(r.next()%3) {
				row := x.RawRowView(i)
				distances[i] = inf
				switch at := int(r.next() % uint64(d)); r.next() % 5 {
				case 0:
					row[at] = inf
				case 1:
					row[at] = -inf
				case 2:
					copy(row, constant(d, inf))
				case 3:
					copy(row, constant(d, -inf))
					row[at], distances[i] = nan, nan
				default:
					row[at], distances[i] = nan, nan
				}
			}
			for _, workers := range []int{1, 3} {
				requireUnbounded(t, fmt.Sprintf("%s, d = %d", name, d), n, relent.Matrix[float64](x.RawMatrix()), distances, workers)
				requireUnbounded(t, fmt.Sprintf("%s, d = %d, float32", name, d), n, singleMatrix(relent.Matrix[float64](x.RawMatrix())), distances, workers)
			}
			for i, want := range distances {
				if row := x.RawRowView(i); want != 0 && (!same(n.Mahalanobis(row), want) || !same(n.LogProb(row), -want) || !same(n.Prob(row), exp(-want))) {
					t.Errorf("%s: %v alone is %v away, with densities %v and %v", name, row, n.Mahalanobis(row), n.LogProb(row), n.Prob(row))
				}
			}
		}
	}
}

// same tells whether numbers are equal, or both NaN.
func same[F float32 | float64](a, b F) bool { return a == b || a != a && b != b }

func requireUnbounded[F float32 | float64](t *testing.T, what string, n *Normal, x relent.Matrix[F], distances []float64, workers int) {
	t.Helper()
	squares, roots, densities := must(SqMahalanobisRows(nil, n, x, relent.Run{Workers: workers})), must(MahalanobisRows(nil, n, x, relent.Run{Workers: workers})), must(LogProbRows(nil, n, x, relent.Run{Workers: workers}))
	scores := must(ScoreRows(relent.Matrix[F]{}, n, x, relent.Run{Workers: workers}))
	for i, want := range distances {
		square, root, density := float64(squares[i]), float64(roots[i]), float64(densities[i])
		if want == 0 { // finite
			if square != square || root != root || density != density {
				t.Errorf("%s: %v beside rows that are not finite is %v and %v away, with the density %v", what, x.Row(i), square, root, density)
			}
			continue
		}
		if !same(square, want) || !same(root, want) || !same(density, -want) {
			t.Errorf("%s: %v is %v and %v away, with the density %v", what, x.Row(i), square, root, density)
		}
		for _, v := range scores.Row(i) {
			if v == v {
				t.Errorf("%s: the gradient at %v is %v", what, x.Row(i), scores.Row(i))
				break
			}
		}
	}
}

// A distance fits where its square is too large or too small, and a log density where the squared distance is too large, in
// every form and precision.
func TestDistancesThatFit(t *testing.T) {
	r := seed(t.Name())
	for _, d := range []int{1, 2, 3, 9} {
		for name, n := range inOrder(everyForm(r, d)) {
			if name == "NewNormalDiagonal, unequal" || isSingular(n) && d == 1 {
				continue
			}
			n.SetMean(make([]float64, d))
			out := n.TransformNormal(nil, r.vector(d))
			unit := n.Mahalanobis(out)
			at := func(distance float64) []float64 {
				x := slices.Clone(out)
				for i := range x {
					x[i] *= distance / unit
				}
				return x
			}
			for _, distance := range []float64{1e-210, 1e-170, 1e-155, 1, 1e153, 1e155, 1e200, 1e250} {
				near(t, fmt.Sprintf("%s, d = %d: distance", name, d), n.Mahalanobis(at(distance)), distance, 1e-11)
			}
			for _, distance := range []float64{1e-30, 1e-22, 1e-19, 1, 1e19, 1e20, 1e30} {
				x := singleMatrix(asRow(at(distance)))
				want := n.Mahalanobis([]float64(widened(x.Data)))
				if largest(x.Data) < math.MaxFloat32 && largest(x.Data) > 0x1p-120 {
					near(t, fmt.Sprintf("%s, d = %d: float32 distance", name, d), float64(must(MahalanobisRows(nil, n, x, relent.Run{}))[0]), want, 1e-4)
				}
			}
			x := at(0x1p512 * math.Sqrt(1.5)) // half of its square fits
			near(t, fmt.Sprintf("%s, d = %d: log density", name, d), n.LogProb(x), -1.5*0x1p1023, 1e-11)
			if got := n.SqMahalanobis(x); !math.IsInf(got, 1) {
				t.Errorf("%s, d = %d: the squared distance of %v is %v", name, d, x, got)
			}
		}
	}
}

func widened(x []float32) []float64 {
	y := make([]float64, len(x))
	widen(y, x)
	return y
}

func largest(x []float32) (most float64) {
	for _, v := range x {
		most = max(most, math.Abs(float64(v)))
	}
	return most
}

// The difference from the mean does not fit.
func TestDifferencesThatDoNotFit(t *testing.T) {
	const far, variance = 0.9e308, 1e308
	for _, d := range []int{1, 3, 9} {
		mean, x := constant(d, -0x1p-60), constant(d, 0x1p-60)
		mean[d-1], x[d-1] = -far, far
		sigma := mat.NewSymDense(d, nil)
		precision := mat.NewSymDense(d, nil)
		for i := range d {
			sigma.SetSym(i, i, variance)
			precision.SetSym(i, i, 1/variance)
		}
		want := -float64(d)*0.5*(logTwoPi+log(variance)) - 2*(far/variance)*far
		z := 2 * (far / math.Sqrt(variance))
		for name, n := range map[string]*Normal{
			"NewNormal": must(NewNormal(mean, sigma)), "NewNormalChol": must(NewNormalChol(mean, cholesky(sigma))), "NewNormalPrecision": must(NewNormalPrecision(mean, precision)),
			"NewNormalIsotropic": must(NewNormalIsotropic(mean, variance)), "NewNormalLowRank": must(NewNormalLowRank(mean, mat.NewDense(d, 1, nil), constant(d, variance))),
			"NewNormalSingular": must(NewNormalSingular(mean, sigma, 0)),
		} {
			near(t, fmt.Sprint(name, d, ": log density"), n.LogProb(x), want, 1e-13)
			near(t, fmt.Sprint(name, d, ": distance"), n.Mahalanobis(x), z, 1e-13)
			near(t, fmt.Sprint(name, d, ": gradient"), n.ScoreInput(nil, x)[d-1], -2*(far/variance), 1e-13)
		}
	}
	near(t, "UnivariateLogProb", UnivariateLogProb(1e308, -1e308, 1.7e308), -1.1764705882352942e308, 1e-15)
}
