package mvn

import (
	"math"

	"github.com/relent-go/relent"
)

func isSingular(n *Normal) bool {
	_, ok := n.form.(*singularForm)
	return ok
}

// withinSupport is a divergence of two distributions, one of which at least is of NewSingular: +Inf unless they have the same
// support, 0 if that is a point.
func withinSupport(l, r *Normal, divergence func(l, r *Normal) float64) float64 {
	l, r, ok := project(l, r)
	switch {
	case !ok:
		return math.Inf(1)
	case l == nil:
		return 0
	}
	return divergence(l, r)
}

// project expresses two distributions, one of which at least is of NewSingular, in the coordinates of the support that they
// have in common. It returns false if they do not have the same, and nil if that is a point.
func project(l, r *Normal) (*Normal, *Normal, bool) {
	if l.Rank() != r.Rank() {
		return nil, nil, false
	}
	f, ok := r.form.(*singularForm)
	if !ok {
		f = l.form.(*singularForm)
	}
	difference := make([]float64, l.Dim())
	if !subtract(difference, l.mean, r.mean) || !f.holds(difference, norm(l.mean)+norm(r.mean)) {
		return nil, nil, false
	}
	for _, n := range []*Normal{l, r} {
		if g, ok := n.form.(*singularForm); ok && !g.within(f) {
			return nil, nil, false
		}
	}
	if f.rank() == 0 {
		return nil, nil, true
	}
	mean := make([]float64, f.rank())
	for k := range mean {
		mean[k] = dot(f.vectors.Row(f.null+k), difference)
	}
	a, err := NewMatrix(mean, f.coordinates(l.form))
	if err != nil { // an eigenvalue above the tolerance of one is below that of the other
		return nil, nil, false
	}
	b, err := NewMatrix(make([]float64, len(mean)), f.coordinates(r.form))
	if err != nil {
		return nil, nil, false
	}
	return a, b, true
}

// holds tells whether y is a difference of points on the support, of the given size.
func (f *singularForm) holds(y []float64, size float64) bool {
	off := make([]float64, f.null)
	for k := range off {
		off[k] = dot(f.vectors.Row(k), y)
	}
	return norm(off) <= 0x1p-20*(size+f.root[f.dim()-1])
}

// within tells whether the eigenvectors of f are in the support of g.
func (f *singularForm) within(g *singularForm) bool {
	for k := f.null; k < f.dim(); k++ {
		for j := range g.null {
			if math.Abs(dot(f.vectors.Row(k), g.vectors.Row(j))) > 0x1p-20 {
				return false
			}
		}
	}
	return true
}

// coordinates is the covariance of another form in the basis of the eigenvectors.
func (f *singularForm) coordinates(other form) relent.Matrix[float64] {
	d, r := f.dim(), f.rank()
	c := newMatrix(r, r)
	product := make([]float64, d)
	row := make([]float64, d)
	for k := range r {
		v := f.vectors.Row(f.null + k)
		for i := range d {
			for j := range d {
				row[j] = other.covariance(i, j)
			}
			product[i] = dot(row, v)
		}
		for j := range k + 1 {
			c.Row(k)[j] = dot(product, f.vectors.Row(f.null+j))
			c.Row(j)[k] = c.Row(k)[j]
		}
	}
	return c
}
