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

// TableExcess sums n·N·log(n·N/e) - n·N + e, and TableSquares (n·N - e)²/e.
var (
	TableExcess = ofTable("tableExcess", func(b *Builder, sum, n, e Vec) Vec { return sum.Add(b.tableTerm(n, e)) })

	TableSquares = ofTable("tableSquares", func(b *Builder, sum, n, e Vec) Vec {
		d := n.Mul(b.Element(0)).Sub(e)
		return d.MulAdd(d.Div(e.Max(b.Const(1))), sum)
	})
)

func ofTable(name string, step func(b *Builder, sum, n, e Vec) Vec) Reduction {
	return Reduction{Name: name, Func: "MutualInformation", Args: tableArgs, Pad: tablePads, Numbers: true, Ordinary: true,
		Step: func(b *Builder, sum Vec, x ...Vec) Vec { return step(b, sum, x[0], x[1]) }}
}

var (
	tableArgs = []string{"p", "q"}
	tablePads = []float64{0, 0}

	// tableGains is the terms of two branches, of which the first has r of all and n of a class that c are in; what n exceeds c by is added up.
	_ = Declare(Kernel{
		Name: "tableGains", Func: "InformationGain", Args: []string{"counts", "classes", "branch"}, Pad: []float64{0, 0, 0}, Numbers: 1,
		Outputs: []Output{{Name: "terms", Element: true}, {Name: "surplus"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			n, c, r := x[0], x[1], x[2]
			first, second := b.tableTerm(n, r.Mul(c)), b.tableTerm(c.Sub(n), b.Element(0).Sub(r).Mul(c))
			return []Vec{first.Add(second), out[0].Add(n.Sub(c).Larger(b.Const(0)))}
		},
	})
	// tableFractions sums what elements differ by from integers that are not negative: from those next to them in size, up to 2**51.
	_ = Declare(Kernel{
		Name: "tableFractions", Func: "MutualInformation", Args: []string{"p"}, Pad: []float64{0}, Wide: true, Outputs: []Output{{Name: "sum"}},
		Step: func(b *Builder, out []Vec, x ...Vec) []Vec {
			return []Vec{out[0].Add(x[0].Sub(b.onGrid(x[0].Abs(), 0)).Abs())}
		},
	})
)
