package relent

import (
	"fmt"
	"math"
	"testing"
)

// payloads are NaNs that are not the canonical one.
var payloads = []uint64{0xfff8deadbeef0001, 0x7ff8000000000002, 0xfff8000000000001, 0x7ff0000000000001, 0xffffffffffffffff}

// A NaN that comes out has the bits of math.NaN, whatever bits went in, in every kernel that users see.
func TestNaNIsCanonical(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", nanIsCanonical[float64])
		t.Run("f32", nanIsCanonical[float32])
	})
}

func nanIsCanonical[F float](t *testing.T) {
	for _, payload := range payloads[:1+short(len(payloads)-1)] {
		bad := F(math.Float64frombits(payload))
		if !isFloat64[F]() {
			bad = fromBits[F](payload >> 32 & 0xffffffff)
		}
		if bad == bad {
			continue // of float32 it is a number
		}
		for _, n := range []int{1, 3, 8, 19, 40} {
			for at := 0; at < n; at += 1 + n/5 {
				for side := range 3 {
					p, q := make([]F, n), make([]F, n)
					for i := range p {
						p[i], q[i] = 0.25, 0.5
					}
					if side != 1 {
						p[at] = bad
					}
					if side != 0 {
						q[at] = bad
					}
					for name, out := range nanResults(p, q) {
						for i, x := range out {
							if x != x && math.Float64bits(x) != math.Float64bits(math.NaN()) {
								t.Fatalf("%s of %d with %x at %d of side %d: result %d is NaN %x", name, n, payload, at, side, i, math.Float64bits(x))
							}
						}
					}
				}
			}
		}
	}
}

// nanResults are results of every kind of function of two vectors, those of float32 by their own bits.
func nanResults[F float](p, q []F) map[string][]float64 {
	n := len(p)
	wide := func(x []F) (y []float64) {
		for _, v := range x {
			switch {
			case v == v:
				y = append(y, float64(v))
			case isFloat64[F]():
				y = append(y, math.Float64frombits(toBits(v)))
			case toBits(v) == toBits(F(math.NaN())):
				y = append(y, math.NaN())
			default:
				y = append(y, math.Float64frombits(payloads[0]))
			}
		}
		return y
	}
	row, column := Matrix[F]{1, n, p, n}, Matrix[F]{n, 1, p, 1}
	rows := Matrix[F]{2, n, append(append([]F(nil), p...), q...), n}
	shares, logSum, _ := SoftmaxColumns(Matrix[F]{}, nil, rows, Run{})
	share, logTotal, _ := SoftmaxColumns(Matrix[F]{}, nil, column, Run{})
	results := map[string][]float64{
		"EntropyTerms":                    wide(EntropyTerms(nil, p)),
		"KullbackLeiblerTerms":            wide(KullbackLeiblerTerms(nil, p, q)),
		"GeneralizedKullbackLeiblerTerms": wide(GeneralizedKullbackLeiblerTerms(nil, p, q)),
		"Exp":                             wide(Exp(nil, p)),
		"Log":                             wide(Log(nil, p)),
		"Expm1":                           wide(Expm1(nil, p)),
		"Log1p":                           wide(Log1p(nil, p)),
		"LogSumExp":                       append(wide(LogSumExp(nil, rows)), wide(LogSumExp(nil, column))...),
		"Softmax":                         wide(Softmax(Matrix[F]{}, rows).Data),
		"LogSoftmax":                      wide(LogSoftmax(Matrix[F]{}, rows).Data),
		"LogSumExpColumns":                append(wide(must(LogSumExpColumns(nil, rows, Run{}))), wide(must(LogSumExpColumns(nil, row, Run{})))...),
		"LogSumExpColumns of a column":    wide(must(LogSumExpColumns(nil, column, Run{}))),
		"SoftmaxColumns":                  append(wide(shares.Data), wide(logSum)...),
		"SoftmaxColumns of a column":      append(wide(share.Data), wide(logTotal)...),
		"StandardNormalKullbackLeibler":   {standardNormalDivergence(p, q)},
		"DiagonalNormalKullbackLeibler":   {diagonalNormalDivergence(p, q, q, p)},
		"Measures":                        Measures(nil, everyMeasure(), p, q),
	}
	for _, m := range streamMeasures() {
		name, s := m.String(), NewStream[F](m)
		s.feed(p, q)
		results["Stream of "+name] = []float64{s.Value()}
		if m.ofOne() {
			results["rows of "+name] = EachRow(nil, m, rows)
			continue
		}
		results["rows of "+name] = append(RowByRow(nil, m, Vector[F](p), rows), AllPairs(Matrix[float64]{}, m, rows).Data...)
		if m.traits().shares.form != notOfShares && isFloat64[F]() {
			x, _ := BetweenCounts(m, p, q, Additive(0.5))
			results["counts of "+name] = []float64{x}
		}
	}
	for _, constructor := range constructors {
		for d := 1; d <= min(n, 20); d += 6 {
			m, err := newDistribution(constructor, make([]F, d), identity[F](d), NewMatrix[F](2, d))
			if err != nil {
				panic(err)
			}
			for _, s := range m.scorings() {
				name := fmt.Sprintf("%s of %s, d = %d", s.name, constructor, d)
				results[name] = wide(s.rows(Matrix[F]{n / d, d, p[:n/d*d], d}, 1).Data)
			}
		}
	}
	return results
}

func identity[F float](d int) Matrix[F] {
	m := NewMatrix[F](d, d)
	for i := range d {
		m.Row(i)[i] = 1
	}
	return m
}
