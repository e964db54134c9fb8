package dist

import (
	"fmt"
	"math"

	"github.com/relent-go/relent/internal/special"
)

// A LogDensity is the logarithm of a probability density; -Inf where there is none.
type LogDensity func(x float64) float64

// KullbackLeiblerIntegral is ∫ p·log(p/q) from low to high, which may be infinite, for densities that are normalised there. It is the
// integral of p·log(p/q) - p + q, which is not negative and keeps its digits where p and q are nearly the same. The estimate of its error is
// at most the tolerance times the value, or there is an [*IntegralError]: after 2000 bisections, and where a density is NaN or the integrand
// infinite.
//
// The rule is Gauss's and Kronrod's of 15 points, with the pieces halved that have the largest errors; of an unbounded interval they are
// pieces of t with x = t/(1-t²), or x = ±t/(1-t) beyond the end. Densities of which the mass lies in a millionth of an interval, or far
// from 0 on an unbounded one, need a tighter one.
func KullbackLeiblerIntegral(p, q LogDensity, low, high, tolerance float64) (float64, error) {
	return integrate(func(x float64) float64 { return kullbackLeiblerTerm(p(x), q(x)) }, low, high, tolerance)
}

// JensenShannonIntegral is ½∫ p·log(p/m) + q·log(q/m), m = (p+q)/2, likewise.
func JensenShannonIntegral(p, q LogDensity, low, high, tolerance float64) (float64, error) {
	return integrate(func(x float64) float64 { return jensenShannonTerm(p(x), q(x)) }, low, high, tolerance)
}

// kullbackLeiblerTerm is p·log(p/q) - p + q of logarithms.
func kullbackLeiblerTerm(p, q float64) float64 {
	switch gap := q - p; {
	case math.IsInf(p, -1):
		return special.Exp(q)
	case gap > 1:
		return special.Exp(q) - float64(special.Exp(p)*(1+gap))
	default:
		return float64(special.Exp(p) * special.ExpExcess(gap))
	}
}

// jensenShannonTerm is ½(p·log(p/m) + q·log(q/m)) of logarithms. With t = (p-q)/(p+q) it is ½m times (1+t)·log(1+t) + (1-t)·log(1-t), of
// which the parts of first order cancel.
func jensenShannonTerm(p, q float64) float64 {
	if p < q {
		p, q = q, p
	}
	if math.IsInf(p, -1) {
		return 0
	}
	small := special.Expm1(q - p) // q/p - 1
	t := -small / (2 + small)
	m := float64(special.Exp(p) * (1 + float64(small/2)))
	if t == 1 {
		return float64(m * math.Ln2)
	}
	both := float64(2*t*t) - float64((1+t)*special.Excess(t)) - float64((1-t)*special.Excess(-t))
	return float64(m * float64(both/2))
}

// An IntegralError says that an integral did not converge.
type IntegralError struct {
	Value, Uncertainty float64 // the last estimates of the integral and of its error
	At                 float64 // the middle of the piece with the largest error
}

func (e *IntegralError) Error() string {
	return fmt.Sprintf("dist: an integral is %v ± %v and does not converge at %v", e.Value, e.Uncertainty, e.At)
}

// A piece is a part of an interval of t.
type piece struct{ low, high, value, error float64 }

const (
	firstPieces = 16
	bisections  = 2000
)

// integrate is the adaptive rule.
func integrate(f func(float64) float64, low, high, tolerance float64) (float64, error) {
	if !(low <= high) || !(tolerance >= 0) {
		panic(fmt.Sprintf("dist: an integral from %v to %v with the tolerance %v", low, high, tolerance))
	}
	change := newSubstitution(low, high)
	pieces := make([]piece, 0, firstPieces+bisections)
	width := float64((change.high - change.low) / firstPieces)
	for i := range firstPieces {
		pieces = append(pieces, change.rule(f, change.low+float64(float64(i)*width), change.low+float64(float64(i+1)*width)))
	}
	for {
		var value, lost float64
		worst := 0
		for i, p := range pieces {
			value += p.value
			lost += p.error
			if !(p.error <= pieces[worst].error) {
				worst = i
			}
		}
		if lost <= float64(tolerance*value) {
			return value, nil
		}
		w := pieces[worst]
		middle := w.low + float64((w.high-w.low)/2)
		if len(pieces) == cap(pieces) || !(lost <= math.MaxFloat64) || middle <= w.low || middle >= w.high {
			at, _ := change.at(middle)
			return value, &IntegralError{value, lost, at}
		}
		pieces[worst] = change.rule(f, w.low, middle)
		pieces = append(pieces, change.rule(f, middle, w.high))
	}
}

// A substitution is x as a function of t, from low to high.
type substitution struct {
	low, high    float64
	start        float64 // the end of x that is finite where only one is
	below, above bool    // x is not bounded
}

func newSubstitution(low, high float64) substitution {
	below, above := math.IsInf(low, -1), math.IsInf(high, 1)
	switch {
	case below && above:
		return substitution{-1, 1, 0, true, true}
	case above:
		return substitution{0, 1, low, false, true}
	case below:
		return substitution{-1, 0, high, true, false}
	}
	return substitution{low, high, 0, false, false}
}

// at is x and its derivative by t.
func (s substitution) at(t float64) (x, slope float64) {
	switch left := 1 - math.Abs(t); {
	case s.below && s.above:
		both := float64(left * (1 + math.Abs(t)))
		return t / both, (1 + float64(t*t)) / float64(both*both)
	case s.below || s.above:
		return s.start + t/left, 1 / float64(left*left)
	}
	return t, 1
}

// Kronrod's nodes of 15 points in [0, 1) and their weights, and Gauss's of 7, which every second node belongs to.
var (
	kronrodNodes = [...]float64{
		0, 0.20778495500789846760, 0.40584515137739716691, 0.58608723546769113029, 0.74153118559939443986,
		0.86486442335976907279, 0.94910791234275852453, 0.99145537112081263921,
	}
	kronrodWeights = [...]float64{
		0.20948214108472782801, 0.20443294007529889241, 0.19035057806478540991, 0.16900472663926790283,
		0.14065325971552591875, 0.10479001032225018384, 0.06309209262997855329, 0.02293532201052922496,
	}
	gaussWeights = [...]float64{0.41795918367346938776, 0, 0.38183005050511894495, 0, 0.27970539148927666790, 0, 0.12948496616886969327, 0}
)

// rule is Kronrod's for a piece, and for its error the distance from Gauss's.
func (s substitution) rule(f func(float64) float64, low, high float64) piece {
	half := float64((high - low) / 2)
	middle := low + half
	var kronrod, gauss float64
	for i, node := range kronrodNodes {
		sum := 0.0
		for _, t := range [...]float64{middle - float64(half*node), middle + float64(half*node)} {
			x, slope := s.at(t)
			if y := f(x); y != 0 {
				sum += float64(y * slope)
			}
		}
		if i == 0 {
			sum = float64(sum / 2)
		}
		kronrod += float64(kronrodWeights[i] * sum)
		gauss += float64(gaussWeights[i] * sum)
	}
	return piece{low, high, float64(kronrod * half), math.Abs(float64((kronrod - gauss) * half))}
}
