// Typical uses of gonum's package stat, which the tests also run with another import.
package main

import (
	"fmt"

	"gonum.org/v1/gonum/stat"
)

func main() {
	p := []float64{0.1, 0.2, 0, 0.3, 0.4}
	q := []float64{0.3, 0.1, 0.1, 0.2, 0.3}
	observed, expected := []float64{12, 9, 11, 8}, []float64{10, 10, 10, 10}
	show("KullbackLeibler", stat.KullbackLeibler, p, q)
	show("JensenShannon", stat.JensenShannon, p, q)
	show("CrossEntropy", stat.CrossEntropy, p, q)
	show("Hellinger", stat.Hellinger, p, q)
	var measure func(p, q []float64) float64 = stat.Bhattacharyya
	show("Bhattacharyya", measure, p, q)
	fmt.Println("Entropy", stat.Entropy(p))
	fmt.Println("ChiSquare", stat.ChiSquare(observed, expected))
}

func show(name string, measure func(p, q []float64) float64, p, q []float64) {
	fmt.Println(name, measure(p, q), 1+measure(p, p))
}
