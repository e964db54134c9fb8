package golang

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/kernels"
)

// genericWalks writes the kernels in plain Go: a panel has one lane.
func (g *file) genericWalks(t kernels.Type) {
	float := t.Go()
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	// A NaN keeps its bits, which some architectures' arithmetic does not see to.
	g.f("func %s%s {\nfor i, v := range x[:panels] {\nif v == v {\nv = %s\n}\ndst[i] = v\n}\n}\n\n",
		isa.Symbol(shape.AffineWalk.Name, t, generic), shape.AffineWalk.Signature("[]"+float), step(kernels.Affine, "v", "model[0]", "model[1]"))
	g.f("func %s%s {\nfor i := range panels {\ncopy(panel[i*span:], x[i*stride:][:width])\n}\n}\n\n",
		isa.Symbol(shape.TransposeWalk.Name, t, generic), shape.TransposeWalk.Signature("[]"+float))
	g.f("func %s%s {\nfor row := 0; row < rows; row += %d {\n", isa.Symbol(shape.BetweenWalk.Name, t, generic), shape.BetweenWalk.Signature("[]"+float), kernels.Group)
	g.f("var sums [%d]%s\nfor from := 0; from < dim; from += block {\n", kernels.Group, float)
	for i := range kernels.Group {
		g.f("var d%d %s\n", i, float)
	}
	g.f("for _, z := range panel[from:min(from+block, dim)] {\nc := centers[:%d]\n", kernels.Group)
	for i := range kernels.Group {
		g.f("d%d = %s\n", i, step(kernels.SquareDifference, fmt.Sprintf("d%d", i), fmt.Sprintf("c[%d]", i), "z"))
	}
	g.f("centers = centers[%d:]\n}\n", kernels.Group)
	for i := range kernels.Group {
		g.f("sums[%d] = %s\n", i, step(kernels.Accumulate, fmt.Sprintf("sums[%d]", i), fmt.Sprintf("d%d", i)))
	}
	g.f("}\nfor i, sum := range sums {\ndst[(row+i)*pitch] = sum\n}\n}\n}\n\n")
	g.genericDeviations(t)
	for _, k := range g.Tiles {
		g.genericTile(k, t)
	}
}

func (g *file) genericDeviations(t kernels.Type) {
	p := kernels.SqDeviation(t)
	var columns []string
	for i := range kernels.Group {
		columns = append(columns, fmt.Sprintf("x[%d]", i))
	}
	g.f("func %s%s {\nrefused := 0\nfor row := range panels {\n", isa.Symbol(shape.DeviationWalk.Name, t, generic), shape.DeviationWalk.Signature("[]"+t.Go()))
	group := inline(p, "", columns)
	add := goStep(kernels.Accumulate, t, "block", group)
	g.f("r, m := x[row*stride:], model\nvar sum, excess, block %s\n", t.Go())
	g.f("for i := 0; i < dim; i += %d {\nif i%%%d == 0 && i > 0 {\n", kernels.Group, kernels.Block)
	g.endBlock(t)
	g.f("}\nx := r[i:][:%d]\nblock = %s\nm = m[%d:]\n}\n", kernels.Group, add, 2*kernels.Group)
	g.f("if back > 0 {\n")
	g.f("if dim%%%d == 0 {\n", kernels.Block)
	g.endBlock(t)
	g.f("}\nx := r[dim-back:][:%d]\nblock = %s\n}\n", kernels.Group, add)
	g.f("sum = %s\n", goLast(t))
	g.f("if !finite(float64(sum)) {\nrefused = 1\n}\ndst[row] = sum\n}\nreturn refused\n}\n\n")
}

func (g *file) genericTile(k kernels.Tile, t kernels.Type) {
	float := t.Go()
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	g.f("func %s%s {\nfor group := range groups {\n", isa.Symbol(k.Name, t, generic), shape.TileWalk(k).Signature("[]"+float))
	if k.Solve { // the panel and the one ahead take turns
		g.f("z, next := panel, ahead\nif group%%2 == 1 {\nz, next = ahead, panel\n}\n")
		g.f("copy(next, x[group*stride:][:width])\n")
	} else {
		g.f("z := panel[group*span:]\n")
	}
	g.f("f, sum, excess, block := factor, sums[group], excesses[group], blocks[0]\ndue := flush\nfor row := from; row < to; row += %d {\n", kernels.Group)
	g.f("if row >= due {\ndue += %d\n", kernels.Block)
	g.endBlock(t)
	g.f("}\n")
	for i := range kernels.Group {
		if k.Solve {
			g.f("y%d := %s\n", i, step(kernels.Center, fmt.Sprintf("z[row+%d]", i), fmt.Sprintf("mean[row+%d]", i)))
		} else {
			g.f("var y%d %s\n", i, float)
		}
	}
	g.f("for k, z := range z[:row] {\nl := f[:%d]\n", kernels.Group)
	if k.Solve {
		g.f("_ = k\n")
	} else {
		g.f("z := %s\n", step(kernels.Center, "z", "mean[k]"))
	}
	for i := range kernels.Group {
		g.f("y%d = %s\n", i, step(k.Step, fmt.Sprintf("y%d", i), fmt.Sprintf("l[%d]", i), "z"))
	}
	g.f("f = f[%d:]\n}\n", kernels.Group)
	for c := range kernels.Group {
		known, first := fmt.Sprintf("y%d", c), c+1
		if k.Solve {
			g.f("%s = %s\n", known, step(kernels.Scale, known, fmt.Sprintf("f[%d]", c*kernels.Group+c)))
		} else {
			known, first = fmt.Sprintf("z%d", c), 0 // above the diagonal are zeros
			g.f("%s := %s\n", known, step(kernels.Center, fmt.Sprintf("z[row+%d]", c), fmt.Sprintf("mean[row+%d]", c)))
		}
		for i := first; i < kernels.Group; i++ {
			g.f("y%d = %s\n", i, step(k.Step, fmt.Sprintf("y%d", i), fmt.Sprintf("f[%d]", c*kernels.Group+i), known))
		}
	}
	g.f("squares := %s(y0 * y0)\n", float)
	for i := 1; i < kernels.Group; i++ {
		g.f("squares = %s\n", step(kernels.Square, "squares", fmt.Sprintf("y%d", i)))
	}
	g.f("block = %s\n", goStep(kernels.Accumulate, t, "block", "squares"))
	if !k.Solve {
		g.f("z := z[out:]\n")
	}
	g.f("z[row], z[row+1], z[row+2], z[row+3] = y0, y1, y2, y3\nf = f[%d:]\n}\nif more == 0 {\nsum, excess, block = %s, 0, 0\n}\nsums[group], excesses[group], blocks[0] = sum, excess, block\n}\n}\n\n", kernels.Group*kernels.Group, goLast(t))
}

// endBlock adds a block to sum, and what sum came out too large by to excess.
func (g *file) endBlock(t kernels.Type) {
	g.f("{\nbefore := sum\nsum = %s\n", goStep(kernels.Accumulate, t, "sum", "block"))
	g.f("excess = %s\nblock = 0\n}\n", goStep(kernels.Accumulate, t, "excess", "("+goStep(kernels.Excess, t, "block", "sum", "before")+")"))
}

// goLast is the sum with the last block.
func goLast(t kernels.Type) string {
	return goStep(kernels.Accumulate, t, "sum", "("+goStep(kernels.Correct, t, "block", "excess")+")")
}

// goStep is a step as an expression.
func goStep(s kernels.Substep, t kernels.Type, x string, with ...string) string {
	return inline(s.Record(t, len(with)), x, with)
}

// inline is a step's result as an expression.
func inline(p kernels.Program, sum string, inputs []string) string {
	var expr func(id int) string
	expr = func(id int) string {
		in := p.Code[id]
		switch in.Op {
		case kernels.Sum:
			return sum
		case kernels.Input:
			return inputs[in.Arg]
		case kernels.Element:
			return fmt.Sprintf("m[%d]", in.Arg)
		}
		var args []string
		for _, a := range in.Args {
			args = append(args, expr(a))
		}
		e := spell(p.Type, in, args)
		if id != p.Results[0] && (in.Op == kernels.Add || in.Op == kernels.Sub) {
			e = "(" + e + ")"
		}
		return e
	}
	return expr(p.Results[0])
}
