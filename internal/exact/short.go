package exact

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// shortWords are enough for the products of two sums of a Gram, in one unit, unless columns are of very different sizes.
const shortWords = 16

// A short is a number without allocation, ±words·2**unit. It is odd, or 0.
type short struct {
	words    [shortWords]uint64 // the lowest first
	length   int                // of words that are not 0, or below such
	negative bool
	unit     int
}

// short is a, if that is short.
func (a *Number) short() (s short, ok bool) {
	if length := a.significand.BitLen(); length == 0 || length > 64*shortWords {
		return s, length == 0
	}
	var bytes [8 * shortWords]byte
	a.significand.FillBytes(bytes[:])
	for i := range s.words {
		s.words[i] = binary.BigEndian.Uint64(bytes[8*(shortWords-1-i):])
	}
	s.negative, s.unit = a.Sign() < 0, a.unit
	s.trim()
	return s, true
}

// short is w·2**unit.
func (w *sum384) short(unit int) (s short) {
	size, negative := w.size()
	copy(s.words[:], size[:])
	s.negative, s.unit = negative, unit
	s.trim()
	return s
}

// trim makes s odd, and finds its length.
func (s *short) trim() {
	s.length = shortWords
	for s.length > 0 && s.words[s.length-1] == 0 {
		s.length--
	}
	if s.length == 0 {
		*s = short{}
		return
	}
	low := 0
	for s.words[low] == 0 {
		low++
	}
	by := bits.TrailingZeros64(s.words[low])
	for i := range s.length {
		s.words[i] = s.word(i+low)>>by | s.word(i+low+1)<<(64-by)
	}
	s.unit += 64*low + by
	for s.length -= low; s.words[s.length-1] == 0; {
		s.length--
	}
}

// word is 0 outside of the number.
func (s *short) word(i int) uint64 {
	if i < 0 || i >= shortWords {
		return 0
	}
	return s.words[i]
}

// shifted has the words of s times 2**by, if there is room for them and a carry.
func (s *short) shifted(by int) (t short, ok bool) {
	up, by := by/64, by%64
	if s.length+up+1 >= shortWords {
		return t, false
	}
	for i := range s.length + 1 {
		t.words[i+up] = s.word(i)<<by | s.word(i-1)>>(64-by)
	}
	return t, true
}

// plus is a + b, if that is short.
func (a *short) plus(b *short) (sum short, ok bool) {
	switch {
	case a.length == 0:
		return *b, true
	case b.length == 0:
		return *a, true
	case a.unit < b.unit:
		a, b = b, a
	}
	sum, ok = a.shifted(a.unit - b.unit)
	if !ok || b.length >= shortWords {
		return sum, false
	}
	sum.negative, sum.unit = a.negative, b.unit
	var carry uint64
	if a.negative == b.negative {
		for i, v := range b.words {
			sum.words[i], carry = bits.Add64(sum.words[i], v, carry)
		}
	} else {
		for i, v := range b.words {
			sum.words[i], carry = bits.Sub64(sum.words[i], v, carry)
		}
		if carry != 0 {
			negate(sum.words[:])
			sum.negative = b.negative
		}
	}
	sum.trim()
	return sum, true
}

// negate makes v -v in two's complement.
func negate(v []uint64) {
	carry := uint64(1)
	for i := range v {
		v[i], carry = bits.Add64(^v[i], 0, carry)
	}
}

// times is a·b, if that is short.
func (a *short) times(b *short) (product short, ok bool) {
	if a.length+b.length > shortWords {
		return product, false
	}
	for i, u := range a.words[:a.length] {
		var high uint64
		row := product.words[i:][:b.length+1]
		for j, v := range b.words[:b.length] {
			var carry uint64
			upper, lower := bits.Mul64(u, v)
			lower, carry = bits.Add64(lower, high, 0)
			upper += carry
			row[j], carry = bits.Add64(row[j], lower, 0)
			high = upper + carry
		}
		row[b.length] = high
	}
	product.negative, product.unit = a.negative != b.negative, a.unit+b.unit
	product.trim()
	return product, true
}

// over is the float64 nearest to a/b, of a b of one word; infinite if that is too large.
func (a *short) over(b *short) float64 {
	if a.length == 0 {
		return 0
	}
	// The quotient of three words, as far left as they go, has more than 127 bits. Below them there is something if there are more words,
	// as a is odd.
	var q [3]uint64
	up := bits.LeadingZeros64(a.words[a.length-1])
	from := a.length - len(q)
	more, rest := from > 0, uint64(0)
	for i := len(q) - 1; i >= 0; i-- {
		q[i], rest = bits.Div64(rest, a.word(from+i)<<up|a.word(from+i-1)>>(64-up), b.words[0])
	}
	more = more || rest != 0
	if q[2] == 0 {
		q = [3]uint64{0, q[0], q[1]}
		from--
	}
	left := bits.LeadingZeros64(q[2])
	more = more || q[1]<<left != 0 || q[0] != 0
	x := nearest(q[2]<<left|q[1]>>(64-left), more, a.unit-b.unit+64*(from+2)-up-left)
	if a.negative != b.negative {
		x = -x
	}
	return x
}

// nearest is the float64 nearest to s·2**unit, s of 64 bits, or to what is a bit more than that.
func nearest(s uint64, more bool, unit int) float64 {
	const half = 1 << 63
	by := max(11, -1074-unit)
	if by > 64 {
		return 0
	}
	x, rest := s>>by, s<<(64-by)
	if rest > half || rest == half && (more || x&1 != 0) {
		x++
	}
	return math.Ldexp(float64(x), unit+by)
}

// Comoments are quotients of what Σ w·xᵢ·xⱼ·Σw - Σw·xᵢ·Σw·xⱼ is in a Gram whose last column is of ones.
type Comoments struct {
	gram            *Gram
	sums            []short
	weight, divisor short
	ok              bool
}

// Comoments are to be divided by a number that is not 0.
func (g *Gram) Comoments(divisor *Number) *Comoments {
	d := g.columns - 1
	c := &Comoments{gram: g, sums: make([]short, d)}
	var sums, weight, by bool
	sums = true
	for j := range c.sums {
		var ok bool
		c.sums[j], ok = g.short(d, j)
		sums = sums && ok
	}
	c.weight, weight = g.short(d, d)
	c.divisor, by = divisor.short()
	c.ok = sums && weight && by && c.divisor.length == 1
	return c
}

// Quotient is the float64 nearest to that of i and j, j <= i, as [Number.Over] is, unless numbers are too long.
func (c *Comoments) Quotient(i, j int) (x float64, ok bool) {
	if !c.ok {
		return 0, false
	}
	sum, ok := c.gram.short(i, j)
	if !ok {
		return 0, false
	}
	square, ok := sum.times(&c.weight)
	if !ok {
		return 0, false
	}
	product, ok := c.sums[i].times(&c.sums[j])
	if !ok {
		return 0, false
	}
	product.negative = !product.negative && product.length > 0
	difference, ok := square.plus(&product)
	if !ok {
		return 0, false
	}
	return difference.over(&c.divisor), true
}

// short is Sum, if that is short.
func (g *Gram) short(i, j int) (s short, ok bool) {
	at := i*(i+1)/2 + j
	s, ok = g.sums[at].short()
	if ok && g.added {
		words := g.words[at].short(g.left[i] + g.right[j] - 192)
		return s.plus(&words)
	}
	return s, ok
}
