package main

import (
	"fmt"
	"strings"

	"github.com/relent-go/relent/kernels"
)

// A walk is the signature of a kernel that walks over rows. Its integers count elements, rows and panels.
type walk struct {
	name     string
	pointers []string
	integers []string
	result   bool // an integer
}

var transposeWalk = walk{"transpose", []string{"panel", "x"}, []string{"stride", "width", "span", "panels"}, false}

var deviationWalk = walk{"sqDeviations", []string{"dst", "x", "model"}, []string{"stride", "fetch", "dim", "back", "panels"}, true}

var affineWalk = walk{"affine", []string{"dst", "x", "model"}, []string{"panels"}, false}

var betweenWalk = walk{"squareDistances", []string{"dst", "panel", "centers"}, []string{"span", "pitch", "dim", "rows", "block"}, false}

var peakWalk = walk{"fma", []string{"sink"}, []string{"n"}, false}

func tileWalk(k kernels.Tile) walk {
	if k.Solve {
		return walk{k.Name, []string{"sums", "excesses", "blocks", "panel", "ahead", "factor", "mean", "x"},
			[]string{"span", "stride", "width", "fetch", "from", "to", "groups", "flush", "turn", "more"}, false}
	}
	return walk{k.Name, []string{"sums", "excesses", "blocks", "panel", "factor", "mean"}, []string{"span", "from", "to", "groups", "out", "flush", "turn", "more"}, false}
}

func unrolledWalk(dim int) walk {
	return walk{fmt.Sprintf("sqMahalanobis%d_", dim), []string{"dst", "x", "model", "panel"}, []string{"stride", "panels"}, true}
}

func (k walk) asm(t kernels.Type) string {
	return fmt.Sprintf("(%s *%s, %s int)%s", strings.Join(k.pointers, ", "), goType(t), strings.Join(k.integers, ", "), k.returns())
}

func (k walk) slices(t string) string {
	return fmt.Sprintf("(%s []%s, %s int)%s", strings.Join(k.pointers, ", "), t, strings.Join(k.integers, ", "), k.returns())
}

func (k walk) returns() string {
	if k.result {
		return " int"
	}
	return ""
}

// walks lists the kernels of packed factors that every target has.
func walks() []walk {
	list := []walk{transposeWalk, deviationWalk, affineWalk, betweenWalk}
	for _, k := range kernels.Tiles {
		list = append(list, tileWalk(k))
	}
	return list
}

// unrolledDims are the columns for which a target has kernels whose panels stay in registers.
func unrolledDims(w walker, t kernels.Type) (dims []int) {
	for dim := 16 / t.Bytes(); dim <= w.info().unrolled; dim++ {
		dims = append(dims, dim)
	}
	return dims
}

// dispatchWalks writes the functions that pick a target's kernel, and what the targets' shapes are.
func (g *goFile) dispatchWalks(targets []walker) {
	for _, k := range walks() {
		g.f("func %s[F Float]%s {\n", k.name, k.slices("F"))
		g.f("if isFloat64[F]() {\n")
		for _, t := range elems {
			g.chooseWalker(targets, func(w walker) {
				g.call(k, symbol(k.name, t, w.info().name), "pointer", t)
			})
			g.call(k, symbol(k.name, t, "Generic"), "as", t)
			g.f("}\n")
		}
		for _, t := range elems {
			for _, w := range targets {
				g.f("\n//go:noescape\nfunc %s%s\n", symbol(k.name, t, w.info().name), k.asm(t))
			}
		}
		g.f("\n")
	}
	g.unrolled(targets)
	g.f("// panelShape is what the kernels in force work on.\nfunc panelShape[F Float]() shape {\n")
	g.f("if isFloat64[F]() {\n")
	for _, t := range elems {
		g.chooseWalker(targets, func(w walker) {
			inf := w.info()
			g.f("return shape{lanes: %d, group: %d, unrolled: %d, side: [maxUnrolled + 1]uint8{", inf.vector/t.Bytes(), inf.tile.panels, inf.unrolled)
			for dim := 0; dim <= inf.unrolled; dim++ {
				side := 0
				if dim >= 16/t.Bytes() {
					side = sideBySide(w, dim, t)
				}
				g.f("%d, ", side)
			}
			g.f("}}\n")
		})
		g.f("return shape{lanes: 1, group: 1}\n}\n")
	}
	g.f("\n")
}

// call writes a call of a kernel and a return.
func (g *goFile) call(k walk, name, convert string, t kernels.Type) {
	format := "%s(%s, %s)\nreturn\n"
	if k.result {
		format = "return %s(%s, %s)\n"
	}
	g.f(format, name, g.each(k.pointers, convert, t), strings.Join(k.integers, ", "))
}

// unrolled writes the function that picks the kernel of unrolled rows.
func (g *goFile) unrolled(targets []walker) {
	k := unrolledWalk(0)
	g.f("func sqMahalanobisUnrolled[F Float](dim int, %s {\n", strings.TrimPrefix(k.slices("F"), "("))
	if len(targets) > 0 {
		g.f("if isFloat64[F]() {\n")
	}
	for i, t := range elems {
		if len(targets) == 0 {
			break
		}
		g.chooseWalker(targets, func(w walker) {
			g.f("switch dim {\n")
			for _, dim := range unrolledDims(w, t) {
				g.f("case %d:\nreturn %s(%s, %s)\n", dim, symbol(unrolledWalk(dim).name, t, w.info().name), g.each(k.pointers, "pointer", t),
					strings.Join(k.integers, ", "))
			}
			g.f("}\n")
		})
		g.f("%s", []string{"}\n", ""}[i])
	}
	g.f("panic(\"relent: no kernel for this many columns\")\n}\n")
	for _, t := range elems {
		for _, w := range targets {
			for _, dim := range unrolledDims(w, t) {
				u := unrolledWalk(dim)
				g.f("\n//go:noescape\nfunc %s%s\n", symbol(u.name, t, w.info().name), u.asm(t))
			}
		}
	}
	g.f("\n")
}

func (g *goFile) chooseWalker(targets []walker, call func(w walker)) {
	if len(targets) == 0 {
		return
	}
	g.f("switch isa {\n")
	for _, w := range targets {
		g.f("case %s:\n", strings.ToLower(w.info().name))
		call(w)
	}
	g.f("}\n")
}

// genericWalks writes the kernels in plain Go: a panel has one lane.
func (g *goFile) genericWalks(t kernels.Type) {
	float := goType(t)
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	// A NaN keeps its bits, which some architectures' arithmetic does not see to.
	g.f("func %s%s {\nfor i, v := range x[:panels] {\nif v == v {\nv = %s\n}\ndst[i] = v\n}\n}\n\n",
		symbol(affineWalk.name, t, "Generic"), affineWalk.slices(float), step(kernels.Affine, "v", "model[0]", "model[1]"))
	g.f("func %s%s {\nfor i := range panels {\ncopy(panel[i*span:], x[i*stride:][:width])\n}\n}\n\n",
		symbol(transposeWalk.name, t, "Generic"), transposeWalk.slices(float))
	g.f("func %s%s {\nfor row := 0; row < rows; row += %d {\n", symbol(betweenWalk.name, t, "Generic"), betweenWalk.slices(float), quad)
	g.f("var sums [%d]%s\nfor from := 0; from < dim; from += block {\n", quad, float)
	for i := range quad {
		g.f("var d%d %s\n", i, float)
	}
	g.f("for _, z := range panel[from:min(from+block, dim)] {\nc := centers[:%d]\n", quad)
	for i := range quad {
		g.f("d%d = %s\n", i, step(kernels.SquareDifference, fmt.Sprintf("d%d", i), fmt.Sprintf("c[%d]", i), "z"))
	}
	g.f("centers = centers[%d:]\n}\n", quad)
	for i := range quad {
		g.f("sums[%d] = %s\n", i, step(kernels.Accumulate, fmt.Sprintf("sums[%d]", i), fmt.Sprintf("d%d", i)))
	}
	g.f("}\nfor i, sum := range sums {\ndst[(row+i)*pitch] = sum\n}\n}\n}\n\n")
	g.genericDeviations(t)
	for _, k := range kernels.Tiles {
		g.genericTile(k, t)
	}
}

func (g *goFile) genericDeviations(t kernels.Type) {
	p := kernels.SqDeviation(t)
	var columns []string
	for i := range kernels.Group {
		columns = append(columns, fmt.Sprintf("x[%d]", i))
	}
	g.f("func %s%s {\nrefused := 0\nfor row := range panels {\n", symbol(deviationWalk.name, t, "Generic"), deviationWalk.slices(goType(t)))
	group := inline(p, "", columns)
	add := goStep(kernels.Accumulate, t, "block", group)
	g.f("r, m := x[row*stride:], model\nvar sum, excess, block %s\n", goType(t))
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

func (g *goFile) genericTile(k kernels.Tile, t kernels.Type) {
	float := goType(t)
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	g.f("func %s%s {\nfor group := range groups {\n", symbol(k.Name, t, "Generic"), tileWalk(k).slices(float))
	if k.Solve { // the panel and the one ahead take turns
		g.f("z, next := panel, ahead\nif group%%2 == 1 {\nz, next = ahead, panel\n}\n")
		g.f("copy(next, x[group*stride:][:width])\n")
	} else {
		g.f("z := panel[group*span:]\n")
	}
	g.f("f, sum, excess, block := factor, sums[group], excesses[group], blocks[0]\ndue := flush\nfor row := from; row < to; row += %d {\n", quad)
	g.f("if row >= due {\ndue += %d\n", kernels.Block)
	g.endBlock(t)
	g.f("}\n")
	for i := range quad {
		if k.Solve {
			g.f("y%d := %s\n", i, step(kernels.Center, fmt.Sprintf("z[row+%d]", i), fmt.Sprintf("mean[row+%d]", i)))
		} else {
			g.f("var y%d %s\n", i, float)
		}
	}
	g.f("for k, z := range z[:row] {\nl := f[:%d]\n", quad)
	if k.Solve {
		g.f("_ = k\n")
	} else {
		g.f("z := %s\n", step(kernels.Center, "z", "mean[k]"))
	}
	for i := range quad {
		g.f("y%d = %s\n", i, step(k.Step, fmt.Sprintf("y%d", i), fmt.Sprintf("l[%d]", i), "z"))
	}
	g.f("f = f[%d:]\n}\n", quad)
	for c := range quad {
		known, first := fmt.Sprintf("y%d", c), c+1
		if k.Solve {
			g.f("%s = %s\n", known, step(kernels.Scale, known, fmt.Sprintf("f[%d]", c*quad+c)))
		} else {
			known, first = fmt.Sprintf("z%d", c), 0 // above the diagonal are zeros
			g.f("%s := %s\n", known, step(kernels.Center, fmt.Sprintf("z[row+%d]", c), fmt.Sprintf("mean[row+%d]", c)))
		}
		for i := first; i < quad; i++ {
			g.f("y%d = %s\n", i, step(k.Step, fmt.Sprintf("y%d", i), fmt.Sprintf("f[%d]", c*quad+i), known))
		}
	}
	g.f("squares := %s(y0 * y0)\n", float)
	for i := 1; i < quad; i++ {
		g.f("squares = %s\n", step(kernels.Square, "squares", fmt.Sprintf("y%d", i)))
	}
	g.f("block = %s\n", goStep(kernels.Accumulate, t, "block", "squares"))
	if !k.Solve {
		g.f("z := z[out:]\n")
	}
	g.f("z[row], z[row+1], z[row+2], z[row+3] = y0, y1, y2, y3\nf = f[%d:]\n}\nif more == 0 {\nsum, excess, block = %s, 0, 0\n}\nsums[group], excesses[group], blocks[0] = sum, excess, block\n}\n}\n\n", quad*quad, goLast(t))
}

// endBlock adds a block to sum, and what sum came out too large by to excess.
func (g *goFile) endBlock(t kernels.Type) {
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
