package mvn

import (
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"gonum.org/v1/gonum/mat"
)

// MixtureOptions say how [FitMixture] fits. The zero value is full covariances, from one start, with the numbers given below. Of scikit-learn's
// GaussianMixture, Structure is covariance_type, Starts n_init, Iterations max_iter, Tolerance tol, and Floor reg_covar, but relative.
type MixtureOptions struct {
	Structure Structure // of the covariances

	// Start is where to begin, of as many components; nil begins from Starts starts, of which the best in likelihood is taken: 1 if
	// it is 0. They are made by [KMeansPlusPlus] and Lloyd's iterations of 20,000 rows at most, chosen at random, whose columns are
	// divided by their standard deviations, with random numbers that Seed determines.
	Start  *Mixture
	Starts int
	Seed   uint64

	// Iterations is their largest number, 100 if it is 0. A fit has converged when the mean log likelihood of a row grows by less
	// than Tolerance, 1e-6 if it is 0; a negative one waits until it does not grow at all.
	Iterations int
	Tolerance  float64

	// Floor times the variance of a column over all rows is added to the variances of every component: 1e-6 if it is 0, nothing if
	// it is negative.
	Floor float64

	// Weights count how often rows occur; nil ones are all 1. FitMixtureBatches takes those of the batches.
	Weights []float64

	// MiniBatch, if it is not 0, updates the mixture after so many rows, many times a pass, as stepwise EM does, for data of which
	// few passes are enough: step t, from 0, moves it by (t+2)^-½ of the way. Iterations are passes, 10 if it is 0. Likelihoods
	// in the report are those that the rows had when their turn came, but the last, of the result.
	MiniBatch int
}

// A MixtureReport says how a fit went.
type MixtureReport struct {
	// LogLikelihoods are the mean log likelihoods of a row: of the start, and after every iteration. They never fall, but for those
	// of mini-batches: an iteration after which it would be lower, as rounding and the floor can make it near the maximum, is not
	// taken, and the fit has converged.
	LogLikelihoods []float64
	Converged      bool
	Start          int     // the number of the start that was taken
	Reseeded       int     // components that had no rows left, and were put where a row was explained worst
	Rows           uint64  // with a weight above 0
	Weight         float64 // its sum
	Parameters     int     // that are free
	BIC, AIC       float64 // the Bayesian and Akaike information criteria: smaller is better
}

// LogLikelihood is the mean log likelihood of a row under the mixture.
func (r *MixtureReport) LogLikelihood() float64 { return r.LogLikelihoods[len(r.LogLikelihoods)-1] }

// A Batch is some rows of data, with weights, or nil ones, which are all 1. The zero Batch has none.
type Batch[F float32 | float64] struct {
	Rows    relent.Matrix[F]
	Weights []float64
}

// FitMixture fits a mixture of k components to the rows of x, by expectation maximisation. The result depends on the data, the
// options and the seed alone: it has the same bits on every CPU and for any number of workers, and is that of [FitMixtureBatches] for any
// division into batches.
//
// An iteration over N rows takes what scoring them takes, and about N·k·d² operations more for full covariances, N·(d²+k·d+k²) for a tied
// one, and N·k·d for others; rows whose share in a component, times their weight, is below 2⁻⁸⁰ of the mean weight have no part in it.
// Second moments are those about the mean that the component had: nothing cancels.
//
// Errors are those of the options; fewer rows than components; elements that are not finite, and weights that are negative or not finite,
// with the row; columns that are constant; without a floor, a covariance that becomes singular up to rounding, a
// [*NotPositiveDefiniteError] that names the columns; and that of the run's context. Progress counts rows in all the iterations that there may be.
//
// Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM algorithm, Journal of the Royal Statistical Society B 39
// (1977), 1–38; Cappé and Moulines, On-line expectation–maximization algorithm for latent data models, ibid. 71 (2009), 593–613.
func FitMixture(x *mat.Dense, k int, o MixtureOptions, run relent.Run) (*Mixture, *MixtureReport, error) {
	return FitMixtureRows(rowsOf(x), k, o, run)
}

// FitMixtureRows is [FitMixture] of raw elements; those of float32 are computed with in float64.
func FitMixtureRows[F float32 | float64](x relent.Matrix[F], k int, o MixtureOptions, run relent.Run) (*Mixture, *MixtureReport, error) {
	checkShape("FitMixtureRows", "x", x, x.Rows, x.Cols)
	if o.Weights != nil && len(o.Weights) != x.Rows {
		return nil, nil, fmt.Errorf("mvn: there are %d weights for %d rows", len(o.Weights), x.Rows)
	}
	if x.Rows == 0 || x.Cols == 0 {
		return nil, nil, errors.New("mvn: there are no rows")
	}
	sole := func(yield func(Batch[F], error) bool) { yield(Batch[F]{x, o.Weights}, nil) }
	return fitMixture(data{chunks: chunksOf(sole, true), run: run}, k, o)
}

// FitMixtureBatches is [FitMixture] of rows that come in batches, such as those that do not fit into memory. Every pass over the data takes
// the batches from their beginning; they must be the same each time, and are not read after the next one is asked for. An error that they
// give ends the fit, and is returned.
func FitMixtureBatches[F float32 | float64](
	batches iter.Seq2[Batch[F], error], k int, o MixtureOptions, run relent.Run,
) (*Mixture, *MixtureReport, error) {
	if batches == nil {
		here.Panic("FitMixtureBatches", "batches is nil")
	}
	return fitMixture(data{chunks: chunksOf(batches, false), run: run}, k, o)
}

func fitMixture(d data, k int, o MixtureOptions) (*Mixture, *MixtureReport, error) {
	f := &mixtureFit{data: d, k: k, o: o}
	if err := f.prepare(); err != nil {
		return nil, nil, err
	}
	starts := max(1, o.Starts)
	if o.Start != nil {
		starts = 1
	}
	var best *Mixture
	var report *MixtureReport
	for s := range starts {
		m, r, err := f.from(s)
		if err != nil {
			return nil, nil, err
		}
		if best == nil || r.LogLikelihood() > report.LogLikelihood() {
			best, report = m, r
		}
	}
	f.judge(report)
	if d.run.Progress != nil {
		d.run.Progress(f.expected, f.expected)
	}
	return best, report, nil
}

// A mixtureFit is that of one set of data.
type mixtureFit struct {
	data
	k     int
	o     MixtureOptions
	all   summary   // of the data
	floor []float64 // what is added to variances
}

// prepare checks the options, and passes over the data once or twice.
func (f *mixtureFit) prepare() (err error) {
	o := &f.o
	switch {
	case f.k < 1:
		return fmt.Errorf("mvn: a mixture has at least one component, not %d", f.k)
	case o.Structure > SphericalCovariance:
		return fmt.Errorf("mvn: there is no structure %v", o.Structure)
	case o.Starts < 0 || o.Iterations < 0 || o.MiniBatch < 0:
		return fmt.Errorf("mvn: %d starts, %d iterations, mini-batches of %d rows", o.Starts, o.Iterations, o.MiniBatch)
	case o.Tolerance != o.Tolerance || o.Floor != o.Floor || math.IsInf(o.Floor, 0):
		return fmt.Errorf("mvn: the tolerance is %g, the floor %g", o.Tolerance, o.Floor)
	case o.Start != nil && o.Start.Components() != f.k:
		return fmt.Errorf("mvn: the start has %d components, want %d", o.Start.Components(), f.k)
	}
	if o.Iterations == 0 {
		if o.Iterations = 100; o.MiniBatch > 0 {
			o.Iterations = 10
		}
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
	}
	if o.Floor == 0 {
		o.Floor = 1e-6
	}
	if f.all, err = f.summarise(o.Seed); err != nil {
		return err
	}
	o.Iterations = min(o.Iterations, mostIterations)
	f.expected = int(min(float64(f.all.seen)*float64(o.Iterations+1)*float64(max(1, o.Starts)), math.MaxInt/2))
	if f.all.rows < uint64(f.k) {
		return fmt.Errorf("mvn: %d rows for %d components", f.all.rows, f.k)
	}
	if d := len(f.all.mean); o.Start != nil && o.Start.Dim() != d {
		return fmt.Errorf("mvn: the start has %d dimensions, the rows %d", o.Start.Dim(), d)
	}
	f.floor = make([]float64, len(f.all.mean))
	var constant []int
	for j, v := range f.all.variance {
		switch {
		case v == 0:
			constant = append(constant, j)
		case !finite(v):
			return fmt.Errorf("mvn: column %d of the data has variance %g", j, v)
		}
		f.floor[j] = float64(max(0, o.Floor) * v)
	}
	if constant != nil {
		return fmt.Errorf("mvn: %s: leave out what says nothing", areConstant(constant))
	}
	return nil
}

// from fits from one start.
func (f *mixtureFit) from(start int) (*Mixture, *MixtureReport, error) {
	m := f.o.Start
	if m == nil {
		var err error
		if m, err = f.start(f.o.Seed + uint64(start)); err != nil {
			return nil, nil, err
		}
	}
	report := &MixtureReport{Start: start}
	if f.o.MiniBatch > 0 {
		return f.stepwise(m, report)
	}
	return f.climb(m, report)
}

// climb iterates until the likelihood does not grow any more.
func (f *mixtureFit) climb(m *Mixture, report *MixtureReport) (*Mixture, *MixtureReport, error) {
	sums, err := f.expect(m)
	if err != nil {
		return nil, nil, err
	}
	report.LogLikelihoods = append(report.LogLikelihoods, sums.logLikelihood)
	reseed := true
	for range f.o.Iterations {
		next, after, reseeded, err := f.iterate(m, sums, reseed)
		if err == nil && reseeded > 0 && !(after.logLikelihood > sums.logLikelihood) {
			reseed = false // which does not help
			next, after, reseeded, err = f.iterate(m, sums, reseed)
		}
		if err != nil {
			return nil, nil, err
		}
		grown := after.logLikelihood - sums.logLikelihood
		if grown > 0 {
			m, sums = next, after
			report.Reseeded += reseeded
			report.LogLikelihoods = append(report.LogLikelihoods, sums.logLikelihood)
		}
		if report.Converged = !(grown > 0) || grown < f.o.Tolerance && reseeded == 0; report.Converged {
			break
		}
	}
	return m, report, nil
}

// iterate is the mixture that maximises the likelihood of the sums under m, and its own sums.
func (f *mixtureFit) iterate(m *Mixture, sums *mixtureSums, reseed bool) (next *Mixture, after *mixtureSums, reseeded int, err error) {
	next, reseeded, err = f.maximise(m, sums, 1, reseed)
	if err == nil {
		after, err = f.expect(next)
	}
	return next, after, reseeded, err
}

// stepwise moves a part of the way after each mini-batch.
func (f *mixtureFit) stepwise(m *Mixture, report *MixtureReport) (*Mixture, *MixtureReport, error) {
	step := 0
	for range f.o.Iterations {
		var all exact.Sum
		err := f.batches(f.o.MiniBatch, func(rows []chunk) error {
			sums, err := f.sumsOf(m, rows)
			if err != nil {
				return err
			}
			if sums.weight == 0 {
				return nil
			}
			all.Add(float64(sums.logLikelihood * sums.weight))
			m, _, err = f.maximise(m, sums, 1/math.Sqrt(float64(step+2)), false)
			step++
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		report.LogLikelihoods = append(report.LogLikelihoods, all.Take()/f.all.weight)
	}
	sums, err := f.expect(m)
	if err != nil {
		return nil, nil, err
	}
	report.LogLikelihoods = append(report.LogLikelihoods, sums.logLikelihood)
	return m, report, nil
}

// judge completes the report of the mixture that was taken.
func (f *mixtureFit) judge(r *MixtureReport) {
	d := len(f.all.mean)
	free := f.k - 1 + f.k*d
	switch f.o.Structure {
	case FullCovariance:
		free += f.k * d * (d + 1) / 2
	case TiedCovariance:
		free += d * (d + 1) / 2
	case DiagonalCovariance:
		free += f.k * d
	case SphericalCovariance:
		free += f.k
	}
	r.Rows, r.Weight, r.Parameters = f.all.rows, f.all.weight/f.scale, free
	deviance := float64(-2 * float64(r.LogLikelihood()*r.Weight))
	r.AIC = deviance + float64(2*float64(free))
	r.BIC = deviance + float64(float64(free)*relent.Log(nil, []float64{r.Weight})[0])
}
