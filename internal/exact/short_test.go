package exact

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// requireShort compares a short number with a Number.
func requireShort(t *testing.T, what string, got short, want *Number) {
	t.Helper()
	n := &Number{unit: got.unit}
	for i := range got.words {
		n.significand.Lsh(&n.significand, 64)
		n.significand.Or(&n.significand, new(big.Int).SetUint64(got.words[shortWords-1-i]))
	}
	if got.negative {
		n.significand.Neg(&n.significand)
	}
	if n.rat().Cmp(want.rat()) != 0 || got.length > 0 && (got.words[0]&1 == 0 || got.words[got.length-1] == 0) {
		t.Fatalf("%s is %v of length %d, want %v", what, n.rat(), got.length, want.rat())
	}
}

// numberOf has some bits, of which runs are 0 or 1, as carries and ties take them.
func numberOf(r *rand.Rand, length int) *Number {
	n := &Number{unit: r.IntN(700) - 350}
	for n.significand.BitLen() < length {
		run := uint(1 + r.IntN(80))
		n.significand.Lsh(&n.significand, run)
		ones := new(big.Int).Lsh(big.NewInt(1), run)
		switch r.IntN(3) {
		case 0:
			n.significand.Or(&n.significand, ones.Sub(ones, big.NewInt(1)))
		case 1:
			n.significand.Or(&n.significand, big.NewInt(1))
		}
		if n.Sign() == 0 {
			n.significand.SetInt64(1)
		}
	}
	if r.IntN(2) == 0 {
		n.significand.Neg(&n.significand)
	}
	return n
}

// Short numbers are as long ones, and so are their quotients, where these are halfway, subnormal, or too large, too.
func TestShort(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	cases := 20000
	if testing.Short() {
		cases = 3000
	}
	fitting := 0
	for range cases {
		x, y := numberOf(r, r.IntN(500)), numberOf(r, r.IntN(500))
		if r.IntN(8) == 0 { // cancellation
			rest := numberOf(r, 1)
			rest.unit = x.unit + r.IntN(400)
			y = x.Minus(rest)
		}
		a, first := x.short()
		b, second := y.short()
		if !first || !second {
			t.Fatalf("%v or %v is not short", x.rat(), y.rat())
		}
		requireShort(t, "a number", a, x)
		if sum, ok := a.plus(&b); ok {
			fitting++
			requireShort(t, "a sum", sum, x.Plus(y))
		}
		if product, ok := a.times(&b); ok {
			fitting++
			requireShort(t, "a product", product, x.Times(y))
		}
		d := &Number{unit: r.IntN(2100) - 1050}
		d.significand.SetUint64(r.Uint64()>>r.IntN(64) | 1)
		if r.IntN(2) == 0 { // a quotient of so many bits, or one that is halfway, and a bit more or less than that
			q := NewNumber(float64(r.Uint64()>>r.IntN(64) + 1))
			q.significand.Add(q.significand.Lsh(&q.significand, 1), big.NewInt(1))
			q.unit--
			x = q.Times(d)
			if r.IntN(2) == 0 {
				up := r.IntN(300)
				x.significand.Lsh(&x.significand, uint(up))
				x.unit -= up
				x.significand.Add(&x.significand, big.NewInt(int64(r.IntN(3)-1)))
			}
			x.unit += []int{0, -1060, -1075, 990}[r.IntN(4)]
			a, _ = x.short()
		}
		by, _ := d.short()
		if got, want := a.over(&by), x.Over(d); math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%v/%v is %v, want %v", x.rat(), d.rat(), got, want)
		}
	}
	if fitting < cases {
		t.Errorf("%d sums and products of %d are short", fitting, cases)
	}
	if _, ok := numberOf(r, 64*shortWords+1).short(); ok {
		t.Error("a long number is short")
	}
}

// Quotients of comoments are those of Numbers, and of ordinary rows all are short.
func TestComoments(t *testing.T) {
	const rows, columns = 200, 4
	r := rand.New(rand.NewPCG(9, 10))
	for _, kind := range gramKinds {
		x, weights := gramRows(kind, rows, columns, r)
		for i := range rows {
			x[i*columns+columns-1] = 1
		}
		for _, w := range [][]float64{nil, weights} {
			g := NewGram(columns)
			feed(g, x, w, r)
			for range 2 {
				compareComoments(t, kind, g, w == nil && kind == "normal")
				g = g.Clone() // of which there are no words
			}
		}
	}
}

func compareComoments(t *testing.T, kind string, g *Gram, all bool) {
	t.Helper()
	d := g.columns - 1
	weight := g.Sum(d, d)
	divisor := weight.Times(weight.Minus(NewNumber(1)))
	if divisor.Sign() == 0 {
		return
	}
	c := g.Comoments(divisor)
	for i := range d {
		for j := range i + 1 {
			want := g.Sum(i, j).Times(weight).Minus(g.Sum(d, i).Times(g.Sum(d, j))).Over(divisor)
			if got, ok := c.Quotient(i, j); ok && got != want || all && !ok {
				t.Errorf("%s: (%d, %d) is %v, %t, want %v", kind, i, j, got, ok, want)
			}
		}
	}
}
