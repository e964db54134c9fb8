package kernels

import "math"

// PhiloxNumbers is how many numbers a call of the kernel philoxNormals brings, which are integers in the place of float64: the counter's lower
// 64 bits for position 0, less [PhiloxOffset]; its third and fourth word; and then the two words of the key for each of [PhiloxRounds].
const (
	PhiloxNumbers = 3 + 2*PhiloxRounds
	PhiloxRounds  = 10
	PhiloxOffset  = 0x433 << 52 // the pattern of 2**52, whose lower bits are those of an integer that is added to it
)

// Two independent standard normal numbers of each position, an integer from 0 to below 2**52, by the method of Box and Muller: r·cos θ and
// r·sin θ, r = √(-2 log u), of 128 random bits by Philox 4×32-10. The first two words make u, an odd multiple of 2**-53 below 1, the others
// θ: an angle of an odd multiple of 2**-53 quarter turns, by at most half of one to either side of an axis, which two more bits choose.
//
// Numbers are from 2e-24 to 8.58 in size, never 0, and have a relative error of at most 2**-50, which package mvn tests.
//
// What lost: the inverse of the normal distribution function takes as many bits a number, so that of Philox twice as many operations, and with
// its tails, which every lane computes, some 80 operations where these are 30.
//
// Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC11 (2011). Box, Muller: A note on the generation of random normal
// deviates, Annals of Mathematical Statistics 29 (1958), 610-611.
var _ = Declare(Kernel{
	Name: "philoxNormals",
	Func: "SampleRows",
	Args: []string{"p"},
	Pad:  []float64{0},

	Numbers: PhiloxNumbers,
	Outputs: []Output{{Name: "first", Element: true}, {Name: "second", Element: true}},
	Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
		first, second := b.boxMuller(b.philox(x[0]))
		return []Vec{first, second}
	},
})

// philox is four words of 32 random bits, each in the lower half of an integer, whose upper half means nothing.
func (b *Builder) philox(position Vec) [4]Int {
	number := func(i int) Int { return b.Element(i).AsInt() }
	position = position.Equal(position).Select(position, b.Const(0)) // the pattern of a NaN differs between machines
	low := position.Add(b.Const(0x1p52)).AsInt().Add(number(0))
	x := [4]Int{low, low.Upper(), number(1), number(2)}
	for round := range PhiloxRounds {
		p, q := x[0].Times(0xD2511F53), x[2].Times(0xCD9E8D57)
		key := 3 + 2*round
		x = [4]Int{q.Upper().Xor(x[1]).Xor(number(key)), q, p.Upper().Xor(x[3]).Xor(number(key + 1)), p}
	}
	return x
}

// boxMuller is two numbers of four words.
func (b *Builder) boxMuller(words [4]Int) (first, second Vec) {
	const swapBelow = 1.5
	one := math.Float64bits(1)
	upper := func(w Int) Int { return w.Times(1 << 20) } // as the upper bits of a significand, without what is above a word

	u := upper(words[0]).Add(upper(words[1]).Upper()).Add(b.IntConst(one)).AsFloat().Sub(b.Const(1 - 0x1p-53))
	l := b.reduce(b.Const(1), b.Const(1), u).value()
	radius := l.Add(l).Sqrt()

	rest := words[3].And(b.IntConst(1<<20 - 2)).Add(b.IntConst(one + 1))
	turn := upper(words[2]).Add(rest).AsFloat().Sub(b.Const(1.5)) // of a quarter
	square := turn.Mul(turn)
	sin := radius.Mul(turn).Mul(b.poly(square, sinQuarter))
	cos := radius.Mul(square.MulAdd(b.poly(square, cosQuarter), b.Const(1)))
	cos = cos.AsInt().Xor(words[1].ToExponent().And(b.SignBit())).AsFloat()
	swap := upper(words[3]).Add(b.IntConst(one)).AsFloat().Less(b.Const(swapBelow))
	return swap.Select(sin, cos), swap.Select(cos, sin)
}

// sinQuarter is P in sin(πx/2) = x·P(z), cosQuarter that in cos(πx/2) = 1 + zP(z), z = x², for |x| <= ½. Their relative errors, of
// the sine and of the cosine, are at most 2**-54.1, of which most is that of π/2, and 2**-55.2.
var (
	sinQuarter = coefficients{f64: []float64{
		0x1.921fb54442d18p+0, -0x1.4abbce625be41p-1, 0x1.466bc677587p-4, -0x1.32d2cce2d536p-8,
		0x1.50782fca38b8dp-13, -0x1.e30063a029a68p-19, 0x1.e3eed5ce53e68p-25,
	}}
	cosQuarter = coefficients{f64: []float64{
		-0x1.3bd3cc9be45dep+0, 0x1.03c1f081b5aaep-2, -0x1.55d3c7e3c928p-6, 0x1.e1f5068367b1dp-11,
		-0x1.a6d1ec7e0b6bep-16, 0x1.f9cc40ac9a543p-22, -0x1.b263c34660ec1p-28,
	}}
)

// Combine adds to y multiples of four other vectors, one after the other and each product unrounded.
var _ = Declare(Kernel{
	Name: "combineFour", Func: "SampleRows", Args: []string{"y", "a", "b", "c", "d"}, Pad: make([]float64, 5), Numbers: 4,
	Outputs: []Output{{Name: "dst", Element: true}},
	Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
		sum := x[0]
		for i, v := range x[1:] {
			sum = v.MulAdd(b.Element(i), sum)
		}
		return []Vec{b.number(sum)}
	},
})
