package kernels

// SquaredHellinger sums (√p - √q)² as ((p-q)/(√p+√q))²: twice the squared distance, no cancellation where p is near q.
var SquaredHellinger = Reduction{
	Name: "squaredHellinger",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		gap := p.Sub(q).Div(p.Sqrt().Add(q.Sqrt()).Max(b.MinNormal()))
		gap = b.onlyNonNegative(gap, p, q)
		return gap.MulAdd(gap, sum)
	},
}

// Bhattacharyya sums √p·√q, the Bhattacharyya coefficient; the root of a product would underflow.
var Bhattacharyya = Reduction{
	Name: "bhattacharyya",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		return b.onlyNonNegative(p, p, q).Sqrt().MulAdd(q.Sqrt(), sum)
	},
}
