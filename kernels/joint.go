package kernels

// Joints lists every kernel of several sums.
var Joints = []Joint{Divergences, ExactTotals}

// A Joint computes the sums of several reductions of the same elements at once, each with the bits that the reduction itself
// gives. It has one path: of a chunk in which a guard fails it gives no sum. A sum that is not finite, or smaller than its
// floor, is not the reduction's.
type Joint struct {
	Name string
	Args []string
	Pad  []float64 // what stands past the end: its terms leave the sums' bits alone
	Wide bool      // float32 is computed in float64
	Sums []Joined
	Step func(b *Builder, sums []Vec, x ...Vec) []Vec // may leave out the last sums
}

// A Joined sum is that of a reduction of p and q, of q and p, or of q alone; or one of no reduction.
type Joined struct {
	Name string
	Reduction
	Reversed bool
	Cost     float64 // of the reduction's own kernel: in units of 0.1 ns an element of float64 with AVX-512 on a Zen 4; the ratios elsewhere are much the same
	Far      bool    // not a sum, but greater than 0 if, and only if, elements are too far from each other for the reduction's path Near
}

// Floor is the size from which the sum of elements of type t may be trusted: that of the reduction's path before the last, or 0
// where the joint's guards are as much as a check of small sums.
func (j Joined) Floor(t Type) float64 {
	paths := j.Paths(t)
	path := paths[len(paths)-2]
	if path.Small != nil {
		return 0
	}
	return path.Floor
}

// Record is the joint's program for elements of type t.
func (j Joint) Record(t Type) Program { return j.Kernel().Record(t) }

// Divergences are the sums of the measures of two distributions. Of elements in its range nothing needs to be lifted, and of two
// logarithms of a ratio either is the other's negative.
var Divergences = Joint{
	Name: "divergences",
	Args: []string{"p", "q"},
	Pad:  []float64{1, 1}, // every term is 0
	Sums: []Joined{
		{Name: "sumKL", Cost: 5.4, Reduction: KL},
		{Name: "sumReverseKL", Cost: 5.4, Reduction: KL, Reversed: true},
		{Name: "sumGeneralizedKL", Cost: 6.1, Reduction: GeneralizedKL},
		{Name: "sumJeffreys", Cost: 6.7, Reduction: Jeffreys},
		{Name: "sumEntropy", Cost: 5.1, Reduction: Entropy},
		{Name: "sumReverseEntropy", Cost: 5.1, Reduction: Entropy, Reversed: true},
		{Name: "sumCrossEntropy", Cost: 5.4, Reduction: CrossEntropy},
		{Name: "sumJensenShannon", Cost: 12.4, Reduction: JensenShannon},
		{Name: "sumSquaredHellinger", Cost: 8.6, Reduction: SquaredHellinger},
		{Name: "sumTotalVariation", Cost: 1.1, Reduction: TotalVariation},
		{Name: "sumFar", Reduction: JensenShannon, Far: true},
		{Name: "sumChiSquare", Cost: 3.2, Reduction: ChiSquare}, // of float64
	},
	Step: divergences,
}

func divergences(b *Builder, sum []Vec, x ...Vec) []Vec {
	p, q, one := x[0], x[1], b.Const(1)
	b.guardModerate(p)
	b.guardModerate(q)
	// First all divisions, in the order in which their results are needed.
	ratio := b.reduce(p, p, q)
	b.guardReversible(p, q)
	logP, logQ := b.reduce(one, one, p), b.reduce(one, one, q)
	large, small := b.ordered(p, q)
	gap, total := large.Sub(small), p.Add(q)
	below := b.belowMean(large, small, gap, total)
	b.aboveMean(large, gap, total)
	root, unscale := b.rootOfProduct(p, q)
	hellinger := gap.Div(root.MulAdd(b.PowerOfTwo(1+unscale), total))
	perQ := gap
	if b.Type == F64 {
		perQ = gap.Div(q)
	}

	var squares []argument
	for _, x := range []Vec{ratio.s, logP.s, logQ.s, below.u} {
		squares = append(squares, argument{x.Mul(x), atanhNear})
	}
	b.polys(squares...)
	log := ratio.value()
	reverse := b.Const(0).Sub(log)
	negLogQ := logQ.value()
	results := []Vec{
		p.MulAdd(log, sum[0]),
		q.MulAdd(reverse, sum[1]),
		sum[2].Add(ratio.excess(p, q)),
		gap.MulAdd(log.Max(reverse), sum[3]),
		p.MulAdd(logP.value(), sum[4]),
		q.MulAdd(negLogQ, sum[5]),
		p.MulAdd(negLogQ, sum[6]),
		sum[7].Add(b.jensenShannonTerm(p, q, total)),
		gap.MulAdd(hellinger, sum[8]),
		sum[9].Add(gap),
		sum[10].Add(b.beyond(large, small)),
	}
	if b.Type == F64 {
		results = append(results, gap.MulAdd(perQ, sum[11]))
	}
	return results
}

// guardModerate promises that x is neither so small that a lift changes it nor so large that anything overflows.
func (b *Builder) guardModerate(x Vec) {
	if b.Type == F64 {
		b.GuardBetween(x, -700, 248)
	} else {
		b.GuardBetween(x, -58, 28)
	}
}

// guardReversible promises that the exponent gap of q and p is the negative of that of p and q. Otherwise p/q is halfway
// between two powers of two, in the significands' difference, and both gaps are rounded up.
func (b *Builder) guardReversible(p, q Vec) {
	half := b.IntConst(b.minNormalBits() / 2)
	rest := p.AsInt().Sub(q.AsInt()).Add(half).Sub(b.exponentGap(p, q))
	b.emit(GuardSign, rest.Sub(b.IntConst(1)).id)
}

// beyond is more than 0 only where large is more than 3 times small, which is beyond jensenShannonNear: t is above 1/2.
func (b *Builder) beyond(large, small Vec) Vec {
	return large.Sub(small.Add(small)).Sub(small).Max(b.Const(0))
}
