package exact

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

const (
	// BlockRows is the largest number of rows of a block.
	BlockRows = 64

	// highBits is the length of the high part of an element with its sign. With bias added it is not negative, and of its products
	// a group fits into 128 bits.
	highBits = 62
	bias     = 1 << (highBits - 1)
	group    = 16
	levels   = 2  // of low parts
	spare    = 12 // bits of high parts that may be unused in a whole block
)

// A Gram is the matrix of the sums Σ w·xᵢ·xⱼ of rows x of weight w, without rounding: neither the order of rows matters nor that of
// merging.
//
// Elements are fixed-point numbers of 126 bits in the units of their columns, times weights of 190 bits, and sums of 384 bits. A column
// whose elements leave the range of its unit gets another one; rows with elements that are too small beside the others of their
// column are multiplied one by one.
type Gram struct {
	columns     int
	sums        []Number // of the lower triangle by rows, but for words
	words       []sum384 // two's complement, in units of 2**(left[i]+right[j]-192)
	added       bool     // words are not all 0
	left, right []int    // units of the high parts of w·x and of x
	x, y        parts    // of a block, and times the weights
}

// NewGram is that of no rows.
func NewGram(columns int) *Gram {
	return &Gram{
		columns: columns, sums: make([]Number, columns*(columns+1)/2),
		left: make([]int, columns), right: make([]int, columns),
	}
}

// parts are the elements of a block, column by column: high - bias, and 2**-64 and 2**-128 times the low ones.
type parts struct {
	high  [][BlockRows]uint64
	highs []wide // their sums
	low   [levels]lowParts
}

type lowParts struct {
	part   [][BlockRows]uint64
	sums   []wide
	places [][]uint16 // the rows where they are not 0
}

func newParts(columns int) parts {
	p := parts{high: make([][BlockRows]uint64, columns), highs: make([]wide, columns)}
	for l := range p.low {
		p.low[l] = lowParts{make([][BlockRows]uint64, columns), make([]wide, columns), make([][]uint16, columns)}
	}
	return p
}

// wide is a number of 128 bits.
type wide struct{ high, low uint64 }

func (w *wide) add(x uint64) {
	var carry uint64
	w.low, carry = bits.Add64(w.low, x, 0)
	w.high += carry
}

// set puts an element into row n of column j, which is the last so far.
func (p *parts) set(j, n int, e element) {
	high := uint64(e.high + bias)
	p.high[j][n] = high
	p.highs[j].add(high)
	for l, low := range e.low {
		if low != 0 {
			p.low[l].part[j][n] = low
			p.low[l].sums[j].add(low)
			p.low[l].places[j] = append(p.low[l].places[j], uint16(n))
		}
	}
}

func (p *parts) clear() {
	clear(p.high) // what is past the end has no products
	clear(p.highs)
	for l := range p.low {
		low := &p.low[l]
		for j, places := range low.places {
			if len(places) > 0 {
				clear(low.part[j][:])
				low.sums[j] = wide{}
				low.places[j] = places[:0]
			}
		}
	}
}

// Add adds a block of rows, one after the other in x, with weights that are positive; nil ones are all 1. All is finite.
func (g *Gram) Add(x []float64, weights []float64) { g.AddWithRests(x, nil, weights) }

// AddWithRests is Add of rows whose elements are x and what follows them in rests, at most a rounding of x.
func (g *Gram) AddWithRests(x, rests, weights []float64) {
	rows := len(x) / g.columns
	if weights != nil && allOnes(weights) {
		weights = nil
	}
	g.prepare(x, weights)
	g.x.clear()
	y := &g.x
	if weights != nil {
		y = &g.y
		y.clear()
	}
	n := 0 // rows that fit
	for i := range rows {
		row := gramRow{x: x[i*g.columns:][:g.columns], weight: 1, weighted: weights != nil}
		if rests != nil {
			row.rests = rests[i*g.columns:][:g.columns]
		}
		if row.weighted {
			row.weight = weights[i]
		}
		if !g.fits(row) {
			g.addRow(row)
			continue
		}
		for j := range row.x {
			e, _ := row.fixed(j, g.right[j])
			if g.x.set(j, n, e); row.weighted {
				e, _ = row.fixedProduct(j, g.left[j])
				g.y.set(j, n, e)
			}
		}
		n++
	}
	if n > 0 {
		g.multiply(y, n)
		g.added = true
	}
}

// A gramRow is a row that is added.
type gramRow struct {
	x, rests []float64
	weight   float64
	weighted bool // it is not 1 in all of a block
}

// fixed is element j, if it has no bits beyond the first low part.
func (r gramRow) fixed(j, unit int) (e element, ok bool) {
	e, ok = fixed(r.x[j], unit)
	if r.rests == nil || !ok {
		return e, ok
	}
	rest, ok := fixed(r.rests[j], unit)
	return e.plus(rest, ok)
}

// fixedProduct is element j times the weight, if that has no bits beyond the low parts.
func (r gramRow) fixedProduct(j, unit int) (e element, ok bool) {
	e, ok = fixedProduct(r.weight, r.x[j], unit)
	if r.rests == nil || !ok {
		return e, ok
	}
	rest, ok := fixedProduct(r.weight, r.rests[j], unit)
	return e.plus(rest, ok)
}

// number is element j.
func (r gramRow) number(j int) *Number {
	if n := NewNumber(r.x[j]); r.rests == nil {
		return n
	} else {
		return n.Plus(NewNumber(r.rests[j]))
	}
}

// Expect chooses units for rows whose elements are at most about as large as those of a row of some weight.
func (g *Gram) Expect(row []float64, weight float64) {
	if weight == 1 {
		g.prepare(row, nil)
	} else {
		g.prepare(row, []float64{weight})
	}
}

// prepare makes room for a block, in its units.
func (g *Gram) prepare(x, weights []float64) {
	if g.words == nil {
		g.words = make([]sum384, len(g.sums))
		g.x, g.y = newParts(g.columns), newParts(g.columns)
	}
	g.chooseUnits(x, weights)
}

func allOnes(x []float64) bool {
	for _, v := range x {
		if v != 1 {
			return false
		}
	}
	return true
}

// fits tells whether all elements of a row do, in the units of their columns.
func (g *Gram) fits(row gramRow) bool {
	for j := range row.x {
		if _, ok := row.fixed(j, g.right[j]); !ok {
			return false
		}
		if row.weighted {
			if _, ok := row.fixedProduct(j, g.left[j]); !ok {
				return false
			}
		}
	}
	return true
}

// above is the exponent of a power of two that |x| is below, for a finite x that is not 0.
func above(x float64) int {
	s, unit := significand(x)
	if s < 0 {
		s = -s
	}
	return unit + bits.Len64(uint64(s))
}

// chooseUnits makes the units those of a block, and puts away the words if these are of other ones.
func (g *Gram) chooseUnits(x, weights []float64) {
	const none = math.MinInt
	left, right := make([]int, g.columns), make([]int, g.columns)
	for j := range right {
		left[j], right[j] = none, none
	}
	weightTop, rows := 0, len(x)/g.columns
	for i := range rows {
		if weights != nil {
			weightTop = above(weights[i])
		}
		for j, v := range x[i*g.columns:][:g.columns] {
			if v != 0 {
				top := above(v)
				left[j], right[j] = max(left[j], top+weightTop), max(right[j], top)
			}
		}
	}
	change := false
	for j := range right {
		right[j] = g.unitFor(right[j], g.right[j], rows)
		if weights == nil {
			left[j] = right[j]
		} else {
			left[j] = g.unitFor(left[j], g.left[j], rows)
		}
		change = change || left[j] != g.left[j] || right[j] != g.right[j]
	}
	if change {
		g.putAway()
		g.left, g.right = left, right
	}
}

// unitFor is a unit for so many elements below 2**top: the one there is, if it suits them.
func (g *Gram) unitFor(top, unit, rows int) int {
	best := top - (highBits - 1)
	most := best + highBits + 8 // where the largest element still fits
	switch {
	case !g.added:
		most = best
	case rows == BlockRows:
		most = best + spare
	}
	if top == math.MinInt || best <= unit && unit <= most {
		return unit
	}
	return best
}

// An element is high·2**unit and low parts of units 2**-64 and 2**-128 times as large.
type element struct {
	high int64
	low  [levels]uint64
}

// plus is e + f, if f is ok and high parts have room for it.
func (e element) plus(f element, ok bool) (element, bool) {
	var carry uint64
	for l := levels - 1; l >= 0; l-- {
		e.low[l], carry = bits.Add64(e.low[l], f.low[l], carry)
	}
	e.high += f.high + int64(carry)
	return e, ok && e.high>>(highBits-1) == e.high>>63
}

// fixed is x, if it has no bits beyond the first low part.
func fixed(x float64, unit int) (e element, ok bool) {
	s, at := significand(x)
	if s == 0 {
		return e, true
	}
	shift := at - unit // of the high part
	switch {
	case shift >= 0:
		e.high = s << min(shift, 63)
		return e, shift < highBits && e.high>>shift == s && e.high>>(highBits-1) == s>>63
	case shift >= -64:
		e.high, e.low[0] = s>>min(-shift, 63), uint64(s)<<(64+shift)
		return e, true
	}
	lost := -shift - 64
	if lost > 52 || s&(1<<lost-1) != 0 {
		return e, false
	}
	s >>= lost
	e.high, e.low[0] = s>>63, uint64(s)
	return e, true
}

// fixedProduct is w·x, w >= 0, if it has no bits beyond the low parts.
func fixedProduct(w, x float64, unit int) (e element, ok bool) {
	s, at := significand(w)
	t, and := significand(math.Abs(x))
	if s == 0 || t == 0 {
		return e, true
	}
	zeros, more := bits.TrailingZeros64(uint64(s)), bits.TrailingZeros64(uint64(t))
	upper, lower := bits.Mul64(uint64(s>>zeros), uint64(t>>more))
	length := 64 + bits.Len64(upper)
	if upper == 0 {
		length = bits.Len64(lower)
	}
	shift := at + zeros + and + more - (unit - 64*levels)
	if shift < 0 || length+shift >= 64*levels+highBits {
		return e, false
	}
	var v sum192
	by := shift % 64
	for i, word := range []uint64{lower << by, upper<<by | lower>>(64-by), upper >> (64 - by)} {
		if at := shift/64 + i; at < len(v) {
			v[at] = word
		}
	}
	if x < 0 {
		v = negated(v)
	}
	return element{int64(v[2]), [levels]uint64{v[1], v[0]}}, true
}

func negated(v sum192) (minus sum192) {
	var borrow uint64
	for i, word := range v {
		minus[i], borrow = bits.Sub64(0, word, borrow)
	}
	return minus
}

// multiply adds the products of y and x, which have so many rows.
func (g *Gram) multiply(y *parts, rows int) {
	words := g.words
	for i := range g.columns {
		for j := range i + 1 {
			s := products(&y.high[i], &g.x.high[j], rows)
			s.unbias(y.highs[i])
			s.unbias(g.x.highs[j])
			s.add(0, uint64(rows)<<(2*highBits-2-64), uint64(rows)>>(128-2*highBits+2)) // of the bias
			words[j].add(levels+1, s)
		}
		for l := range y.low {
			g.multiplyLow(words, &y.low[l], i, levels-l, rows)
		}
		words = words[i+1:]
	}
	for j, places := range g.x.low[0].places {
		for _, n := range places {
			low := g.x.low[0].part[j][n]
			for i := j; i < g.columns; i++ {
				w := &g.words[i*(i+1)/2+j]
				w.add(levels, signedProduct(int64(y.high[i][n]-bias), low))
				for l := range y.low {
					if other := y.low[l].part[i][n]; other != 0 {
						high, low := bits.Mul64(other, low)
						w.add(levels-1-l, sum192{low, high, 0})
					}
				}
			}
		}
	}
}

// multiplyLow adds the products of low parts of column i and the high parts of those up to it.
func (g *Gram) multiplyLow(words []sum384, low *lowParts, i, up, rows int) {
	const few = 12 // are multiplied one by one
	if len(low.places[i]) > few {
		for j := range i + 1 {
			s := lowProducts(&low.part[i], &g.x.high[j], rows)
			s.unbias(low.sums[i])
			words[j].add(up, s)
		}
		return
	}
	for _, n := range low.places[i] {
		for j := range i + 1 {
			words[j].add(up, signedProduct(int64(g.x.high[j][n]-bias), low.part[i][n]))
		}
	}
}

// A sum192 is two's complement, the lowest word first.
type sum192 [3]uint64

func (s *sum192) add(low, middle, high uint64) {
	var carry uint64
	s[0], carry = bits.Add64(s[0], low, 0)
	s[1], carry = bits.Add64(s[1], middle, carry)
	s[2], _ = bits.Add64(s[2], high, carry)
}

// unbias subtracts bias times a sum.
func (s *sum192) unbias(sum wide) {
	const shift = highBits - 1
	var borrow uint64
	s[0], borrow = bits.Sub64(s[0], sum.low<<shift, 0)
	s[1], borrow = bits.Sub64(s[1], sum.low>>(64-shift)|sum.high<<shift, borrow)
	s[2], _ = bits.Sub64(s[2], sum.high>>(64-shift), borrow)
}

// products is Σ a·b of biased high parts.
func products(a, b *[BlockRows]uint64, rows int) (s sum192) {
	for from := 0; from < rows; from += group {
		x, y := (*[group]uint64)(a[from:]), (*[group]uint64)(b[from:])
		var low, high uint64
		for n := range x {
			h, l := bits.Mul64(x[n], y[n])
			var carry uint64
			low, carry = bits.Add64(low, l, 0)
			high, _ = bits.Add64(high, h, carry)
		}
		s.add(low, high, 0)
	}
	return s
}

// lowProducts is Σ a·b of low parts and biased high ones.
func lowProducts(a, b *[BlockRows]uint64, rows int) (s sum192) {
	for n := range rows {
		high, low := bits.Mul64(a[n], b[n])
		s.add(low, high, 0)
	}
	return s
}

// signedProduct is high·low, of a signed and another number.
func signedProduct(high int64, low uint64) sum192 {
	upper, lower := bits.Mul64(uint64(high), low)
	if high < 0 {
		upper -= low
	}
	return sum192{lower, upper, uint64(int64(upper) >> 63)}
}

// A sum384 is two's complement, the lowest word first.
type sum384 [6]uint64

// add adds s·2**(64·up), up from 0 to 3.
func (w *sum384) add(up int, s sum192) {
	var carry uint64
	for _, v := range s {
		w[up], carry = bits.Add64(w[up], v, carry)
		up++
	}
	for sign := uint64(int64(s[2]) >> 63); up < len(w); up++ {
		w[up], carry = bits.Add64(w[up], sign, carry)
	}
}

// take is the sum, in s.
func (w *sum384) take(s *big.Int) *big.Int {
	size, negative := w.size()
	var bytes [8 * len(size)]byte
	for i, word := range size {
		binary.BigEndian.PutUint64(bytes[8*(len(size)-1-i):], word)
	}
	if s.SetBytes(bytes[:]); negative {
		s.Neg(s)
	}
	return s
}

// size is |w|, and whether w is negative.
func (w *sum384) size() (size sum384, negative bool) {
	size = *w
	if negative = int64(w[len(w)-1]) < 0; negative {
		negate(size[:])
	}
	return size, negative
}

// addRow multiplies a row by itself, whatever its elements are.
func (g *Gram) addRow(row gramRow) {
	x := make([]*Number, len(row.x))
	for j := range x {
		x[j] = row.number(j)
	}
	at := 0
	for i, v := range x {
		y := NewNumber(row.weight).Times(v)
		for _, u := range x[:i+1] {
			product := y.Times(u)
			g.sums[at].add(&product.significand, product.unit)
			at++
		}
	}
}

// AddTo adds finite numbers to the sums of i and of j and what follow it, up to i.
func (g *Gram) AddTo(i, j int, x []float64) {
	const most = 270 // for as many as can be counted to fit
	sums := i * (i + 1) / 2
	for n, v := range x {
		j := j + n
		s, unit := significand(v)
		shift := uint(unit - (g.left[i] + g.right[j] - 192))
		if g.words == nil || shift > most {
			g.sums[sums+j].add(big.NewInt(s), unit)
			continue
		}
		low, sign := shift%64, uint64(s>>63)
		w, carry := g.words[sums+j][shift/64:], uint64(0)
		w[0], carry = bits.Add64(w[0], uint64(s)<<low, 0)
		w[1], carry = bits.Add64(w[1], uint64(s>>(64-low)), carry)
		for k := 2; k < len(w) && carry != sign&1; k++ { // else there is nothing to add
			w[k], carry = bits.Add64(w[k], sign, carry)
		}
		g.added = true
	}
}

// putAway adds the words to the sums.
func (g *Gram) putAway() {
	g.addWords(g)
	clear(g.words)
	g.added = false
}

// addWords adds those of o to the sums.
func (g *Gram) addWords(o *Gram) {
	if !o.added {
		return
	}
	var s big.Int
	at := 0
	for i := range g.columns {
		for j := range i + 1 {
			g.sums[at].add(o.words[at].take(&s), o.left[i]+o.right[j]-192)
			at++
		}
	}
}

// Merge adds all that was added to o, which has as many columns.
func (g *Gram) Merge(o *Gram) {
	var s big.Int
	for i := range g.sums {
		if o.sums[i].Sign() != 0 {
			g.sums[i].add(s.Set(&o.sums[i].significand), o.sums[i].unit)
		}
	}
	if !g.added || !o.added || !slices.Equal(g.left, o.left) || !slices.Equal(g.right, o.right) {
		g.addWords(o)
		return
	}
	for i := range g.words {
		w, carry := &g.words[i], uint64(0)
		for n, v := range o.words[i] {
			w[n], carry = bits.Add64(w[n], v, carry)
		}
	}
}

// Sum is Σ w·xᵢ·xⱼ, j <= i.
func (g *Gram) Sum(i, j int) *Number {
	at := i*(i+1)/2 + j
	sum := new(Number).Plus(&g.sums[at])
	if g.added {
		var s big.Int
		sum.add(g.words[at].take(&s), g.left[i]+g.right[j]-192)
	}
	return sum
}

// Clone is a copy.
func (g *Gram) Clone() *Gram {
	c := NewGram(g.columns)
	c.Merge(g)
	return c
}

// AppendBinary appends the encodings of the sums of the lower triangle to b, row by row.
func (g *Gram) AppendBinary(b []byte) []byte {
	for i := range g.columns {
		for j := range i + 1 {
			b = g.Sum(i, j).AppendBinary(b)
		}
	}
	return b
}

// DecodeGram is the Gram matrix of so many columns that data begins with, and what follows it.
func DecodeGram(data []byte, columns int) (g *Gram, rest []byte, err error) {
	if n := columns * (columns + 1) / 2; len(data)/numberHeader < n {
		return nil, nil, errShort
	}
	g = NewGram(columns)
	for i := range g.sums {
		if data, err = g.sums[i].Decode(data); err != nil {
			return nil, nil, err
		}
	}
	return g, data, nil
}
