// Typical uses of gonum's package distmv, which the tests also run with the edits that the README lists.
package main

import (
	"fmt"
	"log"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"
	"gonum.org/v1/gonum/stat/samplemv"
)

func normal(mu []float64, sigma mat.Symmetric, src rand.Source) *distmv.Normal {
	n, ok := distmv.NewNormal(mu, sigma, src)
	if !ok {
		log.Fatal("the covariance is not positive definite")
	}
	return n
}

func main() {
	src := rand.NewPCG(1, 2)
	mu, x := []float64{1, -1, 0.5}, []float64{0, 0.25, 2}
	n := normal(mu, mat.NewSymDense(3, []float64{
		2, 0.5, 0.25,
		0.5, 1, -0.5,
		0.25, -0.5, 3,
	}), src)
	l, r := n, normal(x, mat.NewSymDense(3, []float64{
		1, 0.25, 0,
		0.25, 1, 0.5,
		0, 0.5, 1,
	}), src)
	chol := &mat.Cholesky{}
	chol.Factorize(mat.NewSymDense(3, []float64{1, 0, 0, 0, 2, 0.5, 0, 0.5, 1}))
	c := distmv.NewNormalChol(mu, chol, src)
	prec := mat.NewSymDense(3, []float64{2, 1, 0, 1, 2, 0, 0, 0, 1})
	p, ok := distmv.NewNormalPrecision(mu, prec, src)
	if !ok {
		log.Fatal("the precision is not positive definite")
	}
	vars, values, alpha := []int{2, 0}, []float64{0.5, 1.5}, 0.25
	m, ok := n.MarginalNormal(vars, src)
	if !ok {
		log.Fatal("no marginal")
	}
	given, ok := n.ConditionNormal(vars, values, src)
	if !ok {
		log.Fatal("no conditional")
	}
	var covariance mat.SymDense
	n.CovarianceMatrix(&covariance)
	fmt.Println("LogProb", n.LogProb(x), c.LogProb(x), p.LogProb(x), m.LogProb(values), given.LogProb(x[:1]))
	fmt.Println("Prob, Entropy", n.Prob(x), n.Entropy(), n.Dim(), n.Mean(nil))
	fmt.Println("ScoreInput", n.ScoreInput(nil, x))
	fmt.Println("Quantile", n.Quantile(nil, []float64{0.1, 0.5, 0.9}), n.TransformNormal(nil, x))
	fmt.Println("CovarianceMatrix", covariance.At(0, 2), n.MarginalNormalSingle(1, src).Sigma)
	fmt.Println("Rand", n.Rand(x))
	fmt.Println("KullbackLeibler", distmv.KullbackLeibler{}.DistNormal(l, r))
	fmt.Println("Renyi", distmv.Renyi{Alpha: alpha}.DistNormal(l, r))
	fmt.Println("Wasserstein", distmv.Wasserstein{}.DistNormal(l, r))
	fmt.Println("NormalLogProb", distmv.NormalLogProb(x, mu, chol))
	fmt.Println("NormalRand", distmv.NormalRand(x, mu, chol, src))
	a, b := mat.NewVecDense(3, mu), mat.NewVecDense(3, []float64{3, 2, 1})
	fmt.Println("Mahalanobis", stat.Mahalanobis(a, b, chol))
	n.SetMean(x)
	fmt.Println("SetMean", n.LogProb(x))
	batch := mat.NewDense(2, 3, nil)
	samplemv.IID{Dist: r}.Sample(batch) // of a distmv.Rander
}
