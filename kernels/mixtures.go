package kernels

// mixtureShares is the share of a row in a component times the row's weight, and 0 where that is negligible, at most 2**-80, or not finite; what
// these sum to, and how many are not 0.
var _ = Declare(Kernel{
	Name: "mixtureShares", Func: "FitMixture", Args: []string{"share", "weight"}, Pad: []float64{0, 0}, Wide: true,
	Outputs: []Output{{Name: "product", Element: true}, {Name: "sum"}, {Name: "count"}},
	Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
		zero, one := b.Const(0), b.Const(1)
		share := x[0].Mul(x[1])
		counts := b.PowerOfTwo(-80).Less(share).And(share.Sub(share).Equal(zero))
		return []Vec{counts.Select(share, zero), out[0].Add(counts.Select(share, zero)), out[1].Add(counts.Select(one, zero))}
	},
})
