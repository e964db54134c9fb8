package mvn

import (
	"bytes"
	"math"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// Moments of blocks are those of their rows within the documented errors, wherever columns are, and of whatever size.
func TestMomentsOfBlocks(t *testing.T) {
	const d, rows = 19, 2*MomentsBlockRows + 300
	r := seed(t.Name())
	x := rowsOf(r.dense(rows, d))
	for i := range rows {
		row := x.Row(i)
		row[1] += 1e8
		row[2] = 0.1 // which a sum of these is not a multiple of
		row[3] = 1e12 + float64(i%2)*0x1p-13
		row[4] = float64(row[0]*1e-7) + row[5]
		row[6] *= 1e50
		row[7] = float64(row[7]*1e-100) - 1e-101
		row[8] = float64(i/MomentsBlockRows) * 3 // constant in every block
	}
	x.Row(0)[9] = 1e9
	for _, scale := range []float64{1, 0x1p+330, 0x1p-330, 0x1p-500} { // the last ones as rows
		scaled := clone(x)
		for i := range scaled.Data {
			scaled.Data[i] *= scale
		}
		exactly, blocks := NewMoments(d, RefuseNaN), NewMoments(d, RefuseNaN)
		must(0, MomentsAddRows(exactly, scaled, nil, relent.Run{}))
		must(0, MomentsAddBlocks(blocks, scaled, relent.Run{}))
		want, got := exactly.Mean(nil), blocks.Mean(nil)
		sigma, tau := exactly.roundedCovariance(), blocks.roundedCovariance()
		for i := range d {
			if e := math.Abs(got[i] - want[i]); !(e <= 0x1p-45*math.Sqrt(sigma.At(i, i))+0x1p-52*math.Abs(want[i])) {
				t.Errorf("times %g: mean %d is %v, want %v", scale, i, got[i], want[i])
			}
			for j := range i + 1 {
				bound := 0x1p-44 * (math.Sqrt(sigma.At(i, i)) * math.Sqrt(sigma.At(j, j)))
				if e := math.Abs(tau.At(i, j) - sigma.At(i, j)); !(e <= bound) {
					t.Errorf("times %g: element (%d, %d) is %v, want %v", scale, i, j, tau.At(i, j), sigma.At(i, j))
				}
			}
		}
	}
}

// roundedCovariance need not be positive definite.
func (m *Moments) roundedCovariance() *mat.SymDense {
	sigma, n := mat.NewSymDense(m.Dim(), nil), m.weight()
	for i := range m.Dim() {
		for j := range i + 1 {
			sigma.SetSym(i, j, m.gram.Sum(i, j).Times(n).Minus(m.sum(i).Times(m.sum(j))).Over(n.Times(n)))
		}
	}
	return sigma
}

// The bits are those of the blocks, whoever adds them, and in which order.
func TestMomentsOfBlocksInAnyOrder(t *testing.T) {
	const d, rows = 5, 3*MomentsBlockRows + 77
	x := rowsOf(seed(t.Name()).dense(rows, d))
	x.Row(10)[2] = math.NaN()
	x.Row(rows - 1)[2] = math.NaN()
	want := NewMoments(d, SkipNaN)
	must(0, want.AddBlocks(mat.NewDense(rows, d, x.Data), relent.Run{}))
	if want.Rows() != rows-2 || want.Skipped() != 2 {
		t.Errorf("%d rows, %d skipped", want.Rows(), want.Skipped())
	}
	data := must(want.MarshalBinary())
	workers, parts, again := NewMoments(d, SkipNaN), NewMoments(d, SkipNaN), NewMoments(d, RefuseNaN)
	must(0, MomentsAddBlocks(workers, x, relent.Run{Workers: 3}))
	for _, from := range []int{2, 0} {
		part := NewMoments(d, SkipNaN)
		must(0, MomentsAddBlocks(part, x.Slice(from*MomentsBlockRows, min(rows, (from+2)*MomentsBlockRows)), relent.Run{}))
		must(0, parts.Merge(part))
	}
	must(0, again.UnmarshalBinary(data))
	for what, m := range map[string]*Moments{"workers": workers, "parts": parts, "kept": again} {
		if !bytes.Equal(must(m.MarshalBinary()), data) {
			t.Errorf("%s: the moments differ", what)
		}
	}
	if err := MomentsAddBlocks(NewMoments(d, RefuseNaN), x, relent.Run{}); err == nil {
		t.Error("NaN is taken")
	}
}

func BenchmarkMomentsBlocks(b *testing.B) { benchmarkMoments(b, (*Moments).AddBlocks) }
