package mvn

import (
	"fmt"
	"math"
	"testing"

	"github.com/relent-go/relent"
)

// Rows that begin with zeros have the bits that the whole factor gives them, also where a distance is too large or not a number.
func TestTails(t *testing.T) {
	for _, d := range []int{1, 2, 33, 63, 64, 65, 96, 100, 129, 200, 300} {
		r := seed(fmt.Sprint(t.Name(), d))
		sigma := r.covariance(d, 100)
		for what, form := range map[string]form{
			"covariance": must(NewNormal(make([]float64, d), sigma)).form,
			"precision":  must(NewNormalPrecision(make([]float64, d), sigma)).form,
		} {
			all := []struct {
				name   string
				tails  tails
				before int
			}{{"tails", tailsOf(form), 1}}
			if p, ok := form.(*precisionForm); ok {
				all = append(all, struct {
					name   string
					tails  tails
					before int
				}{"reversed", p.reversed.get(), 0})
			}
			for _, c := range all {
				rows := newMatrix(d, d)
				for i := range d {
					copy(rows.Row(i)[max(0, i-c.before):], r.vector(d))
				}
				rows.Row(d / 3)[d-1] = math.NaN()
				rows.Row(d / 2)[d-1] = math.MaxFloat64
				rows.Row(d - 1)[d-1] = math.Inf(1)
				want, got := always(c.tails[0].white.SqMahalanobis(nil, rows, relent.Run{})), make([]float64, d)
				c.tails.sqMahalanobis(got, rows)
				for i, w := range want {
					if math.Float64bits(got[i]) != math.Float64bits(w) {
						t.Errorf("%s of a %s, d = %d: row %d is %g, of the whole factor %g", c.name, what, d, i, got[i], w)
					}
				}
				if many := len(c.tails) > 1; many != (d >= 64) {
					t.Errorf("%s of a %s, d = %d: %d tails", c.name, what, d, len(c.tails))
				}
			}
		}
	}
}
