package mvn

import (
	"bytes"
	"math"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A symmetric matrix that is stored as such is read where it is, and any other one by its elements: it is the same distribution, or the
// same error.
func TestNormalOfStoredMatrix(t *testing.T) {
	for _, d := range []int{1, 2, 4, 5, 17, 40} {
		a := mat.NewSymDense(d+1, nil)
		for i := range d + 1 {
			for j := range i {
				a.SetSym(i, j, float64((i*7+j*3)%11-5)/float64(20*d))
			}
			a.SetSym(i, i, 1+float64(i%5)/8)
		}
		sigma := a.SliceSym(1, d+1).(*mat.SymDense) // with a stride
		mu, x := make([]float64, d), make([]float64, d)
		for i := range mu {
			mu[i], x[i] = float64(i), float64(2*i-3)
		}
		stored, read := must(NewNormal(mu, sigma)), must(NewNormalMatrix(mu, everyElement(sigma)))
		if !bytes.Equal(must(stored.MarshalBinary()), must(read.MarshalBinary())) {
			t.Errorf("d = %d: other bytes", d)
		}
		var got mat.SymDense
		stored.CovarianceMatrix(&got)
		if !mat.Equal(&got, sigma) {
			t.Errorf("d = %d: another covariance", d)
		}
		if p, q := stored.LogProb(x), read.LogProb(x); p != q {
			t.Errorf("d = %d: log density %v, not %v", d, p, q)
		}
		if kl := KullbackLeibler(stored, read); kl != 0 {
			t.Errorf("d = %d: divergence %v", d, kl)
		}
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 9} {
			sigma.SetSym(d/2, d-1, bad)
			_, err := NewNormal(mu, sigma)
			_, want := NewNormalMatrix(mu, everyElement(sigma))
			switch {
			case want == nil && err == nil && d <= 2: // a variance
			case want == nil || err == nil || want.Error() != err.Error():
				t.Errorf("d = %d, element %v: error %v, not %v", d, bad, err, want)
			}
			sigma.SetSym(d/2, d-1, 0)
		}
	}
}

// everyElement has those of both triangles.
func everyElement(a mat.Symmetric) relent.Matrix[float64] {
	return relent.Matrix[float64](mat.DenseCopyOf(a).RawMatrix())
}
