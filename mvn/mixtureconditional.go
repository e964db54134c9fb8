package mvn

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A MixtureConditional computes with the distributions of some variables of a Mixture given many rows of values of the others. Each is the
// mixture of the conditional distributions of the components, weighted by their posterior probabilities given the values, which are those
// of [Mixture.MarginalMixture]; its mean is the regression on the values. All methods may be called concurrently.
type MixtureConditional struct {
	given *Mixture       // of the observed variables
	parts []*Conditional // of the components
	work  *buffers
}

// Conditional returns the distributions of the variables that are not in observed, in their order, given values of those. Errors are those of
// [Normal.Conditional]. [Mixture.ConditionMixture] is the mixture given one row of values.
func (m *Mixture) Conditional(observed []int) (*MixtureConditional, error) {
	given, err := m.MarginalMixture(observed)
	if err != nil {
		return nil, err
	}
	c := &MixtureConditional{given: given, work: &buffers{}}
	for k := range m.double.components {
		part, err := m.double.components[k].Conditional(observed)
		if err != nil {
			return nil, &partError{fmt.Sprintf("component %d", k), err}
		}
		c.parts = append(c.parts, part)
	}
	return c, nil
}

// Rest are the variables that are not observed, in their order.
func (c *MixtureConditional) Rest() []int { return c.parts[0].Rest() }

// MeanRows computes the mean of the rest given every row of values, of the observed variables in the order in which they were named, into
// the rows of dst; a nil dst is allocated, an empty one resized. Values that are not finite give NaN. The bits do not depend on the run; an error
// is that of its context. With a dst and one worker it does not allocate.
func (c *MixtureConditional) MeanRows(dst, values *mat.Dense, run relent.Run) (*mat.Dense, error) {
	const name = "MeanRows"
	x := denseRows(name, values, c.given.dim)
	dst = destinationDense(name, dst, x.Rows, c.rest())
	if x.Rows == 0 {
		return dst, nil
	}
	to := relent.Matrix[float64](dst.RawMatrix())
	if plain(run) {
		c.means(to, x)
		return dst, nil
	}
	return dst, inParts(x.Rows, mixtureBlock, c.flops(), run, func(from, until int) { c.means(to.Slice(from, until), x.Slice(from, until)) })
}

// LogProbRows computes the log density of the rest given the observed variables for every row of x, which holds all variables in the
// order of the mixture, into dst, as [Mixture.LogProbRows]. A row that holds a NaN, or an observed value that is infinite, gives NaN; else
// one that holds an infinity gives -Inf. Values that are too far from every component are of the nearest one.
func (c *MixtureConditional) LogProbRows(dst []float64, x *mat.Dense, run relent.Run) ([]float64, error) {
	const name = "LogProbRows"
	rows := denseRows(name, x, c.given.dim+c.rest())
	dst = destination(name, "dst", dst, rows.Rows)
	if plain(run) {
		c.densities(dst, rows)
		return dst, nil
	}
	return dst, inParts(rows.Rows, mixtureBlock, c.flops(), run, func(from, to int) { c.densities(dst[from:to], rows.Slice(from, to)) })
}

func (c *MixtureConditional) rest() int { return len(c.parts[0].rest) }

// flops are those of a row.
func (c *MixtureConditional) flops() float64 {
	return float64(float64(2*len(c.parts)) * formFlops(c.given.dim+c.rest()))
}

func (c *MixtureConditional) means(dst, x relent.Matrix[float64]) {
	k, d, r := len(c.parts), c.given.dim+c.rest(), c.rest()
	all := c.work.get(k*mixtureBlock + d + r)
	work, mean := all[k*mixtureBlock:][:d], all[k*mixtureBlock+d:]
	scorer := c.given.double
	b := scorer.buffer()
	for from := 0; from < x.Rows; from += mixtureBlock {
		values := x.Slice(from, min(from+mixtureBlock, x.Rows))
		shares := byComponent(all, k, values.Rows)
		scorer.score(b, mixtureResults[float64]{shares: shares}, values)
		for i := range values.Rows {
			row := dst.Row(from + i)
			clear(row)
			for k, part := range c.parts {
				if share := shares.Row(k)[i]; share != 0 {
					part.meanGiven(mean, work, values.Row(i))
					axpy(share, mean, row)
				}
			}
		}
	}
	scorer.free.Put(b)
	c.work.put(all)
}

// byComponent is a matrix of a row for each component and a column for each row of a block, in memory that begins with the place for that.
func byComponent(data []float64, components, rows int) relent.Matrix[float64] {
	return relent.Matrix[float64]{Rows: components, Cols: rows, Stride: mixtureBlock, Data: data[:components*mixtureBlock]}
}

func (c *MixtureConditional) densities(dst []float64, x relent.Matrix[float64]) {
	k, o := len(c.parts), c.given.dim
	all := c.work.get((k+1+o)*mixtureBlock + x.Cols)
	sums, values, work := all[k*mixtureBlock:][:mixtureBlock], all[(k+1)*mixtureBlock:][:o*mixtureBlock], all[(k+1+o)*mixtureBlock:]
	for from := 0; from < x.Rows; from += mixtureBlock {
		rows := x.Slice(from, min(from+mixtureBlock, x.Rows))
		terms := byComponent(all, k, rows.Rows)
		c.logShares(terms, sums[:rows.Rows], c.observed(values, rows))
		for i := range rows.Rows {
			for k, part := range c.parts {
				terms.Row(k)[i] += part.density(work, rows.Row(i))
			}
		}
		relent.LogSumExpColumns(dst[from:from+rows.Rows], terms, relent.Run{})
	}
	c.work.put(all)
}

// observed are the values of the observed variables in rows.
func (c *MixtureConditional) observed(place []float64, rows relent.Matrix[float64]) relent.Matrix[float64] {
	values := relent.Matrix[float64]{Rows: rows.Rows, Cols: c.given.dim, Stride: c.given.dim, Data: place}
	for i := range rows.Rows {
		for j, v := range c.parts[0].observed {
			values.Row(i)[j] = rows.Row(i)[v]
		}
	}
	return values
}

// logShares computes the logarithms of the posterior probabilities of the components given values.
func (c *MixtureConditional) logShares(dst relent.Matrix[float64], sums []float64, values relent.Matrix[float64]) {
	scorer := c.given.double
	scorer.terms.get().compute(dst, values)
	relent.LogSumExpColumns(sums, dst, relent.Run{})
	b := scorer.buffer()
	for i, sum := range sums {
		far := math.IsInf(sum, -1)
		if far {
			scorer.settle(b, mixtureResults[float64]{shares: dst}, values.Row(i), i)
		}
		for k := range c.parts {
			if row := dst.Row(k); far {
				row[i] = log(row[i])
			} else {
				row[i] -= sum
			}
		}
	}
	scorer.free.Put(b)
}
