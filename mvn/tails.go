package mvn

import "github.com/relent-go/relent"

// tails solve for the rows of a triangle, each of which begins with more zeros than the one before: what the zeros stand for is not computed.
type tails []tail

// A tail is for rows from one on up to those of the next tail. Their first columns hold zeros, and white is of the others.
type tail struct {
	row, zeros int
	white      *relent.Factor[float64]
}

// tailsOf are those of L⁻¹, of mean 0. Diagonal and singular forms have none.
func tailsOf(f form) tails {
	switch f := f.(type) {
	case *covarianceForm:
		return f.tails()
	case *precisionForm:
		return f.tails.get()
	case *lowRankForm:
		return f.covered.get().tails()
	}
	return nil
}

// newTails are those of a factor, made of its lower triangle by pack, for d rows, of which row k begins with k-before zeros at least. A
// distance has the bits that the whole row has: the kernels' blocks of squares begin where they would.
func newTails(
	white *relent.Factor[float64], lower relent.Matrix[float64], before int,
	pack func(mean []float64, lower relent.Matrix[float64]) (*relent.Factor[float64], error),
) tails {
	const (
		least   = 64 // columns for which it pays
		most    = 8  // tails, which take twice as much memory as L
		rows    = 36 // of whole tiles, and little more than two blocks of squares
		columns = 16 // of a block of squares
	)
	d := lower.Rows
	all := tails{{white: white}}
	if d < least {
		return all
	}
	step := (d + most*rows - 1) / (most * rows) * rows
	for row := step; row < d; row += step {
		zeros := (row - before) / columns * columns
		f, err := pack(make([]float64, d-zeros), lastBlock(lower, zeros))
		if err != nil { // the values are those of white
			panic(err)
		}
		all = append(all, tail{row, zeros, f})
	}
	return all
}

// sqMahalanobis computes the squared distances of rows from 0.
func (t tails) sqMahalanobis(distances []float64, rows relent.Matrix[float64]) {
	for k, tail := range t {
		last := rows.Rows
		if k+1 < len(t) {
			last = t[k+1].row
		}
		part := rows.Slice(tail.row, last)
		part.Data, part.Cols = part.Data[tail.zeros:], part.Cols-tail.zeros
		always(tail.white.SqMahalanobis(distances[tail.row:last], part, relent.Run{}))
	}
}
