package main

import (
	"math/rand/v2"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// A model is a normal distribution, by its mean and the factor L of its covariance LLᵀ, and rows to score under it.
type model[F relent.Float] struct {
	mean  []F
	lower relent.Matrix[F]
	rows  relent.Matrix[F]
}

// newModel makes a well-conditioned model of d dimensions and rows about its mean. Models of the same sizes are the same.
func newModel[F relent.Float](d, rows int) model[F] {
	random := rand.New(rand.NewPCG(2, uint64(d)))
	uniform := func() float64 { return 2*random.Float64() - 1 }
	m := model[F]{mean: make([]F, d), lower: relent.NewMatrix[F](d, d), rows: relent.NewMatrix[F](rows, d)}
	for i := range d {
		m.mean[i] = F(uniform())
		for k := range i {
			m.lower.Row(i)[k] = F(uniform() / float64(d))
		}
		m.lower.Row(i)[i] = F(1 + uniform()/2)
	}
	x := m.rows.Data
	first := x[:d*min(rows, period/d)]
	for i := range first {
		first[i] = m.mean[i%d] + F(2*uniform())
	}
	repeat(x, len(first))
	return m
}

func (m model[F]) dim() int { return len(m.mean) }

// factor packs the model for relent.
func (m model[F]) factor() *relent.Factor[F] {
	f, err := relent.NewFactor(m.mean, m.lower)
	if err != nil {
		panic(err)
	}
	return f
}

// diagonal packs L's diagonal alone.
func (m model[F]) diagonal() *relent.Factor[F] {
	f, err := relent.NewDiagonalFactor(m.mean, m.deviations())
	if err != nil {
		panic(err)
	}
	return f
}

// deviations is L's diagonal.
func (m model[F]) deviations() []F {
	deviations := make([]F, m.dim())
	for i := range deviations {
		deviations[i] = m.lower.Row(i)[i]
	}
	return deviations
}

// cholesky is L for gonum.
func cholesky(m model[float64]) *mat.Cholesky {
	u := mat.NewTriDense(m.dim(), mat.Upper, nil)
	for i := range m.dim() {
		for k := range i + 1 {
			u.SetTri(k, i, m.lower.Row(i)[k])
		}
	}
	var chol mat.Cholesky
	chol.SetFromU(u)
	return &chol
}

// upper is Lᵀ for BLAS.
func upper(m model[float64]) blas64.Triangular {
	d := m.dim()
	u := blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: d, Stride: d, Data: make([]float64, d*d)}
	for i := range d {
		for k := range i + 1 {
			u.Data[k*d+i] = m.lower.Row(i)[k]
		}
	}
	return u
}

// lower is L for BLAS.
func lower(m model[float64]) blas64.Triangular {
	return blas64.Triangular{Uplo: blas.Lower, Diag: blas.NonUnit, N: m.dim(), Stride: m.lower.Stride, Data: m.lower.Data}
}
