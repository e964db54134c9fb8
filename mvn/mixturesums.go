package mvn

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
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

// Where sums are: the shares; first moments; of full covariances a d×d lower triangle for each component; of a tied one a triangle
// about the mean of the means, and the sums of products of two shares; d variances for each component; or one.
func (s *mixtureSums) shares() []float64         { return s.values[:s.k] }
func (s *mixtureSums) first(k int) []float64     { return s.values[s.k+k*s.dim:][:s.dim] }
func (s *mixtureSums) second() []float64         { return s.values[s.k+s.k*s.dim:] }
func (s *mixtureSums) variances(k int) []float64 { return s.second()[k*s.dim:][:s.dim] }

func (s *mixtureSums) triangle(k int) relent.Matrix[float64] {
	return relent.Matrix[float64]{Rows: s.dim, Cols: s.dim, Stride: s.dim, Data: s.second()[k*s.dim*s.dim:][:s.dim*s.dim]}
}

// together are the sums of products of the shares in components k and others.
func (s *mixtureSums) together(k int) []float64 { return s.second()[s.dim*s.dim+k*s.k:][:s.k] }

func sizeOfSums(structure Structure, k, d int) int {
	n := k + k*d
	switch structure {
	case FullCovariance:
		return n + k*d*d
	case TiedCovariance:
		return n + d*d + k*k
	case DiagonalCovariance:
		return n + k*d
	}
	return n + k
}

// A summing goroutine has the sums of a chunk.
type summing struct {
	mixtureSums
	likelihood    exact.Sum
	block         relent.Matrix[float64] // of shares, a row a component
	logProb       []float64
	rows          []int
	apart, scaled []float64 // columns of differences, and times shares
	middle        []float64
}

func newSumming(structure Structure, k, d int) *summing {
	return &summing{
		mixtureSums: mixtureSums{values: make([]float64, sizeOfSums(structure, k, d)), structure: structure, k: k, dim: d},
		block:       newMatrix(k, mixtureBlock),
		logProb:     make([]float64, mixtureBlock),
		rows:        make([]int, 0, mixtureBlock),
		apart:       make([]float64, (d+tileColumns)*tileRows),
		scaled:      make([]float64, (d+tileColumns)*tileRows),
		middle:      make([]float64, d),
	}
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
	places     []*summing
	lost       []float64 // what addition rounds off
	likelihood exact.Sum
	weight     exact.Sum
	mixtureSums
}

func (f *mixtureFit) newCollection(m *Mixture) *collection {
	n := sizeOfSums(f.o.Structure, f.k, m.dim)
	return &collection{
		fit: f, mixture: m, places: make([]*summing, f.places()), lost: make([]float64, n),
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
		s.addBlock(c.mixture, rows.x.Slice(from, to), rows.weights[from:to])
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

// negligible shares of a row have no part in the sums.
const negligible = 0x1p-80

// addBlock adds the rows of a block.
func (s *summing) addBlock(m *Mixture, x relent.Matrix[float64], weights []float64) {
	shares, logProb := s.block, s.logProb[:x.Rows]
	shares.Cols = x.Rows
	m.double.scoreBlocks(mixtureResults[float64]{logProb: logProb, shares: shares}, x)
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
		s.addTied(m, x, weights)
	}
	for k := range s.k {
		row := shares.Row(k)
		s.rows = s.rows[:0]
		total := 0.0
		for n, share := range row {
			if row[n] = share * weights[n]; row[n] > negligible {
				s.rows = append(s.rows, n)
				total += row[n]
			}
		}
		s.shares()[k] += total
		s.addComponent(k, m.double.components[k].mean, x, row)
	}
}

// addComponent adds the chosen rows to the sums of a component.
func (s *summing) addComponent(k int, mean []float64, x relent.Matrix[float64], shares []float64) {
	first := s.first(k)
	switch s.structure {
	case FullCovariance:
		s.addFull(k, mean, x, shares)
	case TiedCovariance:
		for _, n := range s.rows {
			share, row := shares[n], x.Row(n)
			for j, v := range row {
				first[j] += float64(share * (v - mean[j]))
			}
		}
	case DiagonalCovariance:
		second := s.variances(k)
		for _, n := range s.rows {
			share, row := shares[n], x.Row(n)
			for j, v := range row {
				apart := v - mean[j]
				scaled := float64(share * apart)
				first[j] += scaled
				second[j] += float64(scaled * apart)
			}
		}
	case SphericalCovariance:
		for _, n := range s.rows {
			share, row, square := shares[n], x.Row(n), 0.0
			for j, v := range row {
				apart := v - mean[j]
				first[j] += float64(share * apart)
				square += float64(apart * apart)
			}
			s.second()[k] += float64(share * square)
		}
	}
}

// addFull adds r·(x-μ) and r·(x-μ)(x-μ)ᵀ.
func (s *summing) addFull(k int, mean []float64, x relent.Matrix[float64], shares []float64) {
	first, second := s.first(k), s.triangle(k)
	for rows := s.rows; len(rows) > 0; {
		some := rows[:min(tileRows, len(rows))]
		for c, n := range some {
			share := shares[n]
			for j, v := range x.Row(n) {
				apart := v - mean[j]
				scaled := float64(share * apart)
				s.apart[j*tileRows+c], s.scaled[j*tileRows+c] = apart, scaled
				first[j] += scaled
			}
		}
		addProducts(second, s.scaled, s.apart, len(some))
		rows = rows[len(some):]
	}
}

// addTied adds what rows have of a tied covariance. With m the mean of the μₖ by the shares of a row, Σ rₖ(x-μₖ)(x-μₖ)ᵀ is
// (x-m)(x-m)ᵀ + ½ ΣΣ rₖrₗ(μₖ-μₗ)(μₖ-μₗ)ᵀ: nothing is subtracted.
func (s *summing) addTied(m *Mixture, x relent.Matrix[float64], weights []float64) {
	second, c := s.triangle(0), 0
	for n := range x.Rows {
		w := weights[n]
		if w == 0 {
			continue
		}
		clear(s.middle)
		for k := range s.k {
			r := s.share(k, n)
			if r <= negligible {
				continue
			}
			axpy(r, m.double.components[k].mean, s.middle)
			together := s.together(k)
			for l := range k {
				together[l] += float64(float64(w*r) * s.share(l, n))
			}
		}
		for j, v := range x.Row(n) {
			apart := v - s.middle[j]
			s.apart[j*tileRows+c], s.scaled[j*tileRows+c] = apart, float64(w*apart)
		}
		if c++; c == tileRows {
			addProducts(second, s.scaled, s.apart, c)
			c = 0
		}
	}
	if c > 0 {
		addProducts(second, s.scaled, s.apart, c)
	}
}

// share is that of row n of the block in component k.
func (s *summing) share(k, n int) float64 { return s.block.Data[k*s.block.Stride+n] }

// Columns of tileRows rows are multiplied at a time, four with two.
const (
	tileRows    = 128
	tileColumns = 4
)

// addProducts adds Σ a·b of columns i of a and j of b, of so many rows, to elements (i, j) of the lower triangle of dst. Beyond the last
// column there are others, of any numbers.
func addProducts(dst relent.Matrix[float64], a, b []float64, rows int) {
	column := func(x []float64, j int) []float64 { return x[j*tileRows:][:rows] }
	for i := 0; i < dst.Rows; i += 2 {
		a0, a1 := column(a, i), column(a, i+1)
		for j := 0; j <= i+1 && j < dst.Cols; j += tileColumns {
			t0, t1 := tileProducts(a0, a1, column(b, j), column(b, j+1), column(b, j+2), column(b, j+3))
			for l := range min(tileColumns, dst.Cols-j) {
				dst.Row(i)[j+l] += t0[l]
				if i+1 < dst.Rows {
					dst.Row(i + 1)[j+l] += t1[l]
				}
			}
		}
	}
}

// tileProducts is the products of two columns with four.
func tileProducts(a0, a1, b0, b1, b2, b3 []float64) (t0, t1 [tileColumns]float64) {
	a1, b0, b1, b2, b3 = a1[:len(a0)], b0[:len(a0)], b1[:len(a0)], b2[:len(a0)], b3[:len(a0)]
	var s0, s1, s2, s3, u0, u1, u2, u3 float64
	for n, x := range a0 {
		y := a1[n]
		z0, z1, z2, z3 := b0[n], b1[n], b2[n], b3[n]
		s0 += float64(x * z0)
		s1 += float64(x * z1)
		s2 += float64(x * z2)
		s3 += float64(x * z3)
		u0 += float64(y * z0)
		u1 += float64(y * z1)
		u2 += float64(y * z2)
		u3 += float64(y * z3)
	}
	return [tileColumns]float64{s0, s1, s2, s3}, [tileColumns]float64{u0, u1, u2, u3}
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
	shares := make([]float64, f.k) // of the new second moments that are those of the sums
	for k, n := range s.shares() {
		old := float64((1 - step) * p.weights[k])
		now := float64(step * (n / total))
		weights[k] = old + now
		if n > float64(0x1p-60*total) {
			shares[k] = now / weights[k]
		}
		means[k] = make([]float64, d)
		for j, mean := range p.components[k].mean {
			if shares[k] > 0 {
				moved.Row(k)[j] = float64(shares[k] * (s.first(k)[j] / n))
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
	switch f.o.Structure {
	case FullCovariance:
		sigma, second := newMatrix(s.dim, s.dim), s.triangle(k)
		for i := range s.dim {
			for j := range i + 1 {
				sigma.Row(i)[j] = blend(i, j, second.Row(i)[j])
			}
			sigma.Row(i)[i] += f.floor[i]
		}
		if err := finiteTriangle(sigma); err != nil {
			return nil, err
		}
		return newCovariance(mean, sigma)
	case DiagonalCovariance:
		variances := make([]float64, s.dim)
		for j, v := range s.variances(k) {
			variances[j] = blend(j, j, v) + f.floor[j]
		}
		return NewNormalDiagonal(mean, variances)
	}
	square := 0.0
	for _, v := range moved {
		square += float64(v * v)
	}
	d := float64(s.dim)
	variance := (float64(share*(s.second()[k]/n)) - square) / d
	if share < 1 {
		variance += float64((1 - share) * old.form.covariance(0, 0))
	}
	return NewNormalIsotropic(mean, variance+total(f.floor)/d)
}

// tiedForm is the covariance that components share.
func (f *mixtureFit) tiedForm(p *mixtureParts, s *mixtureSums, weights []float64, moved relent.Matrix[float64], shares []float64) (form, error) {
	sigma := clone(s.triangle(0))
	between := make([]float64, s.dim)
	rankOne := func(c float64, x []float64) {
		for i, v := range x {
			axpy(float64(c*v), x[:i+1], sigma.Row(i))
		}
	}
	for k := range s.k {
		for l, c := range s.together(k)[:k] {
			if c > 0 {
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
	columns := transposed(sigma)
	if pivot, value := factorize(columns); pivot >= 0 {
		return nil, &NotPositiveDefiniteError{"covariance", pivot, value}
	}
	return newCovarianceForm(sigma, columns)
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
