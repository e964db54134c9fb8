package kernels

// SquaredHellinger sums (√p - √q)² as (p-q)²/(p + q + 2√(pq)): twice the squared distance, no cancellation where p is near q.
var SquaredHellinger = Reduction{
	Name: "squaredHellinger",
	Func: "Hellinger",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Measures: []Measure{{
		Number: 8, Func: "Hellinger", Symmetric: true, Degree: 0.5, Value: "math.Sqrt(sum / 2)",
		Gradient: HellingerGradient, Factor: "distanceFactor(m, value, p, q)", Formula: "(1-√(q/p))/4d, (1-√(p/q))/4d",
		Shares: &Shares{Form: OfDifferences, Sum: "squaredHellinger", Second: SecondRoot, Finish: FinishValue},
		Bound:  &Bound{Slope: "0.5", Root: true, Part: NoPart},
	}},
	Small: smallTotal,
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		diff := b.onlyNonNegative(b.gap(p, q), p, q)
		if b.Careful { // the square of (p-q)/(√p+√q) neither underflows nor overflows
			gap := diff.Div(p.Sqrt().Add(q.Sqrt()).Max(b.MinNormal()))
			return gap.MulAdd(gap, sum)
		}
		if c := b.counts; c != nil {
			whole := p.Mul(c.y).Sqrt().MulAdd(b.Element(1), b.lift(b.total(p, q)))
			return diff.MulAdd(diff.Div(whole), sum)
		}
		total := p.Add(q)
		root, unscale := b.rootOfProduct(p, q)
		b.GuardBelow(total, -unscale) // or an infinite root would pass for a large one
		whole := root.MulAdd(b.PowerOfTwo(1+unscale), b.lift(total))
		return diff.MulAdd(diff.Div(whole), sum)
	},
}

// Bhattacharyya sums √(pq), the Bhattacharyya coefficient.
var Bhattacharyya = Reduction{
	Name: "bhattacharyya",
	Func: "Bhattacharyya",
	Args: []string{"p", "q"},
	Pad:  []float64{0, 0},
	Measures: []Measure{{
		Number: 9, Func: "Bhattacharyya", Symmetric: true, Rows: "bhattacharyyaDistances",
		Gradient: BhattacharyyaGradient, Factor: "rootOfShare(p, q)", Formula: "-√(q/p)/2c, -√(p/q)/2c, c = Σ √(pq)",
		Shares: &Shares{Form: OfDifferences, Sum: "squaredHellinger", Second: SecondRoot, Finish: FinishCoefficient},
		Bound:  &Bound{Slope: "1", Part: PartCoefficient},
	}},
	Small: func(b *Builder, x ...Vec) { b.guardZeroOrModerate(x[0].Min(x[1])) },
	Step: func(b *Builder, sum Vec, x ...Vec) Vec {
		p, q := x[0], x[1]
		if b.Careful {
			return b.onlyNonNegative(p, p, q).Sqrt().MulAdd(q.Sqrt(), sum)
		}
		root, unscale := b.rootOfProduct(p, q)
		return b.onlyNonNegative(root, p, q).MulAdd(b.PowerOfTwo(unscale), sum)
	},
}

// rootOfProduct is √(pq)/2**unscale. Both factors are scaled alike, for the result to be symmetric. A product that
// overflows is infinite; one that underflows all the same has a root far below the floor.
func (b *Builder) rootOfProduct(p, q Vec) (root Vec, unscale int) {
	half := map[Type]int{F64: 250, F32: 30}[b.Type]
	scale := b.PowerOfTwo(half)
	if b.Moderate {
		twice := b.IntConst(2 * uint64(half) * b.minNormalBits())
		root = p.Mul(q.AsInt().Add(twice).AsFloat()).Sqrt() // the same product
	} else {
		root = p.Mul(scale).Mul(q.Mul(scale)).Sqrt()
	}
	b.trustFrom(-650, -45)
	return root, -half
}
