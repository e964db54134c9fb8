package mvn

import (
	"errors"
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// StudentTOptions say how [FitStudentT] fits. The zero value estimates the degrees of freedom.
type StudentTOptions struct {
	Nu         float64   // the degrees of freedom, if they are known
	Weights    []float64 // how often rows occur; nil ones are all 1
	Iterations int       // their largest number, 200 if it is 0
	// A fit has converged when the mean log likelihood of a row grows by less than Tolerance, 1e-9 if it is 0; a negative one waits until it
	// does not grow at all.
	Tolerance float64
}

// A StudentTReport says how a fit went.
type StudentTReport struct {
	LogLikelihoods []float64 // the means of a row: of the start and after every iteration; they never fall
	Converged      bool
}

// The least and the largest number of degrees of freedom that is estimated: fewer are of rows that coincide, and with more the distribution is
// not told from a normal one.
const leastNu, mostNu = 0x1p-6, 0x1p20

// FitStudentT returns the Student t distribution of the largest likelihood for the rows of x, by expectation maximisation from the mean
// and the covariance of [Fit], but divided by the sum of the weights: a row has the weight (ν+d)/(ν+δ), δ its squared distance, so that far
// ones hardly count. ν, if it is not known, is from 1/64 to 2²⁰, the likeliest after each step. The result has the same bits on every CPU
// and for any number of workers.
//
// An iteration takes what two scorings of the rows take, and about N·d² operations. Errors are those of [Fit], but that weights may have any
// sum; those of the options; a scale that becomes singular, as where a share of (ν+d-1)/(ν+d) of the rows lies in a plane, or one of ν/(ν+d)
// in a point; and that of the run's context.
//
// Liu and Rubin, ML estimation of the t distribution using EM and its extensions, ECM and ECME, Statistica Sinica 5 (1995), 19–39; with the
// scale divided by the sum of the weights, as Kent, Tyler and Vardi, A curious likelihood identity for the multivariate t-distribution,
// Communications in Statistics: Simulation and Computation 23 (1994), 441–453.
func FitStudentT(x *mat.Dense, o StudentTOptions, run relent.Run) (*StudentT, *StudentTReport, error) {
	return FitStudentTRows(rowsOf(x), o, run)
}

// FitStudentTRows is [FitStudentT] of raw elements; those of float32 are computed with in float64.
func FitStudentTRows[F float32 | float64](x relent.Matrix[F], o StudentTOptions, run relent.Run) (*StudentT, *StudentTReport, error) {
	if !(o.Nu >= 0) || !finite(o.Nu) {
		return nil, nil, fmt.Errorf("mvn: there are %g degrees of freedom", o.Nu)
	}
	c, err := newClimb(o.Iterations, 200, o.Tolerance)
	if err != nil {
		return nil, nil, err
	}
	silent := relent.Run{Workers: run.Workers, Context: run.Context}
	m, err := momentsOf("FitStudentTRows", x, o.Weights, silent)
	if err != nil {
		return nil, nil, err
	}
	start, err := m.Normal(Estimate{MaximumLikelihood: true})
	if err != nil {
		return nil, nil, err
	}
	f := &studentFit{rows: newWeighted(x, o.Weights, silent), nu: o.Nu, total: m.Weight()}
	at, err := f.at(start, 8)
	if err != nil {
		return nil, nil, err
	}
	report := &StudentTReport{}
	if at, report.LogLikelihoods, report.Converged, err = climbFrom(c, run, at, f.step); err != nil {
		return nil, nil, err
	}
	if err := f.check(at); err != nil {
		return nil, nil, err
	}
	s, err := at.normal.StudentT(at.nu)
	return s, report, err
}

// check returns an error for a scale that is singular up to the rounding of the rows within, as where too many coincide, and the likelihood
// has no maximum.
func (f *studentFit) check(at *studentState) error {
	d := at.normal.Dim()
	sizes := make([]float64, d)
	for i, distance := range at.distances {
		if distance <= float64(d) && f.rows.weight(i) > 0 {
			for j, v := range f.rows.x.Row(i) {
				sizes[j] = max(sizes[j], math.Abs(v))
			}
		}
	}
	if _, err := fitted(at.normal.mean, at.normal.form.(*covarianceForm).lower(), sizes, "a larger Nu"); err != nil {
		return &partError{"the scale becomes singular", err}
	}
	return nil
}

// A studentFit is that of some rows.
type studentFit struct {
	rows  *weightedRows
	nu    float64 // if it is known
	total float64 // weight of the rows
}

// A studentState is what an iteration begins with.
type studentState struct {
	normal        *Normal // of location and scale
	nu            float64
	distances     []float64 // squared
	logLikelihood float64
}

func (s *studentState) meanLogLikelihood() float64 { return s.logLikelihood }

// at is the state of a location and a scale, with ν as it is known or the likeliest, near which is a guess.
func (f *studentFit) at(n *Normal, near float64) (*studentState, error) {
	s := &studentState{normal: n, nu: f.nu, distances: make([]float64, f.rows.x.Rows)}
	if _, err := SqMahalanobisRows(s.distances, n, f.rows.x, f.rows.run); err != nil {
		return nil, err
	}
	if s.nu == 0 {
		s.nu = f.likeliest(s.distances, n, near)
	}
	s.logLikelihood = f.logLikelihood(s.distances, n, s.nu)
	if !finite(s.logLikelihood) {
		return nil, fmt.Errorf("mvn: the scale becomes singular: the mean log likelihood of the rows is %g", s.logLikelihood)
	}
	return s, nil
}

// step maximises the likelihood of location and scale given the weights of the rows, and then that of ν.
func (f *studentFit) step(at *studentState) (*studentState, error) {
	weights := make([]float64, len(at.distances))
	d := float64(at.normal.Dim())
	for i, distance := range at.distances {
		weights[i] = (at.nu + d) / (at.nu + distance)
	}
	mean, sigma, err := f.rows.scatter(weights, at.normal.mean)
	if err != nil {
		return nil, err
	}
	n, err := normalOf(mean, sigma)
	if err != nil {
		return nil, &partError{"the scale becomes singular", err}
	}
	return f.at(n, at.nu)
}

// normalOf is the distribution of a mean and the lower triangle of a covariance.
func normalOf(mean []float64, sigma relent.Matrix[float64]) (*Normal, error) {
	if err := checkMean(mean, "covariance", sigma.Rows); err != nil {
		return nil, err
	}
	if err := finiteTriangle(sigma); err != nil {
		return nil, err
	}
	return newCovariance(mean, sigma)
}

// logLikelihood is the mean of a row.
func (f *studentFit) logLikelihood(distances []float64, n *Normal, nu float64) float64 {
	const block = 64
	var u, w [block]float64
	sum, lost := [1]float64{}, [1]float64{}
	for from := 0; from < len(distances); from += block {
		some := distances[from:min(from+block, len(distances))]
		for i, distance := range some {
			u[i] = distance / nu
			w[i] = 1 + u[i]
		}
		relent.Log(w[:len(some)], w[:len(some)])
		part := 0.0
		for i := range some {
			if v := 1 + u[i]; v < 0x1p54 {
				w[i] += (u[i] - (v - 1)) / v
			}
			part += float64(f.rows.weight(from+i) * w[i])
		}
		addCompensated(sum[:], lost[:], []float64{part})
	}
	d := float64(n.Dim())
	return logGammaRatio(float64(nu/2), float64(d/2)) + n.norm - float64(float64(0.5*(nu+d))*((sum[0]+lost[0])/f.total))
}

// likeliest is the ν of the largest likelihood, by golden sections of its logarithm around a guess, as far as the likelihood grows.
func (f *studentFit) likeliest(distances []float64, n *Normal, near float64) float64 {
	value := func(logNu float64) float64 { return f.logLikelihood(distances, n, exp(logNu)) }
	const golden, width = 0x1.3c6ef372fe95p-1, 0.7
	least, most := log(leastNu), log(mostNu)
	middle := log(near)
	best := value(middle)
	low, high := max(least, middle-width), min(most, middle+width)
	for step := width; low > least; low = max(least, low-step) {
		v := value(low)
		if v <= best {
			break
		}
		high, middle, best = middle, low, v
		step = float64(2 * step)
	}
	for step := width; high < most; high = min(most, high+step) {
		v := value(high)
		if v <= best {
			break
		}
		low, middle, best = middle, high, v
		step = float64(2 * step)
	}
	a, b := high-float64(golden*(high-low)), low+float64(golden*(high-low))
	for valueA, valueB := value(a), value(b); high-low > 1e-7; {
		if valueA >= valueB {
			high, b, valueB = b, a, valueA
			a = high - float64(golden*(high-low))
			valueA = value(a)
		} else {
			low, a, valueA = a, b, valueB
			b = low + float64(golden*(high-low))
			valueB = value(b)
		}
	}
	if middle = float64((low + high) / 2); value(middle) >= best {
		return exp(middle)
	}
	return near
}

// weightedRows are those of data, and how often each occurs.
type weightedRows struct {
	x       relent.Matrix[float64]
	weights []float64 // or nil, if they are all 1
	run     relent.Run
}

func newWeighted[F float32 | float64](x relent.Matrix[F], weights []float64, run relent.Run) *weightedRows {
	rows, ok := any(x).(relent.Matrix[float64])
	if !ok {
		rows = newMatrix(x.Rows, x.Cols)
		for i := range x.Rows {
			widen(rows.Row(i), x.Row(i))
		}
	}
	return &weightedRows{rows, weights, run}
}

func (r *weightedRows) weight(i int) float64 {
	if r.weights == nil {
		return 1
	}
	return r.weights[i]
}

// A rowSums has the sums of some rows: of weights; by whole stripes, of w·(x-m); and of w·(x-m)(x-m)ᵀ, a lower triangle in stripes.
type rowSums struct{ values []float64 }

func newRowSums(d int) rowSums {
	w := wide(d)
	return rowSums{make([]float64, 1+w+w*w)}
}

func (s rowSums) moments(d int) (first, second []float64) {
	return s.values[1:][:wide(d)], s.values[1+wide(d):]
}

// scatter is the weighted mean and the weighted covariance, divided by the sum of the weights, of the rows, each weighted so much beside how
// often it occurs. Second moments are those about a point, which should be near the mean: little cancels.
func (r *weightedRows) scatter(weights, about []float64) (mean []float64, sigma relent.Matrix[float64], err error) {
	d := r.x.Cols
	chunks := (r.x.Rows + chunkRows - 1) / chunkRows
	sums := make([]rowSums, chunks)
	middle := make([]float64, wide(d))
	copy(middle, about)
	err = inParts(chunks, 1, chunkRows*formFlops(d), r.run, func(from, to int) {
		s := newScattering(d)
		for c := from; c < to; c++ {
			sums[c] = newRowSums(d)
			r.addChunk(sums[c], s, c, weights, middle)
		}
	})
	if err != nil {
		return nil, sigma, err
	}
	return meanOf(sums, about)
}

// addChunk adds the rows of a chunk that count.
func (r *weightedRows) addChunk(sums rowSums, s *scattering, chunk int, weights, about []float64) {
	first, second := sums.moments(r.x.Cols)
	count := 0
	add := func() {
		s.add(first, second, s.rows.Slice(0, count), s.shares, about)
		count = 0
	}
	for i := chunk * chunkRows; i < min(r.x.Rows, (chunk+1)*chunkRows); i++ {
		w := float64(r.weight(i) * weights[i])
		if w == 0 {
			continue
		}
		sums.values[0] += w
		full := s.choose(count, r.x.Row(i), w)
		if count++; full {
			add()
		}
	}
	add()
}

// meanOf is the mean and the covariance of sums about a point, divided by the sum of the weights.
func meanOf(sums []rowSums, about []float64) (mean []float64, sigma relent.Matrix[float64], err error) {
	d := len(about)
	all, lost := newRowSums(d), newRowSums(d)
	for _, s := range sums {
		addCompensated(all.values, lost.values, s.values)
	}
	for i, v := range lost.values {
		all.values[i] += v
	}
	weight := all.values[0]
	if !(weight > 0) || !finite(weight) {
		return nil, sigma, errors.New("mvn: no row counts: all are too far out")
	}
	mean = make([]float64, d)
	moved, second := all.moments(d)
	for j, v := range about {
		moved[j] /= weight
		mean[j] = v + moved[j]
	}
	sigma = triangle(second, d)
	for i := range d {
		row := sigma.Row(i)
		for j := range i + 1 {
			row[j] = row[j]/weight - float64(moved[i]*moved[j])
		}
	}
	return mean, sigma, nil
}
