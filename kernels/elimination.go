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
			numbers := make([]Vec, len(columns))
			for i := range numbers {
				numbers[i] = b.Element(i)
			}
			return []Vec{b.number(x[0].Sub(sumOfProducts(numbers, x[1:])))}
		},
	}
}

// EliminateOne is x - l·y, the product rounded.
func EliminateOne(_ *Builder, x Vec, with ...Vec) Vec { return x.Sub(with[0].Mul(with[1])) }

// EliminateFour is likewise for four numbers and, after them, four vectors.
func EliminateFour(_ *Builder, x Vec, with ...Vec) Vec {
	return x.Sub(sumOfProducts(with[:4], with[4:]))
}

// sumOfProducts adds neighbours first.
func sumOfProducts(l, y []Vec) Vec {
	terms := make([]Vec, len(l))
	for i := range terms {
		terms[i] = l[i].Mul(y[i])
	}
	for len(terms) > 1 {
		for i := range len(terms) / 2 {
			terms[i] = terms[2*i].Add(terms[2*i+1])
		}
		terms = terms[:len(terms)/2]
	}
	return terms[0]
}

// Divide is x by a pivot.
func Divide(_ *Builder, x Vec, with ...Vec) Vec { return x.Div(with[0]) }
