package mvn

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
)

// A summary is what a fit asks of data before it begins.
type summary struct {
	seen, rows     uint64 // all rows, and those with a weight
	weight         float64
	mean, variance []float64
	sample         sample
}

// A columnSummary has the sums of the rows of a chunk that have a weight, and their least and largest elements.
type columnSummary struct {
	weight      exact.Sum
	sums        []exact.Sum
	least, most []float64
	err         error
}

// summarise passes over the data twice.
func (d *data) summarise(seed uint64) (s summary, err error) {
	s.sample = sample{random: rand.New(rand.NewPCG(seed, 0))}
	places := make([]columnSummary, d.places())
	var all columnSummary
	err = d.pass(func(place int, c *chunk) {
		p := &places[place]
		p.begin(c.x.Cols)
		if p.err = checkRows(c.first, c.x, c.weights, RefuseNaN); p.err == nil {
			p.add(c, func(j int, v float64) float64 {
				p.least[j], p.most[j] = min(p.least[j], v), max(p.most[j], v)
				return v
			})
		}
	}, func(place int, c *chunk) error {
		if places[place].err != nil {
			return places[place].err
		}
		all.merge(&places[place])
		s.seen += uint64(c.x.Rows)
		s.rows += s.sample.offer(c)
		return nil
	})
	if err != nil {
		return s, err
	}
	if s.weight = all.weight.Take(); !(s.weight > 0) || !finite(s.weight) {
		return s, fmt.Errorf("mvn: the weights of %d rows have a sum of %g", s.seen, s.weight)
	}
	s.mean = all.means(s.weight)
	d.scaleWeights(&s)
	least, most := all.least, all.most
	all = columnSummary{}
	err = d.pass(func(place int, c *chunk) {
		places[place].begin(c.x.Cols)
		places[place].add(c, func(j int, v float64) float64 { e := v - s.mean[j]; return e * e })
	}, func(place int, _ *chunk) error { all.merge(&places[place]); return nil })
	if err != nil {
		return s, err
	}
	s.variance = all.means(s.weight)
	for j := range s.variance {
		if least[j] == most[j] { // of which the mean may be rounded
			s.variance[j] = 0
		}
	}
	return s, nil
}

// scaleWeights makes their mean one from 1 to 2 in all later passes, which shares that are negligible are relative to.
func (d *data) scaleWeights(s *summary) {
	const most = 1000
	_, exponent := math.Frexp(s.weight / float64(s.rows))
	d.scale = math.Ldexp(1, max(-most, min(1-exponent, most)))
	scaleAll(d.scale, s.sample.weights)
	s.weight = float64(s.weight * d.scale)
}

func (p *columnSummary) begin(cols int) {
	*p = columnSummary{sums: make([]exact.Sum, cols), least: make([]float64, cols), most: make([]float64, cols)}
	fill(p.least, math.Inf(1))
	fill(p.most, math.Inf(-1))
}

// add adds a function of every element, by its column.
func (p *columnSummary) add(c *chunk, of func(j int, v float64) float64) {
	for i := range c.x.Rows {
		w := c.weights[i]
		if w == 0 {
			continue
		}
		p.weight.Add(w)
		for j, v := range c.x.Row(i) {
			p.sums[j].Add(float64(w * of(j, v)))
		}
	}
}

func (p *columnSummary) merge(o *columnSummary) {
	if p.sums == nil {
		p.begin(len(o.sums))
	}
	p.weight.Merge(&o.weight)
	for j := range p.sums {
		p.sums[j].Merge(&o.sums[j])
		p.least[j], p.most[j] = min(p.least[j], o.least[j]), max(p.most[j], o.most[j])
	}
}

func (p *columnSummary) means(weight float64) []float64 {
	means := make([]float64, len(p.sums))
	for j := range means {
		means[j] = p.sums[j].Take() / weight
	}
	return means
}

// sampleRows are the most rows that starts are made of.
const sampleRows = 20000

// A sample is of the rows that have been offered, each with the same probability.
type sample struct {
	random  *rand.Rand
	offered uint64
	rows    [][]float64
	weights []float64
}

// offer offers the rows of a chunk that have a weight, and is the number of these.
func (s *sample) offer(c *chunk) (rows uint64) {
	for i, w := range c.weights {
		if w == 0 {
			continue
		}
		rows++
		s.offered++
		if len(s.rows) < sampleRows {
			s.rows = append(s.rows, append([]float64(nil), c.x.Row(i)...))
			s.weights = append(s.weights, w)
		} else if at := s.random.Uint64N(s.offered); at < sampleRows {
			copy(s.rows[at], c.x.Row(i))
			s.weights[at] = w
		}
	}
	return rows
}

// start is a mixture to begin with: of the clusters of a sample.
func (f *mixtureFit) start(seed uint64) (*Mixture, error) {
	s, d := &f.all.sample, len(f.all.mean)
	standard := newMatrix(len(s.rows), d)
	for i, row := range s.rows {
		for j, v := range row {
			standard.Row(i)[j] = (v - f.all.mean[j]) / math.Sqrt(f.all.variance[j])
		}
	}
	centers, err := kMeansPlusPlus(standard, s.weights, f.k, seed)
	if err != nil {
		return nil, err
	}
	means := selectedRows(standard, centers)
	label := make([]int, len(s.rows))
	const iterations = 20
	for range iterations {
		if !assign(label, standard, means) {
			break
		}
		recentre(means, standard, s.weights, label)
	}
	return f.ofClusters(label)
}

// assign labels rows by the nearest mean, and tells whether a label changes.
func assign(label []int, x, means relent.Matrix[float64]) (changed bool) {
	unit := make([]float64, x.Cols)
	for j := range unit {
		unit[j] = 1
	}
	factor, err := relent.NewDiagonalFactor(make([]float64, x.Cols), unit)
	if err != nil { // the units are 1
		panic(err)
	}
	centers := factor.Centers(means)
	distances := newMatrix(means.Rows, mixtureBlock)
	for from := 0; from < x.Rows; from += mixtureBlock {
		to := min(from+mixtureBlock, x.Rows)
		distances.Cols = to - from
		always(centers.SqMahalanobis(distances, x.Slice(from, to), relent.Run{}))
		for i := range to - from {
			best := 0
			for k := range distances.Rows {
				if distances.Row(k)[i] < distances.Row(best)[i] {
					best = k
				}
			}
			changed = changed || label[from+i] != best
			label[from+i] = best
		}
	}
	return changed
}

// recentre makes the means those of the rows with their labels, where there are some.
func recentre(means, x relent.Matrix[float64], weights []float64, label []int) {
	sums, counts := newMatrix(means.Rows, means.Cols), make([]float64, means.Rows)
	for i, k := range label {
		counts[k] += weights[i]
		axpy(weights[i], x.Row(i), sums.Row(k))
	}
	for k, n := range counts {
		for j := range means.Cols {
			if n > 0 {
				means.Row(k)[j] = sums.Row(k)[j] / n
			}
		}
	}
}

// ofClusters is the mixture of the labelled rows of the sample. The covariance of a cluster counts for as much as its rows beside d+1 rows
// of the mean variances within clusters.
func (f *mixtureFit) ofClusters(label []int) (*Mixture, error) {
	s, d := &f.all.sample, len(f.all.mean)
	counts, means, scatters := make([]float64, f.k), newMatrix(f.k, d), make([]relent.Matrix[float64], f.k)
	for k := range f.k {
		scatters[k] = newMatrix(d, d)
		copy(means.Row(k), f.all.mean)
	}
	apart := make([]float64, d)
	difference := func(i, k int) []float64 {
		for j, v := range s.rows[i] {
			apart[j] = v - means.Row(k)[j]
		}
		return apart
	}
	shift := newMatrix(f.k, d)
	for i, k := range label {
		counts[k] += s.weights[i]
		axpy(s.weights[i], difference(i, k), shift.Row(k))
	}
	total := 0.0
	for k, n := range counts {
		total += n
		for j, v := range shift.Row(k) {
			if n > 0 {
				means.Row(k)[j] += v / n
			}
		}
	}
	for i, k := range label {
		e := difference(i, k)
		for j, v := range e {
			axpy(float64(s.weights[i]*v), e[:j+1], scatters[k].Row(j))
		}
	}
	within, all := make([]float64, d), newMatrix(d, d)
	for _, a := range scatters {
		for j := range d {
			within[j] += a.Row(j)[j] / total
			axpy(1/total, a.Row(j)[:j+1], all.Row(j))
		}
	}
	perRow := total / float64(len(s.rows))
	prior := float64(float64(d+1) * perRow)
	weights, components := make([]float64, f.k), make([]*Normal, f.k)
	for k := range f.k {
		a, n := scatters[k], counts[k]
		weights[k] = (n + float64(prior/float64(f.k))) / (total + prior)
		if f.o.Structure == TiedCovariance {
			a, n = clone(all), total
			for j := range a.Data {
				a.Data[j] *= total
			}
		}
		for i := range d {
			for j := range i + 1 {
				a.Row(i)[j] /= n + prior
			}
			v := max(within[i], float64(0x1p-20*f.all.variance[i]))
			a.Row(i)[i] += float64(prior*v)/(n+prior) + f.floor[i]
		}
		var err error
		switch f.o.Structure {
		case FullCovariance, TiedCovariance:
			components[k], err = newCovariance(means.Row(k), a)
		case DiagonalCovariance:
			components[k], err = NewNormalDiagonal(means.Row(k), diagonalOf(a))
		default:
			components[k], err = NewNormalIsotropic(means.Row(k), meanVariance(a))
		}
		if err != nil {
			return nil, &partError{fmt.Sprintf("component %d of the start", k), err}
		}
	}
	how := separate
	if f.o.Structure == TiedCovariance {
		how = tied
	}
	return newMixture(weights, components, how), nil
}

// KMeansPlusPlus chooses k different rows of x as first means of clusters: one at random, and each further one of a few candidates that
// are drawn with probabilities as their squared Euclidean distances from the nearest row that is chosen, the one after which the sum
// of these is least. It returns their numbers, which depend on x and the seed alone. Columns in different units are best divided
// by their standard deviations before. Fewer than k rows that differ, and an element that is not finite, are an error.
//
// Arthur and Vassilvitskii, k-means++: the advantages of careful seeding, Proceedings of the ACM-SIAM Symposium on Discrete Algorithms
// (2007), 1027–1035; with 2+⌊log₂ k⌋ candidates, as scikit-learn has it.
func KMeansPlusPlus[F float32 | float64](x relent.Matrix[F], k int, seed uint64) ([]int, error) {
	checkShape("KMeansPlusPlus", "x", x, x.Rows, x.Cols)
	if x.Cols == 0 {
		return nil, errors.New("mvn: the rows have no columns")
	}
	if err := checkRows(0, x, nil, RefuseNaN); err != nil {
		return nil, err
	}
	rows := newMatrix(x.Rows, x.Cols)
	for i := range x.Rows {
		widen(rows.Row(i), x.Row(i))
	}
	return kMeansPlusPlus(rows, nil, k, seed)
}

// kMeansPlusPlus is [KMeansPlusPlus] of rows with weights, or nil ones, which are all 1.
func kMeansPlusPlus(x relent.Matrix[float64], weights []float64, k int, seed uint64) ([]int, error) {
	if k < 1 || k > x.Rows {
		return nil, fmt.Errorf("mvn: %d of %d rows are to be chosen", k, x.Rows)
	}
	random := rand.New(rand.NewPCG(seed, 1))
	least := make([]float64, x.Rows) // squared distances from the nearest one that is chosen, times weights
	for i := range least {
		if least[i] = 1; weights != nil {
			least[i] = weights[i]
		}
	}
	chosen := []int{draw(least, random)}
	weighted(least, weights, x, chosen[0])
	candidate, best := make([]float64, x.Rows), make([]float64, x.Rows)
	for len(chosen) < k {
		sum, next := math.Inf(1), -1
		for range 1 + bits.Len64(uint64(k)) {
			at := draw(least, random)
			if !finite(total(least)) {
				return nil, errors.New("mvn: the rows are so far apart that squared distances do not fit into a float64")
			}
			if at < 0 {
				return nil, fmt.Errorf("mvn: only %d rows differ, for %d clusters", len(chosen), k)
			}
			weighted(candidate, weights, x, at)
			for i, v := range least {
				candidate[i] = min(candidate[i], v)
			}
			if s := total(candidate); s < sum || next < 0 {
				sum, next = s, at
				candidate, best = best, candidate
			}
		}
		chosen = append(chosen, next)
		copy(least, best)
	}
	return chosen, nil
}

// draw is a row with a probability as its share, or -1 if all shares are 0.
func draw(shares []float64, random *rand.Rand) int {
	sum := total(shares)
	if !(sum > 0) {
		return -1
	}
	left, last := float64(random.Float64()*sum), -1
	for i, v := range shares {
		if v > 0 {
			last = i
			if left -= v; left < 0 {
				break
			}
		}
	}
	return last
}

// weighted are the squared distances of the rows from one of them, times weights.
func weighted(dst, weights []float64, x relent.Matrix[float64], from int) {
	center := x.Row(from)
	for i := range x.Rows {
		sum := 0.0
		for j, v := range x.Row(i) {
			e := v - center[j]
			sum += float64(e * e)
		}
		if dst[i] = sum; weights != nil {
			dst[i] = float64(weights[i] * sum)
		}
	}
}
