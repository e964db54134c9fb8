package mvn

import "math"

func isSingular(n *Normal) bool {
	_, ok := n.form.(*singularForm)
	return ok
}

// withinSupport is a divergence of two distributions, one of which at least is of NewNormalSingular: +Inf unless they have the same
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

// project leaves two distributions, one of which at least is of NewNormalSingular, the free variables of one of them, which determine the
// others. It returns false if they do not have the same support, and nil if that is a point.
func project(l, r *Normal) (*Normal, *Normal, bool) {
	if l.Rank() != r.Rank() {
		return nil, nil, false
	}
	f, ok := r.form.(*singularForm)
	if !ok {
		f = l.form.(*singularForm)
	}
	if !f.holds(l.mean, r.mean, f.freeOf(nil, l.mean, r.mean)) || !f.containsSupport(l.form) || !f.containsSupport(r.form) {
		return nil, nil, false
	}
	if f.rank() == 0 {
		return nil, nil, true
	}
	a, errA := l.MarginalNormal(f.free)
	b, errB := r.MarginalNormal(f.free)
	if errA != nil || errB != nil || isSingular(a) || isSingular(b) { // singular to the one's tolerance, not to the other's
		return nil, nil, false
	}
	return a, b, true
}

// containsSupport tells whether the variables of g that are bound in f are, in g, the same functions of the others: within 2⁻²⁰ of
// the standard deviations of what is compared.
func (f *singularForm) containsSupport(g form) bool {
	for i, b := range f.bound {
		w := f.w.Row(i)
		deviation := func(v int) float64 { return math.Sqrt(max(0, g.covariance(v, v))) }
		size := deviation(b)
		for k, v := range f.free {
			size += float64(math.Abs(w[k]) * deviation(v))
		}
		off := make([]float64, g.rank())
		h := g.(*singularForm) // of the same rank as f, which has bound variables
		for c := range off {
			column := h.columns.Row(c)
			off[c] = column[b]
			for k, v := range f.free {
				off[c] -= float64(w[k] * column[v])
			}
		}
		if !(norm(off) <= float64(0x1p-20*size)) {
			return false
		}
	}
	return true
}
