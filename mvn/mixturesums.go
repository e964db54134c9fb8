package mvn

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/pass"
)

// mixtureSums are what an iteration takes of the rows: sums of their shares r in the components, of r·(x-μ), μ the mean of the component, and
// of second moments.
type mixtureSums struct {
	values        []float64
	structure     Structure
	k, dim        int
	weight        float64 // of the rows
	logLikelihood float64 // the mean
	worst         worstRow
}

// A worstRow is the one of the smallest log density, and the first of these.
type worstRow struct {
	logProb float64
	row     []float64
}

// Where sums are: the shares; then, by whole stripes, of full covariances first moments and the stripes of a lower triangle for each component; of
// a tied one the stripes of first moments about the mean of the means, a triangle about it, and the stripes of the sums of products of two shares;
// else first and second moments of columns for each component.
func (s *mixtureSums) shares() []float64 { return s.values[:s.k] }

// of are the first and second moments of a component.
func (s *mixtureSums) of(k int) (first, second []float64) {
	w := wide(s.dim)
	size := 2 * w
	if s.structure == FullCovariance {
		size = w + w*w
	}
	moments := s.values[s.k+k*size:][:size]
	return moments[:w], moments[w:]
}

// tied are the moments of a tied covariance.
func (s *mixtureSums) tied() (first, second, together []float64) {
	w, moments := wide(s.dim), s.values[s.k:]
	n := wide(s.k)
	return moments[:w*n], moments[w*n:][:w*w], moments[w*n+w*w:]
}

// together is the sum of products of the shares in two components.
func (s *mixtureSums) together(k, l int) float64 {
	_, _, together := s.tied()
	return together[atStripes(wide(s.k), max(k, l), min(k, l))]
}

// first are the first moments of a component about its mean, of those that p has.
func (s *mixtureSums) first(dst []float64, k int, p *mixtureParts) {
	if s.structure != TiedCovariance {
		first, _ := s.of(k)
		copy(dst, first)
		return
	}
	first, _, _ := s.tied()
	for j := range dst { // x-μₖ is x-m, and Σ rₗ(μₗ-μₖ)
		dst[j] = first[atStripes(wide(s.k), k, j)]
		for l := range s.k {
			if l != k {
				dst[j] += float64(s.together(k, l) * (p.components[l].mean[j] - p.components[k].mean[j]))
			}
		}
	}
}

// triangle has second moments.
func triangle(second []float64, d int) relent.Matrix[float64] {
	a, w := newMatrix(d, d), wide(d)
	for i := range d {
		for j := range i + 1 {
			a.Row(i)[j] = second[atStripes(w, i, j)]
		}
	}
	return a
}

func sizeOfSums(structure Structure, k, d int) int {
	switch w := wide(d); structure {
	case FullCovariance:
		return k + k*(w+w*w)
	case TiedCovariance:
		return k + wide(k)*w + w*w + wide(k)*wide(k)
	default:
		return k + 2*k*w
	}
}

// A summing goroutine has the sums of a chunk.
type summing struct {
	mixtureSums
	likelihood exact.Sum
	block      relent.Matrix[float64] // of shares, a row a component
	logProb    []float64
	dense      []int // components that have one in most
	scattering *scattering
	tiedBlock  *tiedBlock
}

func newSumming(structure Structure, k, d int) *summing {
	s := &summing{
		mixtureSums: mixtureSums{values: make([]float64, sizeOfSums(structure, k, d)), structure: structure, k: k, dim: d},
		block:       newMatrix(k, mixtureBlock+8), // no power of two, as of terms
		logProb:     make([]float64, mixtureBlock),
		scattering:  newScattering(d),
	}
	if structure == TiedCovariance {
		s.tiedBlock = newTiedBlock(k, d)
	}
	return s
}

// expect is the sums of all rows under m.
func (f *mixtureFit) expect(m *Mixture) (*mixtureSums, error) {
	c := f.newCollection(m)
	err := f.pass(c.work, func(place int, _ *chunk) error { c.collect(place); return nil })
	return c.result(err)
}

// sumsOf is the sums of some chunks.
func (f *mixtureFit) sumsOf(m *Mixture, rows []chunk) (*mixtureSums, error) {
	c := f.newCollection(m)
	for size := f.places(); len(rows) > 0; {
		group := rows[:min(size, len(rows))]
		if err := f.each(group, c.work); err != nil {
			return nil, err
		}
		for i := range group {
			c.collect(i)
		}
		rows = rows[len(group):]
	}
	return c.result(nil)
}

// A collection adds the sums of chunks in their order.
type collection struct {
	fit        *mixtureFit
	mixture    *Mixture
	means      relent.Matrix[float64] // of the components, wide
	columns    []float64              // the same in stripes
	places     []*summing
	lost       []float64 // what addition rounds off
	likelihood exact.Sum
	weight     exact.Sum
	mixtureSums
}

func (f *mixtureFit) newCollection(m *Mixture) *collection {
	n := sizeOfSums(f.o.Structure, f.k, m.dim)
	means := newWide(f.k, m.dim)
	for k := range f.k {
		copy(means.Row(k), m.double.components[k].mean)
	}
	return &collection{
		fit: f, mixture: m, means: means, columns: striped(means), places: make([]*summing, f.places()), lost: make([]float64, n),
		mixtureSums: mixtureSums{
			values: make([]float64, n), structure: f.o.Structure, k: f.k, dim: m.dim, worst: worstRow{logProb: math.Inf(1)},
		},
	}
}

// work computes the sums of a chunk.
func (c *collection) work(place int, rows *chunk) {
	s := c.places[place]
	if s == nil {
		s = newSumming(c.structure, c.k, c.dim)
		c.places[place] = s
	}
	clear(s.values)
	s.likelihood, s.worst.logProb = exact.Sum{}, math.Inf(1)
	var weight exact.Sum
	for from := 0; from < rows.x.Rows; from += mixtureBlock {
		to := min(from+mixtureBlock, rows.x.Rows)
		s.addBlock(c, rows.x.Slice(from, to), rows.weights[from:to])
	}
	for _, w := range rows.weights {
		weight.Add(w)
	}
	s.weight = weight.Take()
}

// collect adds the sums at a place.
func (c *collection) collect(place int) {
	s := c.places[place]
	addCompensated(c.values, c.lost, s.values)
	c.likelihood.Merge(&s.likelihood)
	c.weight.Add(s.weight)
	if s.worst.logProb < c.worst.logProb {
		c.worst = worstRow{s.worst.logProb, append([]float64(nil), s.worst.row...)}
	}
}

func (c *collection) result(err error) (*mixtureSums, error) {
	if err != nil {
		return nil, err
	}
	for i, v := range c.lost {
		c.values[i] += v
	}
	s := c.mixtureSums
	s.weight = c.weight.Take()
	s.logLikelihood = c.likelihood.Take() / s.weight
	if !finite(s.logLikelihood) && s.weight > 0 {
		return nil, fmt.Errorf("mvn: the mean log likelihood of the rows is %g: the components are too far from them", s.logLikelihood)
	}
	return &s, nil
}

// addCompensated adds x to sum, and to lost what is rounded off (Knuth).
func addCompensated(sum, lost, x []float64) {
	for i, v := range x {
		after := sum[i] + v
		added := after - sum[i]
		lost[i] += (sum[i] - (after - added)) + (v - added)
		sum[i] = after
	}
}

// addBlock adds the rows of a block.
func (s *summing) addBlock(c *collection, x relent.Matrix[float64], weights []float64) {
	shares, logProb := s.block, s.logProb[:x.Rows]
	shares.Cols = x.Rows
	c.mixture.double.scoreBlocks(mixtureResults[float64]{logProb: logProb, shares: shares}, x)
	for n, l := range logProb {
		if weights[n] == 0 {
			continue
		}
		s.likelihood.Add(float64(weights[n] * l))
		if l < s.worst.logProb {
			s.worst = worstRow{l, append(s.worst.row[:0], x.Row(n)...)}
		}
	}
	if s.structure == TiedCovariance {
		s.tiedBlock.add(s, c.columns, x, weights)
	}
	s.dense = s.dense[:0]
	for k := range s.k {
		row := shares.Row(k)
		sum, count := weigh(row, weights)
		s.shares()[k] += sum
		switch {
		case s.structure == TiedCovariance || count == 0:
		case 2*count > x.Rows:
			s.dense = append(s.dense, k)
		default:
			s.addChosen(k, x, row, wideRow(c.means, k))
		}
	}
	for from := 0; from < x.Rows; from += closeRows {
		part := x.Slice(from, min(from+closeRows, x.Rows))
		for _, k := range s.dense {
			s.addRows(k, part, shares.Row(k)[from:], wideRow(c.means, k))
		}
	}
}

// closeRows are how many rows are taken for all components while they are in the nearest cache.
const closeRows = 64

// weigh multiplies the shares of rows in a component by the weights, negligible ones by 0; what they sum to, and how many are left.
func weigh(shares, weights []float64) (sum float64, count int) {
	sums := relent.Pass(pass.MixtureShares, nil, shares, shares, weights)
	return sums[0], int(sums[1])
}

// ofAccount is a share and 1, or 0 and 0 if it is negligible, at most 2⁻⁸⁰, or NaN. Which it is cannot be foretold, and is no branch.
func ofAccount(share float64) (float64, uint64) {
	const least, past = 0x3af0000000000000, 0x7ff0000000000000 // the bits of 2⁻⁸⁰ and of +Inf
	counts, b := uint64(0), math.Float64bits(share)
	if b-(least+1) < past-(least+1) {
		counts = 1
	}
	return math.Float64frombits(b & -counts), counts
}

// addChosen adds the rows that have a share to the moments of a component.
func (s *summing) addChosen(k int, x relent.Matrix[float64], shares, mean []float64) {
	count := 0
	add := func() {
		s.addRows(k, s.scattering.rows.Slice(0, count), s.scattering.shares, mean)
		count = 0
	}
	for n, share := range shares {
		if share == 0 {
			continue
		}
		full := s.scattering.choose(count, x.Row(n), share)
		if count++; full {
			add()
		}
	}
	add()
}

// addRows adds rows to the moments of a component.
func (s *summing) addRows(k int, x relent.Matrix[float64], shares, mean []float64) {
	first, second := s.of(k) // which follow each other
	if s.structure == FullCovariance {
		s.scattering.add(first, second, x, shares, mean)
		return
	}
	addColumnMoments(first[:2*len(mean)], x, shares, mean)
}

// A tiedBlock adds what the rows of a block have of the moments of a tied covariance. With m the mean of the μₖ by the shares of a row,
// Σ rₖ(x-μₖ)(x-μₖ)ᵀ is (x-m)(x-m)ᵀ + ½ ΣΣ rₖrₗ(μₖ-μₗ)(μₖ-μₗ)ᵀ: nothing is subtracted.
type tiedBlock struct {
	apart, scaled    []float64 // x-m in stripes, and times weights
	shares, weighted []float64 // of rows, in stripes, and times weights
}

func newTiedBlock(k, d int) *tiedBlock {
	return &tiedBlock{
		make([]float64, mixtureBlock*wide(d)), make([]float64, mixtureBlock*wide(d)),
		make([]float64, mixtureBlock*wide(k)), make([]float64, mixtureBlock*wide(k)),
	}
}

// add adds the rows of a block to sums, given the means in stripes.
func (t *tiedBlock) add(s *summing, means []float64, x relent.Matrix[float64], weights []float64) {
	const group = 8 // rows that kernels take at least
	n, d, width := x.Rows, s.dim, wide(s.dim)
	rows := (n + group - 1) / group * group // others have no shares
	shares, weighted := t.shares[:rows*wide(s.k)], t.weighted[:rows*wide(s.k)]
	for k := range s.k {
		row := s.block.Data[k*s.block.Stride:][:rows]
		clear(row[n:])
		from := atStripes(rows, 0, k)
		to, times := shares[from:], weighted[from:]
		for i, r := range row {
			r, _ = ofAccount(r)
			row[i] = r
			to[i*stripe], times[i*stripe] = r, 0
			if i < n {
				times[i*stripe] = float64(weights[i] * r)
			}
		}
	}
	apart, scaled := t.apart[:rows*width], t.scaled[:rows*width]
	clear(apart)
	addProducts(apart, s.block.Data, means, s.k, rows, stripesOf(d), s.block.Stride, false)
	clear(scaled)
	for i := range n {
		row, w := wideRow(x, i), weights[i]
		for from := 0; from < width; from += stripe {
			at := atStripes(rows, i, from)
			a, b := apart[at:][:stripe], scaled[at:][:stripe]
			for j, v := range row[from:][:stripe] {
				a[j] = v - a[j]
				b[j] = float64(w * a[j])
			}
		}
	}
	first, second, together := s.tied()
	addProducts(first, weighted, apart, rows, s.k, stripesOf(d), 0, false)
	addProducts(second, scaled, apart, rows, d, stripesOf(d), 0, true)
	addProducts(together, weighted, shares, rows, s.k, stripesOf(s.k), 0, true)
}

// maximise moves m a step, up to 1, of the way to the mixture that maximises the likelihood of what the sums are of. A component without
// rows stays as it is, with no weight; or, if it is to be reseeded, it is put where the worst row is.
func (f *mixtureFit) maximise(m *Mixture, s *mixtureSums, step float64, reseed bool) (next *Mixture, reseeded int, err error) {
	p := m.double.mixtureParts
	d, total := s.dim, 0.0
	for _, n := range s.shares() {
		total += n
	}
	weights, means, moved := make([]float64, f.k), make([][]float64, f.k), newMatrix(f.k, d)
	first := make([]float64, d)
	shares := make([]float64, f.k) // of the new second moments that are those of the sums
	for k, n := range s.shares() {
		old := float64((1 - step) * p.weights[k])
		now := float64(step * (n / total))
		weights[k] = old + now
		if n > float64(0x1p-60*total) {
			shares[k] = now / weights[k]
		}
		means[k] = make([]float64, d)
		s.first(first, k, p)
		for j, mean := range p.components[k].mean {
			if shares[k] > 0 {
				moved.Row(k)[j] = float64(shares[k] * (first[j] / n))
			}
			means[k][j] = mean + moved.Row(k)[j]
		}
	}
	next, err = f.assemble(p, s, weights, means, moved, shares)
	if err != nil || !reseed {
		return next, 0, err
	}
	return f.reseed(next, s, shares)
}

// reseed puts the first component that has no part in the sums where the worst row is.
func (f *mixtureFit) reseed(m *Mixture, s *mixtureSums, shares []float64) (*Mixture, int, error) {
	for k, share := range shares {
		if share > 0 || s.worst.row == nil {
			continue
		}
		weights := append([]float64(nil), m.weights...)
		weights[k] = 1 / float64(f.all.rows)
		p := m.double.mixtureParts
		components := make([]*Normal, f.k)
		for l := range components {
			components[l] = &p.components[l]
		}
		variances, how := append([]float64(nil), f.all.variance...), separate
		var err error
		switch f.o.Structure {
		case TiedCovariance:
			components[k], how = newNormal(s.worst.row, components[0].form), tied
		case SphericalCovariance:
			components[k], err = NewNormalIsotropic(s.worst.row, total(variances)/float64(s.dim))
		default:
			components[k], err = NewNormalDiagonal(s.worst.row, variances)
		}
		if err != nil {
			return nil, 0, err
		}
		return newMixture(weights, components, how), 1, nil
	}
	return m, 0, nil
}

// assemble makes the mixture with weights and means, moved by some way, of which the share of second moments is that of the sums, and the
// rest the old one.
func (f *mixtureFit) assemble(
	p *mixtureParts, s *mixtureSums, weights []float64, means [][]float64, moved relent.Matrix[float64], shares []float64,
) (*Mixture, error) {
	components := make([]*Normal, f.k)
	if f.o.Structure == TiedCovariance {
		form, err := f.tiedForm(p, s, weights, moved, shares)
		if err != nil {
			return nil, &partError{"the tied covariance", err}
		}
		for k, mean := range means {
			if err := checkMean(mean, "covariance", s.dim); err != nil {
				return nil, &partError{fmt.Sprintf("component %d", k), err}
			}
			components[k] = newNormal(mean, form)
		}
		return newMixture(weights, components, tied), nil
	}
	for k, mean := range means {
		var err error
		if components[k], err = f.component(p, s, k, mean, moved.Row(k), shares[k]); err != nil {
			return nil, &partError{fmt.Sprintf("component %d", k), err}
		}
	}
	return newMixture(weights, components, separate), nil
}

// component is one of its own covariance.
func (f *mixtureFit) component(p *mixtureParts, s *mixtureSums, k int, mean, moved []float64, share float64) (*Normal, error) {
	old := &p.components[k]
	if err := checkMean(mean, "covariance", s.dim); err != nil {
		return nil, err
	}
	if share == 0 {
		return newNormal(mean, old.form), nil
	}
	n := s.shares()[k]
	blend := func(i, j int, now float64) float64 { // the second moment about the old mean, made one about the new mean
		v := float64(share*(now/n)) - float64(moved[i]*moved[j])
		if share < 1 {
			v += float64((1 - share) * old.form.covariance(i, j))
		}
		return v
	}
	_, second := s.of(k)
	switch f.o.Structure {
	case FullCovariance:
		sigma := triangle(second, s.dim)
		for i := range s.dim {
			for j, v := range sigma.Row(i)[:i+1] {
				sigma.Row(i)[j] = blend(i, j, v)
			}
			sigma.Row(i)[i] += f.floor[i]
		}
		if err := finiteTriangle(sigma); err != nil {
			return nil, err
		}
		return f.ofCovariance(mean, sigma)
	case DiagonalCovariance:
		variances := make([]float64, s.dim)
		for j, v := range second[:s.dim] {
			variances[j] = blend(j, j, v) + f.floor[j]
		}
		return NewNormalDiagonal(mean, variances)
	}
	square := 0.0
	for _, v := range moved {
		square += float64(v * v)
	}
	d := float64(s.dim)
	variance := (float64(share*(total(second)/n)) - square) / d
	if share < 1 {
		variance += float64((1 - share) * old.form.covariance(0, 0))
	}
	return NewNormalIsotropic(mean, variance+total(f.floor)/d)
}

// tiedForm is the covariance that components share.
func (f *mixtureFit) tiedForm(p *mixtureParts, s *mixtureSums, weights []float64, moved relent.Matrix[float64], shares []float64) (form, error) {
	_, second, _ := s.tied()
	sigma := triangle(second, s.dim)
	between := make([]float64, s.dim)
	rankOne := func(c float64, x []float64) {
		for i, v := range x {
			axpy(float64(c*v), x[:i+1], sigma.Row(i))
		}
	}
	for k := range s.k {
		for l := range k {
			if c := s.together(k, l); c > 0 {
				for j, v := range p.components[k].mean {
					between[j] = v - p.components[l].mean[j]
				}
				rankOne(c, between)
			}
		}
	}
	total, fresh := 0.0, 0.0
	for k, n := range s.shares() {
		total += n
		fresh += float64(weights[k] * shares[k])
	}
	for i := range s.dim {
		for j := range i + 1 {
			v := float64(fresh * (sigma.Row(i)[j] / total))
			if fresh < 1-0x1p-40 {
				v += float64((1 - fresh) * p.components[0].form.covariance(i, j))
			}
			sigma.Row(i)[j] = v
		}
	}
	for k, w := range weights {
		rankOne(-w, moved.Row(k))
	}
	for i, v := range f.floor {
		sigma.Row(i)[i] += v
	}
	if err := finiteTriangle(sigma); err != nil {
		return nil, err
	}
	n, err := f.ofCovariance(make([]float64, s.dim), sigma)
	if err != nil {
		return nil, err
	}
	return n.form, nil
}

// ofCovariance is the distribution of a covariance, which without a floor must not be singular up to rounding.
func (f *mixtureFit) ofCovariance(mean []float64, sigma relent.Matrix[float64]) (*Normal, error) {
	if f.o.Floor < 0 {
		return fitted(mean, sigma, nil, "a floor")
	}
	return newCovariance(mean, sigma)
}

func finiteTriangle(a relent.Matrix[float64]) error {
	for i := range a.Rows {
		for j, v := range a.Row(i)[:i+1] {
			if !finite(v) {
				return fmt.Errorf("mvn: element (%d, %d) of the covariance matrix is %g", i, j, v)
			}
		}
	}
	return nil
}
