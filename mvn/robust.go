package mvn

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// RobustOptions say how [FitRobust] fits. The zero value withstands the largest number of far rows.
type RobustOptions struct {
	Rows   int    // that the raw estimate is of, from (N+d+1)/2, which 0 stands for, to all N: as many others may be anywhere
	Starts int    // random ones, 500 if it is 0
	Seed   uint64 // of their random numbers
}

// A RobustReport says what a fit is of.
type RobustReport struct {
	Raw        *Normal // before the reweighting
	RawSupport []bool  // the rows that it is of, RobustOptions.Rows of them
	Support    []bool  // the rows that the result is of, whose distance from the raw estimate is within a quantile
	LogDet     float64 // of the covariance of the raw support, divided by the number of its rows: what is made small
}

// FitRobust returns the reweighted minimum covariance determinant estimate of the mean and the covariance of the rows of x, which nearly
// half of the rows cannot move far: of the Rows rows whose covariance has the smallest determinant that is found, by FastMCD, and then of
// all rows whose squared distance from those is at most the 0.975 quantile of χ² with d degrees of freedom. Covariances are divided by
// the number of rows less 1, and multiplied by the factors that make them consistent for normal rows, for the share Rows/N and for 0.975,
// and by those for small samples of robustbase's covMcd. The result depends on the data, the options and the seed alone: it has the same
// bits on every CPU and for any number of workers.
//
// Use it with several times as many rows as columns. Errors are those of the options; fewer than d+1 rows; elements that are not finite, with
// the row; rows of which too many lie in a plane or have a column in common, a [*NotPositiveDefiniteError]; and that of the run's
// context.
//
// Rousseeuw and Van Driessen, A fast algorithm for the minimum covariance determinant estimator, Technometrics 41 (1999), 212–223;
// Pison, Van Aelst and Willems, Small sample corrections for LTS and MCD, Metrika 55 (2002), 111–123.
func FitRobust(x *mat.Dense, o RobustOptions, run relent.Run) (*Normal, *RobustReport, error) {
	return FitRobustRows(rowsOf(x), o, run)
}

// FitRobustRows is [FitRobust] of raw elements; those of float32 are computed with in float64.
func FitRobustRows[F float32 | float64](x relent.Matrix[F], o RobustOptions, run relent.Run) (*Normal, *RobustReport, error) {
	checkShape("FitRobustRows", "x", x, x.Rows, x.Cols)
	n, d := x.Rows, x.Cols
	if n <= d || d == 0 {
		return nil, nil, fmt.Errorf("mvn: a robust covariance of %d columns needs %d rows, there are %d", d, d+1, n)
	}
	half := (n + d + 1) / 2
	if o.Rows == 0 {
		o.Rows = half
	}
	if o.Starts == 0 {
		o.Starts = 500
	}
	if o.Rows < half || o.Rows > n || o.Starts < 0 {
		return nil, nil, fmt.Errorf("mvn: %d starts, an estimate of %d of %d rows, want from %d", o.Starts, o.Rows, n, half)
	}
	if err := checkRows(0, x, nil, RefuseNaN); err != nil {
		return nil, nil, err
	}
	f := &robustFit{o: o, all: mcdSet{newWeighted(x, nil, relent.Run{Workers: run.Workers, Context: run.Context}), o.Rows}, run: run}
	best, err := f.search()
	if err != nil {
		return nil, nil, f.explained(err)
	}
	fit, report, err := f.reweight(best)
	if err == nil {
		f.told(3)
	}
	return fit, report, err
}

// A robustFit is that of some rows.
type robustFit struct {
	o   RobustOptions
	all mcdSet
	run relent.Run
}

// told tells that so many of the three stages are done.
func (f *robustFit) told(stages int) {
	if f.run.Progress != nil {
		f.run.Progress(stages, 3)
	}
}

// An mcdSet is rows of which h are chosen.
type mcdSet struct {
	*weightedRows
	h int
}

// An mcdState is the estimate from chosen rows.
type mcdState struct {
	normal *Normal // the covariance is divided by the number of rows
	chosen []float64
}

// estimate is that of rows that are chosen with 1, of 0 and 1.
func (s *mcdSet) estimate(chosen, about []float64) (*mcdState, error) {
	mean, sigma, err := s.scatter(chosen, about)
	if err != nil {
		return nil, err
	}
	n, err := normalOf(mean, sigma)
	if err != nil {
		return nil, err
	}
	return &mcdState{n, chosen}, nil
}

// concentrate is the estimate from the rows that are nearest to one, which has a smaller determinant, or the same.
func (s *mcdSet) concentrate(from *mcdState) (*mcdState, error) {
	distances, err := SqMahalanobisRows(nil, from.normal, s.x, s.run)
	if err != nil {
		return nil, err
	}
	return s.estimate(chooseLeast(distances, s.h), from.normal.mean)
}

// converge concentrates until the determinant falls no more.
func (s *mcdSet) converge(c *mcdState) (*mcdState, error) {
	const most = 200
	for range most {
		next, err := s.concentrate(c)
		if err != nil {
			return nil, err
		}
		if !(next.normal.LogDet() < c.normal.LogDet()) {
			break
		}
		c = next
	}
	return c, nil
}

// chooseLeast has 1 for the h smallest of distances, the first of equal ones, and 0 for others, in place.
func chooseLeast(distances []float64, h int) []float64 {
	limit := leastOf(distances, h-1)
	left := h
	for _, v := range distances {
		if v < limit {
			left--
		}
	}
	for i, v := range distances {
		chosen := 0.0
		if v < limit {
			chosen = 1
		} else if v == limit && left > 0 {
			chosen = 1
			left--
		}
		distances[i] = chosen
	}
	return distances
}

// leastOf is the element of x, of numbers >= 0, that k are before in order: found by its digits, so that the time does not depend on the order.
func leastOf(x []float64, k int) float64 {
	const width = 11
	prefix, known := uint64(0), 64
	for known > 0 {
		shift := max(0, known-width)
		var counts [1 << width]int
		mask := uint64(1)<<(known-shift) - 1
		for _, v := range x {
			if b := math.Float64bits(v); known == 64 || b>>known == prefix {
				counts[b>>shift&mask]++
			}
		}
		digit := 0
		for ; k >= counts[digit]; digit++ {
			k -= counts[digit]
		}
		prefix, known = prefix<<(known-shift)|uint64(digit), shift
	}
	return math.Float64frombits(prefix)
}

const (
	mcdGroup  = 300 // rows of a part that starts are tried on
	mcdGroups = 5   // at most
	mcdBest   = 10  // estimates that go on
)

// search finds the estimate of the smallest determinant.
func (f *robustFit) search() (*mcdState, error) {
	n := f.all.x.Rows
	if n <= 2*mcdGroup {
		best, err := f.starts(f.all, f.o.Starts, 0, mcdGroups*mcdBest)
		if err != nil {
			return nil, err
		}
		f.told(2)
		return f.finish(best)
	}
	groups := min(mcdGroups, n/mcdGroup)
	size := min(mcdGroup, n/groups)
	r := rand.New(rand.NewPCG(f.o.Seed, 0))
	merged := f.sample(r, groups*size)
	var candidates []*mcdState
	for g := range groups {
		part := mcdSet{&weightedRows{x: merged.x.Slice(g*size, (g+1)*size), run: merged.run}, f.shareOf(size)}
		best, err := f.starts(part, (f.o.Starts+groups-1)/groups, g+1, mcdBest)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, best...)
	}
	f.told(1)
	best, err := f.steps(merged, candidates)
	if err != nil {
		return nil, err
	}
	f.told(2)
	return f.finish(best)
}

// sample is some of the rows.
func (f *robustFit) sample(r *rand.Rand, rows int) mcdSet {
	x := newMatrix(rows, f.all.x.Cols)
	for i, from := range drawRows(r, f.all.x.Rows, rows) {
		copy(x.Row(i), f.all.x.Row(from))
	}
	return mcdSet{&weightedRows{x: x, run: f.all.run}, f.shareOf(rows)}
}

// shareOf is how many of so many rows are chosen.
func (f *robustFit) shareOf(rows int) int {
	n := f.all.x.Rows
	return max(f.all.x.Cols+1, int((int64(rows)*int64(f.o.Rows)+int64(n)-1)/int64(n)))
}

// drawRows is k different numbers below n, in a random order: of n that are ordered anew, the first.
func drawRows(r *rand.Rand, n, k int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	for i := range k {
		j := i + int(r.Uint64N(uint64(n-i)))
		all[i], all[j] = all[j], all[i]
	}
	return all[:k]
}

// starts concentrates random starts twice, and has the best.
func (f *robustFit) starts(s mcdSet, count, stream, best int) ([]*mcdState, error) {
	alone := mcdSet{&weightedRows{x: s.x}, s.h}
	found := make([]*mcdState, count)
	failed := make([]error, count)
	flops := 4 * float64(s.x.Rows) * formFlops(s.x.Cols)
	if err := inParts(count, 1, flops, s.run, func(from, to int) {
		for i := from; i < to; i++ {
			r := rand.New(rand.NewPCG(f.o.Seed, uint64(stream)<<32|uint64(i)))
			if found[i], failed[i] = alone.start(r); failed[i] == nil {
				found[i], failed[i] = alone.twice(found[i])
			}
		}
	}); err != nil {
		return nil, err
	}
	return bestOf(found, failed, best)
}

// start is the estimate of d+1 random rows, or of half as many more again and again until they lie in no plane.
func (s *mcdSet) start(r *rand.Rand) (*mcdState, error) {
	order := drawRows(r, s.x.Rows, s.x.Rows)
	chosen, taken := make([]float64, s.x.Rows), 0
	for rows := s.x.Cols + 1; ; rows = min(s.x.Rows, rows+(rows+1)/2) {
		for ; taken < rows; taken++ {
			chosen[order[taken]] = 1
		}
		if c, err := s.estimate(chosen, s.x.Row(order[0])); err == nil || rows == s.x.Rows {
			return c, err
		}
	}
}

func (s *mcdSet) twice(c *mcdState) (*mcdState, error) {
	for range 2 {
		var err error
		if c, err = s.concentrate(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// steps concentrates candidates, which are of other rows, twice on these, and has the best.
func (f *robustFit) steps(s mcdSet, candidates []*mcdState) ([]*mcdState, error) {
	found, failed := make([]*mcdState, len(candidates)), make([]error, len(candidates))
	for i, c := range candidates {
		found[i], failed[i] = s.twice(c)
		if s.run.Context != nil && s.run.Context.Err() != nil {
			return nil, s.run.Context.Err()
		}
	}
	return bestOf(found, failed, len(candidates)/mcdGroups)
}

// bestOf are the estimates of the smallest determinants, the first of equal ones; or the first error, if there are none.
func bestOf(found []*mcdState, failed []error, count int) ([]*mcdState, error) {
	var best []*mcdState
	for _, c := range found {
		if c != nil {
			best = append(best, c)
		}
	}
	if len(best) == 0 {
		return nil, inPlane(failed[0])
	}
	slices.SortStableFunc(best, byLogDet)
	return best[:min(max(2, count), len(best))], nil
}

// inPlane says what it means that a determinant is 0.
func inPlane(err error) error {
	var singular *NotPositiveDefiniteError
	if errors.As(err, &singular) {
		return &partError{"too many rows lie in a plane", err}
	}
	return err
}

// explained is the error of [Fit], which names columns, where they are dependent in all rows.
func (f *robustFit) explained(err error) error {
	var singular *NotPositiveDefiniteError
	if errors.As(err, &singular) {
		if _, all := FitRows(f.all.x, nil, f.all.run); errors.As(all, &singular) {
			return all
		}
	}
	return err
}

func byLogDet(a, b *mcdState) int { return cmp.Compare(a.normal.LogDet(), b.normal.LogDet()) }

// finish concentrates the candidates on all rows: to the end, but of many rows only the best two.
func (f *robustFit) finish(candidates []*mcdState) (*mcdState, error) {
	best, err := f.steps(f.all, candidates)
	if err != nil {
		return nil, err
	}
	if f.all.x.Rows > 2*mcdGroup {
		best = best[:min(2, len(best))]
	}
	for i, c := range best {
		if best[i], err = f.all.converge(c); err != nil {
			return nil, inPlane(err)
		}
	}
	return slices.MinFunc(best, byLogDet), nil
}

// reweight is the estimate of the rows that are near one, and what the fit is of.
func (f *robustFit) reweight(c *mcdState) (*Normal, *RobustReport, error) {
	n, d, h := f.all.x.Rows, f.all.x.Cols, f.o.Rows
	alpha := mcdAlpha(h, n, d)
	raw, err := f.scaled(c, h, float64(consistency(d, float64(h)/float64(n))*smallSample(d, n, alpha, &rawCorrection)))
	if err != nil {
		return nil, nil, err
	}
	report := &RobustReport{Raw: raw, RawSupport: make([]bool, n), Support: make([]bool, n), LogDet: c.normal.LogDet()}
	distances, err := SqMahalanobisRows(nil, raw, f.all.x, f.all.run)
	if err != nil {
		return nil, nil, err
	}
	limit, rows := chiSquareQuantile(d, nearShare), 0
	for i, distance := range distances {
		report.RawSupport[i] = c.chosen[i] == 1
		if distances[i] = 0; distance <= limit {
			distances[i], report.Support[i] = 1, true
			rows++
		}
	}
	if rows <= d {
		return nil, nil, fmt.Errorf("mvn: %d rows are near the robust estimate, which needs %d", rows, d+1)
	}
	near, err := f.all.estimate(distances, raw.mean)
	if err != nil {
		return nil, nil, err
	}
	fit, err := f.scaled(near, rows, float64(consistency(d, nearShare)*smallSample(d, n, alpha, &reweightedCorrection)))
	return fit, report, err
}

// scaled is the distribution of an estimate of so many rows, with a covariance that is divided by one less, and multiplied; or the error
// of [Fit] where columns are dependent to rounding.
func (f *robustFit) scaled(c *mcdState, rows int, times float64) (*Normal, error) {
	sigma := clone(c.normal.form.(*covarianceForm).lower())
	sizes := make([]float64, sigma.Rows)
	for i, chosen := range c.chosen {
		if chosen == 1 {
			for j, v := range f.all.x.Row(i) {
				sizes[j] = max(sizes[j], math.Abs(v))
			}
		}
	}
	for i := range sigma.Data {
		sigma.Data[i] = float64(sigma.Data[i] * (float64(rows) / float64(rows-1)))
	}
	if _, err := fitted(c.normal.mean, sigma, sizes, "NewNormalSingular, as too many rows lie in a plane"); err != nil {
		return nil, err
	}
	for i := range sigma.Data {
		sigma.Data[i] = float64(sigma.Data[i] * times)
	}
	return normalOf(c.normal.mean, sigma)
}

// nearShare is how many normal rows have a weight.
const nearShare = 0.975

// consistency is what the covariance of the share of normal rows that is nearest to the mean is multiplied by to be that of all: the
// share over the probability that χ² of d+2 is at most the quantile of χ² of d.
func consistency(d int, share float64) float64 {
	if share == 1 {
		return 1
	}
	return share / chiSquareProbability(d+2, chiSquareQuantile(d, share))
}

// mcdAlpha is the share, from ½ to 1, that stands for h of n rows.
func mcdAlpha(h, n, d int) float64 {
	half := (n + d + 1) / 2
	if half == n {
		return 1
	}
	return float64(h-2*half+n) / float64(2*(n-half))
}

// A correction has the coefficients of Pison, Van Aelst and Willems, for shares of ½ and 0.875: in one and in two dimensions 1 - e^a/n^b of
// a and b, and in more those of the curves, for 2d² and 3d² rows, that a and b are taken from.
type correction struct {
	one, two [2][2]float64
	more     [2][2][2]float64
}

var (
	rawCorrection = correction{
		[2][2]float64{{0.262024211897096, 0.604756680630497}, {-0.351584646688712, 1.01646567502486}},
		[2][2]float64{{0.673292623522027, 0.691365864961895}, {0.446537815635445, 1.06690782995919}},
		[2][2][2]float64{
			{{-1.42764571687802, 1.26263336932151}, {-1.06141115981725, 1.28907991440387}},
			{{-0.455179464070565, 1.11192541278794}, {-0.294241208320834, 1.09649329149811}},
		},
	}
	reweightedCorrection = correction{
		[2][2]float64{{1.11098143415027, 1.5182890270453}, {-0.66046776772861, 0.88939595831888}},
		[2][2]float64{{3.11101712909049, 1.91401056721863}, {0.79473550581058, 1.10081930350091}},
		[2][2][2]float64{
			{{-1.02842572724793, 1.67659883081926}, {-0.26800273450853, 1.35968562893582}},
			{{-0.544482443573914, 1.25994483222292}, {-0.343791072183285, 1.25159004257133}},
		},
	}
)

// smallSample is the factor for n rows of d columns and a share alpha; 1 where the formula is of no use, as for a few rows.
func smallSample(d, n int, alpha float64, c *correction) float64 {
	var at [2]float64
	for k := range at {
		a, b := c.one[k][0], c.one[k][1]
		switch {
		case d == 2:
			a, b = c.two[k][0], c.two[k][1]
		case d > 2:
			a, b = curve(float64(d), c.more[k])
		}
		at[k] = 1 - exp(a-float64(b*log(float64(n))))
	}
	const low, high = 0.5, 0.875
	f := at[1] + float64((1-at[1])*((alpha-high)/(1-high)))
	if alpha <= high {
		f = at[0] + float64((at[1]-at[0])*((alpha-low)/(high-low)))
	}
	if f = 1 / f; !(f > 0 && f <= 50) {
		return 1
	}
	return f
}

// curve is the a and the b of which 1 - e^a/n^b goes through both curves at their numbers of rows.
func curve(d float64, c [2][2]float64) (a, b float64) {
	x2, x3 := log(float64(2*d*d)), log(float64(3*d*d))
	y2, y3 := log(-c[0][0])-float64(c[0][1]*log(d)), log(-c[1][0])-float64(c[1][1]*log(d))
	b = (y2 - y3) / (x3 - x2)
	return y2 + float64(b*x2), b
}
