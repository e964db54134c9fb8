package order

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// renyiInBig is Rényi's divergence of positive elements from the logarithms of terms, of which the largest is taken out: of any order but 1.
func renyiInBig(alpha float64, p, q []float64) *big.Float {
	a := bigOf(alpha)
	less1 := newBig().Sub(a, bigOf(1))
	var logs []*big.Float
	most := newBig().SetInf(true)
	for i := range p {
		log := newBig().Mul(a, bigLog(bigOf(p[i])))
		log.Sub(log, newBig().Mul(less1, bigLog(bigOf(q[i]))))
		logs = append(logs, log)
		if log.Cmp(most) > 0 {
			most.Set(log)
		}
	}
	sum := newBig()
	for _, log := range logs {
		if gap := newBig().Sub(log, most); gap.Cmp(bigOf(-200)) > 0 {
			sum.Add(sum, bigExp(gap))
		}
	}
	return most.Quo(most.Add(most, bigLog(sum)), less1)
}

// Elements of any size, and orders of any, alike or not: powers overflow and vanish, and sums are far from one.
func TestRenyiAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	number := func(least, most int) float64 { return math.Ldexp(1+r.Float64(), least+r.IntN(most-least)) }
	pairs := 4000
	if testing.Short() {
		pairs = 300
	}
	worst := 0.0
	for i := range pairs {
		alpha, least, most := number(1, 61), -1000, 999
		switch i % 4 {
		case 1:
			alpha = r.Float64() * 4
		case 2:
			least = 985
		}
		n := 1 + r.IntN(3)
		p, q := make([]float64, n), make([]float64, n)
		for j := range p {
			p[j], q[j] = number(least, most), number(-1000, 999)
			if i%8 < 3 {
				p[j], q[j] = p[0], q[0]
			}
		}
		got, want := Between(Renyi(alpha), p, q), renyiInBig(alpha, p, q)
		if math.IsNaN(got) || math.IsInf(got, 0) {
			t.Fatalf("order %v of %v and %v: %v, want %.17g", alpha, p, q, got, want)
		}
		e := units(got, want)
		worst = max(worst, e)
		if limit := bound(Renyi(min(alpha, 10)), n); !(e <= limit) {
			t.Errorf("order %v of %v and %v: %v, want %.17g, off by %.1f units", alpha, p, q, got, want, e)
		}
	}
	t.Logf("the largest error is %.1f units", worst)
}
