package kernels

// Tables of counts n with the total N, and products e of the sums of a row and a column: integers, of which e is 0 or at least 1, and n is 0
// if it is. What n·N exceeds e by is found without rounding where both are below 2**53. N is number 0.
func (b *Builder) tableTerm(n, e Vec) Vec {
	n, one := n.Mul(b.Element(0)), b.Const(1)
	l := b.reduce(n, n.Max(one), e.Max(one))
	z := l.s.Mul(l.s)
	near := n.Mul(z).MulAdd(b.poly(z, atanhNear), l.diff)
	octaves := n.MulAdd(l.k.Mul(b.ln2()), e.Sub(l.q))
	return l.s.MulAdd(near, octaves)
}

var (
	tableArgs = []string{"p", "q"}
	tablePads = []float64{0, 0}

	// tableExcess sums n·N·log(n·N/e) - n·N + e.
	_ = Declare(Kernel{
		Name: "tableExcess", Func: "MutualInformation", Args: tableArgs, Pad: tablePads, Wide: true, Numbers: 1,
		Outputs: []Output{{Name: "sum"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			b.GuardSignClear(x[0])
			return []Vec{out[0].Add(b.tableTerm(x[0], x[1]))}
		},
	})
	// tableTerms is each of them.
	_ = Declare(Kernel{
		Name: "tableTerms", Func: "InformationGain", Args: tableArgs, Pad: tablePads, Numbers: 1, Outputs: []Output{{Name: "dst", Element: true}},
		Step: func(b *Builder, _ []Vec, x ...Vec) []Vec { return []Vec{b.tableTerm(x[0], x[1])} },
	})
	// tableFractions sums what elements differ by from the integers next to them, up to 2**51 in size.
	_ = Declare(Kernel{
		Name: "tableFractions", Func: "MutualInformation", Args: []string{"p"}, Pad: []float64{0}, Wide: true, Outputs: []Output{{Name: "sum"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			return []Vec{out[0].Add(x[0].Sub(b.onGrid(x[0], 0)).Abs())}
		},
	})
)
