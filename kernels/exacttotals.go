package kernels

import "math"

// ExactTotals sums p + q in three parts: rounded to multiples of 2**-44, which is exact while the sum is below 2**9, what is left
// of that rounded to multiples of 2**-86, which is exact for a chunk, and what that leaves. No element is negative, or the
// guards fail; 2**7 or more is too large.
var ExactTotals = Joint{
	Name: "exactTotals",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Wide: true,
	Sums: []Joined{{Name: "sumHigh"}, {Name: "sumMiddle"}, {Name: "sumLow"}},
	Step: func(b *Builder, sum []Vec, x ...Vec) []Vec {
		for _, v := range x {
			b.GuardSignClear(v.Add(b.Const(0))) // -0 is 0
			high := b.onGrid(v, -44)
			rest := v.Sub(high)
			middle := b.onGrid(rest, -86)
			sum = []Vec{sum[0].Add(high), sum[1].Add(middle), sum[2].Add(rest.Sub(middle))}
		}
		return sum
	},
}

// onGrid rounds to a multiple of 2**e: the unit in the last place of numbers near 1.5·2**(e+52).
func (b *Builder) onGrid(x Vec, e int) Vec {
	shift := b.Const(math.Ldexp(1.5, e+52))
	return x.Add(shift).Sub(shift)
}
