package main

import (
	"fmt"
	"time"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A trsmProgram is how one computes squared Mahalanobis distances of many rows with gonum: it takes rows by chunks, with the
// mean subtracted, has blas64.Trsm divide a chunk by L and adds the squares. With blas.Left a chunk is transposed.
type trsmProgram struct {
	side  blas.Side
	uplo  blas.Uplo // Lower: by L; Upper: by a copy of Lᵀ
	chunk int       // rows
}

// trsmPrograms lists those of which the fastest is compared with relent.
func trsmPrograms() []trsmProgram {
	var all []trsmProgram
	for _, side := range []blas.Side{blas.Left, blas.Right} {
		for _, uplo := range []blas.Uplo{blas.Lower, blas.Upper} {
			for _, chunk := range []int{128, 256, 512, 1024} {
				all = append(all, trsmProgram{side, uplo, chunk})
			}
		}
	}
	return all
}

func (p trsmProgram) String() string {
	return fmt.Sprintf("%s %s %d", map[blas.Side]string{blas.Left: "left", blas.Right: "right"}[p.side],
		map[blas.Uplo]string{blas.Lower: "L", blas.Upper: "Lᵀ"}[p.uplo], p.chunk)
}

// fastestTrsm finds the program that is fastest for the model.
func fastestTrsm(m model[float64]) trsmProgram {
	programs := trsmPrograms()
	var runners []*runner
	for _, p := range programs {
		runners = append(runners, newScoring("", p.scorer(m), m.rows))
	}
	race(5, 100*time.Microsecond, runners...)
	fastest := 0
	for i, r := range runners {
		if r.best < runners[fastest].best {
			fastest = i
		}
	}
	return programs[fastest]
}

// scorer is the program for a model.
func (p trsmProgram) scorer(m model[float64]) scorer[float64] {
	a, trans := lower(m), blas.NoTrans
	if p.uplo == blas.Upper {
		a = upper(m)
	}
	if (p.side == blas.Left) != (p.uplo == blas.Lower) {
		trans = blas.Trans
	}
	buffer := make([]float64, p.chunk*m.dim())
	return func(dst []float64, x relent.Matrix[float64]) {
		for from := 0; from < x.Rows; from += p.chunk {
			to := min(from+p.chunk, x.Rows)
			if p.side == blas.Left {
				z := subtractTransposed(buffer, x.Slice(from, to), m.mean)
				blas64.Trsm(p.side, trans, 1, a, z)
				addSquaresOfColumns(dst[from:to], z)
			} else {
				z := subtract(buffer, x.Slice(from, to), m.mean)
				blas64.Trsm(p.side, trans, 1, a, z)
				addSquaresOfRows(dst[from:to], z)
			}
		}
	}
}

// subtractTransposed is xᵀ with the mean subtracted from each column of it.
func subtractTransposed(buffer []float64, x relent.Matrix[float64], mean []float64) blas64.General {
	z := blas64.General{Rows: x.Cols, Cols: x.Rows, Stride: x.Rows, Data: buffer[:x.Rows*x.Cols]}
	for k, mu := range mean {
		row := z.Data[k*z.Stride:][:z.Cols]
		for i := range row {
			row[i] = x.Data[i*x.Stride+k] - mu
		}
	}
	return z
}

// subtract is x with the mean subtracted from each row.
func subtract(buffer []float64, x relent.Matrix[float64], mean []float64) blas64.General {
	z := blas64.General{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols, Data: buffer[:x.Rows*x.Cols]}
	for i := range x.Rows {
		row, from := z.Data[i*z.Stride:][:z.Cols], x.Row(i)
		for k, mu := range mean {
			row[k] = from[k] - mu
		}
	}
	return z
}

func addSquaresOfColumns(dst []float64, z blas64.General) {
	clear(dst)
	for k := range z.Rows {
		for i, v := range z.Data[k*z.Stride:][:z.Cols] {
			dst[i] += v * v
		}
	}
}

func addSquaresOfRows(dst []float64, z blas64.General) {
	for i := range dst {
		row := blas64.Vector{N: z.Cols, Inc: 1, Data: z.Data[i*z.Stride:]}
		dst[i] = blas64.Dot(row, row)
	}
}
