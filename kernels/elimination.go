package kernels

// What is left of a column without the parts that others have of it, as a Cholesky factorisation takes them away: y - (Ka + Lb + …), each
// product rounded; K, L, … are the numbers.
var (
	_ = Declare(elimination("eliminateFour", "a", "b", "c", "d"))
	_ = Declare(elimination("eliminateOne", "a"))
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
