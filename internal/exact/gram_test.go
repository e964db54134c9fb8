package exact

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// gramRows are rows of a kind, and weights.
func gramRows(kind string, rows, columns int, r *rand.Rand) (x, weights []float64) {
	x, weights = make([]float64, rows*columns), make([]float64, rows)
	for i := range weights {
		weights[i] = float64(1 + r.IntN(3))
		if kind == "any weights" || kind == "any bits" {
			weights[i] = r.ExpFloat64()
		}
	}
	for i := range x {
		switch kind {
		case "integers":
			x[i] = float64(r.IntN(200) - 100)
		case "singles":
			x[i] = float64(float32(r.NormFloat64()))
		case "far":
			x[i] = r.NormFloat64() + 1e9
		case "growing":
			x[i] = math.Ldexp(r.NormFloat64(), i/columns/3)
		case "any exponents":
			x[i] = math.Ldexp(r.NormFloat64(), r.IntN(300)-150)
		case "any bits":
			for x[i] = math.NaN(); x[i]-x[i] != 0; {
				x[i] = math.Float64frombits(r.Uint64())
			}
		case "edges":
			x[i] = []float64{0, math.Copysign(0, -1), 1, -1, 0x1p61, -0x1p61, 0x1p61 - 0x1p8, 0x1p-60, 5e-324, -math.MaxFloat64}[r.IntN(10)]
		case "negative":
			x[i] = -1
		default:
			x[i] = r.NormFloat64()
		}
	}
	return x, weights
}

var gramKinds = []string{"normal", "any weights", "integers", "singles", "far", "growing", "any exponents", "any bits", "edges", "negative"}

// feed adds rows in blocks of random sizes.
func feed(g *Gram, x, weights []float64, r *rand.Rand) {
	for from, rows := 0, len(x)/g.columns; from < rows; {
		to := min(rows, from+1+r.IntN(BlockRows))
		var w []float64
		if weights != nil {
			w = weights[from:to]
		}
		g.Add(x[from*g.columns:to*g.columns], w)
		from = to
	}
}

// Sums are those of math/big, and so are their bytes for every division into blocks and every order of merging.
func TestGram(t *testing.T) {
	const columns = 4
	r := rand.New(rand.NewPCG(1, 2))
	for _, kind := range gramKinds {
		for _, rows := range []int{0, 1, 17, 300} {
			x, weights := gramRows(kind, rows, columns, r)
			for _, w := range [][]float64{nil, weights} {
				what := fmt.Sprintf("%s, %d rows, weights %v", kind, rows, w != nil)
				g := NewGram(columns)
				feed(g, x, w, r)
				want := make([]*big.Rat, columns*columns)
				for i := range columns {
					for j := range i + 1 {
						sum := new(big.Rat)
						for n := range rows {
							p := new(big.Rat).Mul(rat(x[n*columns+i]), rat(x[n*columns+j]))
							if w != nil {
								p.Mul(p, rat(w[n]))
							}
							sum.Add(sum, p)
						}
						want[i*columns+j] = sum
						if got := g.Sum(i, j).rat(); got.Cmp(sum) != 0 {
							t.Fatalf("%s: sum (%d, %d) is %v, want %v", what, i, j, got, sum)
						}
					}
				}
				first := g.AppendBinary(nil)
				for range 3 {
					parts := []*Gram{NewGram(columns), NewGram(columns), NewGram(columns)}
					for n := range rows {
						row := x[n*columns:][:columns]
						if w == nil {
							parts[r.IntN(3)].Add(row, nil)
						} else {
							parts[r.IntN(3)].Add(row, w[n:n+1])
						}
					}
					parts[2].Merge(parts[0])
					parts[1].Merge(parts[2])
					if got := parts[1].Clone().AppendBinary(nil); !bytes.Equal(got, first) {
						t.Fatalf("%s: other bytes after merging", what)
					}
				}
				decoded, rest, err := DecodeGram(append(first, 7), columns)
				if err != nil || len(rest) != 1 || !bytes.Equal(decoded.AppendBinary(nil), first) {
					t.Fatalf("%s: decoding: %v, %d bytes left", what, err, len(rest))
				}
				for i := range columns {
					requireOver(t, want[i*columns+i], big.NewRat(3, 1), decoded.Sum(i, i), NewNumber(3))
				}
			}
		}
	}
}

func rat(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

// rat is a as a fraction.
func (a *Number) rat() *big.Rat {
	unit := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(a.unit, -a.unit))))
	if a.unit < 0 {
		unit.Inv(unit)
	}
	return unit.Mul(unit, new(big.Rat).SetInt(&a.significand))
}

func requireOver(t *testing.T, a, b *big.Rat, x, y *Number) {
	t.Helper()
	want, _ := new(big.Rat).Quo(a, b).Float64()
	if got := x.Over(y); got != want {
		t.Errorf("%v/%v is %v, want %v", a, b, got, want)
	}
}

// Quotients are rounded once, also where they are subnormal or too large, and differences of products are exact.
func TestNumber(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		var v [3]float64
		for i := range v {
			v[i] = math.Ldexp(float64(int64(r.Uint64())>>r.IntN(64)), r.IntN(1400)-1060)
			if v[i]-v[i] != 0 || v[i] == 0 {
				v[i] = float64(1 + r.IntN(4))
			}
		}
		a, b, c := NewNumber(v[0]), NewNumber(v[1]), NewNumber(v[2])
		requireOver(t, rat(v[0]), rat(v[1]), a, b)
		difference := new(big.Rat).Sub(new(big.Rat).Mul(rat(v[0]), rat(v[1])), rat(v[2]))
		got := a.Times(b).Minus(c)
		if got.rat().Cmp(difference) != 0 || got.Sign() != difference.Sign() {
			t.Fatalf("%v·%v - %v is %v", v[0], v[1], v[2], got.rat())
		}
		if sum := got.Plus(c).rat(); sum.Cmp(a.Times(b).rat()) != 0 {
			t.Fatalf("%v·%v is %v", v[0], v[1], sum)
		}
		requireOver(t, difference, rat(1), got, NewNumber(1))
		if want, _ := difference.Float64(); got.Float64() != want {
			t.Fatalf("%v is %v", difference, got.Float64())
		}
	}
}

// What is decoded is encoded as it was, or refused.
func FuzzDecodeGram(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, kind := range gramKinds {
		x, _ := gramRows(kind, 9, 2, r)
		g := NewGram(2)
		feed(g, x, nil, r)
		f.Add(g.AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, rest, err := DecodeGram(data, 2)
		if err == nil && !bytes.Equal(g.AppendBinary(nil), data[:len(data)-len(rest)]) {
			t.Errorf("%x is encoded as %x", data, g.AppendBinary(nil))
		}
	})
}

func BenchmarkGram(b *testing.B) {
	for _, d := range []int{16, 64, 256} {
		for _, kind := range []string{"normal", "singles", "any weights"} {
			b.Run(fmt.Sprintf("%s/d=%d", kind, d), func(b *testing.B) {
				x, w := gramRows(kind, 8*BlockRows, d, rand.New(rand.NewPCG(1, 2)))
				if kind != "any weights" {
					w = nil
				}
				g := NewGram(d)
				for b.Loop() {
					for from := 0; from < len(x); from += BlockRows * d {
						if w == nil {
							g.Add(x[from:][:BlockRows*d], nil)
						} else {
							g.Add(x[from:][:BlockRows*d], w[from/d:][:BlockRows])
						}
					}
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*8*BlockRows*d*(d+1)/2), "ns/product")
			})
		}
	}
}

// Numbers are added to a sum of products exactly, wherever their bits are.
func TestGramAddTo(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 7))
	g, want := NewGram(2), [3]*big.Rat{new(big.Rat), new(big.Rat), new(big.Rat)}
	for range 400 {
		at, v := r.IntN(3), math.Ldexp(r.NormFloat64(), r.IntN(900)-450)
		if r.IntN(20) == 0 {
			g.Expect([]float64{math.Ldexp(1, r.IntN(300)-150), v}, 3)
		}
		if g.AddTo((at+1)/2, at/2, []float64{v}); r.IntN(20) == 0 {
			a, b := r.NormFloat64(), math.Ldexp(r.NormFloat64(), r.IntN(40))
			g.Add([]float64{a, b}, nil)
			for i, p := range [][2]float64{{a, a}, {b, a}, {b, b}} {
				want[i].Add(want[i], new(big.Rat).Mul(new(big.Rat).SetFloat64(p[0]), new(big.Rat).SetFloat64(p[1])))
			}
		}
		want[at].Add(want[at], new(big.Rat).SetFloat64(v))
		if got := g.Sum((at+1)/2, at/2).rat(); got.Cmp(want[at]) != 0 {
			t.Fatalf("sum %d is %v, want %v, after %g", at, got, want[at], v)
		}
	}
}
