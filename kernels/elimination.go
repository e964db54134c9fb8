package kernels

// What columns of a triangular factor have of another one, for a Cholesky factorisation: y - (c₀x₀ + c₁x₁ + …), each product rounded, the
// numbers c.
var (
	_ = Declare(elimination("eliminateFour", "x0", "x1", "x2", "x3"))
	_ = Declare(elimination("eliminateOne", "x0"))
)

func elimination(name string, columns ...string) Kernel {
	return Kernel{
		Name: name, Func: "New", Args: append([]string{"y"}, columns...), Pad: make([]float64, 1+len(columns)), Numbers: len(columns),
		Outputs: []Output{{Name: "dst", Element: true}},
		Step: func(b *Builder, _ []Vec, x ...Vec) []Vec {
			terms := make([]Vec, len(columns))
			for i := range terms {
				terms[i] = b.Element(i).Mul(x[1+i])
			}
			for len(terms) > 1 { // neighbours first
				for i := range len(terms) / 2 {
					terms[i] = terms[2*i].Add(terms[2*i+1])
				}
				terms = terms[:len(terms)/2]
			}
			return []Vec{b.number(x[0].Sub(terms[0]))}
		},
	}
}
