package golang

import (
	"fmt"
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/kernels"
)

// genericWalks writes the kernels in plain Go: a panel has one lane.
func (g *file) genericWalks(t kernels.Type) {
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	// A NaN keeps its bits, which some architectures' arithmetic does not see to.
	g.walk(shape.AffineWalk, t, "for i, v := range x[:panels] {\nif v == v {\nv = %s\n}\ndst[i] = v\n}\n}\n\n", step(kernels.Affine, "v", "model[0]", "model[1]"))
	g.walk(shape.TransposeWalk, t, "for i := range panels {\ncopy(panel[i*span:], x[i*stride:][:width])\n}\n}\n\n")
	g.walk(shape.UnpackWalk, t, "for i := range groups {\ncopy(x[i*stride:][:%[1]d], panel[i*%[1]d:])\n}\n}\n\n", shape.Lanes)
	g.walk(shape.BetweenWalk, t, "for row := 0; row < rows; row += %[1]d {\nvar sums [%[1]d]%[2]s\nfor from := 0; from < dim; from += block {\n", quad, t.Go())
	g.quad(0, 0, "var d%[1]d "+t.Go())
	g.f("for _, z := range panel[from:min(from+block, dim)] {\nc := centers[:%d]\n", quad)
	g.quad(0, 0, "d%[1]d = "+step(kernels.SquareDifference, "d%[1]d", "c[%[1]d]", "z"))
	g.f("centers = centers[%d:]\n}\n", quad)
	g.quad(0, 0, "sums[%[1]d] = "+step(kernels.Accumulate, "sums[%[1]d]", "d%[1]d"))
	g.f("}\nfor i, sum := range sums {\ndst[(row+i)*pitch] = sum\n}\n}\n}\n\n")
	g.walk(shape.FromOneWalk, t, "for i := range %d {\nvar sum %[2]s\nfor from := 0; from < dim; from += block {\nvar d %[2]s\n", kernels.PanelsFromOne, t.Go())
	g.f("for j, z := range panel[i*span:][from:min(from+block, dim)] {\nd = %s\n}\nsum = %s\n}\ndst[i] = sum\n}\n}\n\n",
		step(kernels.SquareDifference, "d", fmt.Sprintf("centers[(from+j)*%d]", quad), "z"), step(kernels.Accumulate, "sum", "d"))
	g.genericDeviations(t)
	g.genericTogether(t)
	g.genericRow(t)
	g.genericAbreast(t)
	g.genericCholesky(t)
	g.genericProducts(t)
	g.genericReached(t)
	for _, k := range g.Tiles {
		g.genericTile(k, t)
	}
}

// genericReached counts lane after lane, and value after value.
func (g *file) genericReached(t kernels.Type) {
	lanes := 8 * kernels.LanesReached / t.Bytes()
	with := []string{"limit"}
	for i := range kernels.RowsReached {
		with = append(with, fmt.Sprintf("x[i+%d*stride]", i))
	}
	g.walk(shape.ReachedWalk, t, "for at := range %d * edges {\nn, limit := counts[at], thresholds[at]\n", lanes)
	g.f("for i, b := at%%%d, blocks; b > 0; i, b = i+%d*stride, b-1 {\nn = %s\n}\ncounts[at] = n\n}\n}\n\n",
		lanes, kernels.RowsReached, goStep(kernels.Reached, t, "n", with...))
	g.walk(shape.RanksWalk, t, "for i, v := range x[:stripes*%d] {\nvar n %s\nfor _, limit := range thresholds[:edges] {\nn = %s\n}\ndst[i] = n\n}\n}\n\n",
		lanes, t.Go(), goStep(kernels.Reached, t, "n", "limit", "v"))
}

// quad is how many rows of a factor, or squares, go together.
const quad = kernels.Group

// walk begins a function.
func (g *file) walk(k shape.Walk, t kernels.Type, format string, args ...any) {
	g.f("func %s%s {\n", isa.Symbol(k.Name, t, generic), k.Signature("[]"+t.Go()))
	g.f(format, args...)
}

// quad writes a line for each row of a quad from the first on; %[1]d in it is the row, and %[2]d where the factor has its number in a
// column.
func (g *file) quad(first, column int, line string) {
	for i := first; i < quad; i++ {
		g.f(line+"\n", i, column*quad+i)
	}
}

// goDeviations is the block at hand with the squares of four columns, from x on.
func goDeviations(t kernels.Type) string {
	var columns []string
	for i := range quad {
		columns = append(columns, fmt.Sprintf("x[%d]", i))
	}
	return goStep(kernels.Accumulate, t, "block", inline(kernels.SqDeviation(t), "", columns))
}

func (g *file) genericDeviations(t kernels.Type) {
	add := goDeviations(t)
	g.walk(shape.DeviationWalk, t, "refused := 0\nfor row := range panels {\nr, m := x[row*stride:], model\nvar sum, excess, block %s\n", t.Go())
	g.f("for i := 0; i < dim; i += %d {\nif i%%%d == 0 && i > 0 {\n", quad, kernels.Block)
	g.endBlock(t)
	g.f("}\nx := r[i:][:%d]\nblock = %s\nm = m[%d:]\n}\nif back > 0 {\nif dim%%%d == 0 {\n", quad, add, 2*quad, kernels.Block)
	g.endBlock(t)
	g.f("}\nx := r[dim-back:][:%d]\nblock = %s\n}\nsum = %s\n", quad, add, goLast(t))
	g.f("if !finite(float64(sum)) {\nrefused = 1\n}\ndst[row] = sum\n}\nreturn refused\n}\n\n")
}

func (g *file) genericTogether(t kernels.Type) {
	g.walk(shape.TogetherWalk, t, "for row := range rows {\nm := models[row*apart:]\nvar sum, excess, block %s\n", t.Go())
	g.f("for i := 0; i < dim; i += %d {\nif i%%%d == 0 && i > 0 {\n", quad, kernels.Block)
	g.endBlock(t)
	g.f("}\nx := panel[i:][:%d]\nblock = %s\nm = m[%d:]\n}\ndst[row*pitch] = %s\n}\n}\n\n", quad, goDeviations(t), 2*quad, goLast(t))
}

// genericRow takes the unknowns out of the equations below one after the other.
func (g *file) genericRow(t kernels.Type) {
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	g.walk(shape.RowWalk, t, "for k := 0; k < dim; k += %d {\nl := columns\n", quad)
	for c := range quad {
		g.f("z%d := y[k+%d]\n", c, c)
	}
	for c := range quad {
		known := fmt.Sprintf("z%d", c)
		g.f("%s = %s\nz[k+%d] = %s\n", known, step(kernels.Scale, known, fmt.Sprintf("l[%d]", c*quad+c)), c, known)
		g.quad(c+1, c, "z%[1]d = "+step(kernels.Eliminate, "z%[1]d", "l[%[2]d]", known))
	}
	line := shape.LineRows(t)
	g.f("columns = columns[%d:]\nfor i := (k + %d) / %d * %[3]d; i < dim; i += %[3]d {\nfor j, v := range y[i:][:%[3]d] {\n", quad*quad, quad, line)
	for c := range quad {
		g.f("v = %s\n", step(kernels.Eliminate, "v", fmt.Sprintf("columns[%d+j]", c*line), fmt.Sprintf("z%d", c)))
	}
	g.f("y[i+j] = v\n}\ncolumns = columns[%d:]\n}\n}\n}\n\n", line*quad)
}

// genericAbreast goes through the factors of a group one after the other.
func (g *file) genericAbreast(t kernels.Type) {
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	line := shape.LineRows(t)
	g.walk(shape.AbreastWalk, t, "for group := range groups {\nfor lane := range %[1]d {\nl := factors[lane:]\nfor i, v := range x[:dim] {\n", line)
	g.f("y := %s\nl = l[%d:]\nfor k := range i {\ny = %s\nl = l[%[2]d:]\n}\n", step(kernels.Center, "v", "l[0]"), line, step(kernels.Eliminate, "y", "l[0]", fmt.Sprintf("z[%d*k+lane]", line)))
	g.f("z[%d*i+lane] = %s\nl = l[min(%[1]d, len(l)):]\n}\n", line, step(kernels.Scale, "y", "l[0]"))
	g.f("var sum, excess, block %s\nfor i := 0; i < squares; i += %d {\nif i%%%d == 0 && i > 0 {\n", t.Go(), quad, kernels.Block)
	g.endBlock(t)
	g.f("}\n")
	g.quad(0, 0, fmt.Sprintf("y%%[1]d := z[%d*(i+%%[1]d)+lane]", line))
	g.f("squares := %s(y0 * y0)\n", t.Go())
	g.quad(1, 0, "squares = "+step(kernels.Square, "squares", "y%[1]d"))
	g.f("block = %s\n}\ndst[group*%d+lane] = %s\n}\nfactors = factors[%[2]d*dim*(dim+3)/2:]\n}\n}\n\n", step(kernels.Accumulate, "block", "squares"), line, goLast(t))
}

// genericCholesky goes along the rows of a stripe.
func (g *file) genericCholesky(t kernels.Type) {
	stripe := shape.StripeRows(t)
	number := func(row, column int) string { return fmt.Sprintf("l[%d]", column*stripe+row) }
	g.walk(shape.CholeskyWalk, t, "for i := range %d {\nz := y[i:][:%d]\n", stripe, (quad-1)*stripe+1)
	for c := range quad {
		g.f("y%d := z[%d]\n", c, c*stripe)
	}
	g.f("for k := 0; k < columns; k += %d {\nx, l := x[k*%d+i:][:%d], numbers[k*%[2]d:][:%[4]d]\n", quad, stripe, (quad-1)*stripe+1, (quad-1)*stripe+quad)
	for c := range quad {
		var with [2 * quad]string
		for column := range quad {
			with[column], with[quad+column] = number(c, column), fmt.Sprintf("x[%d]", column*stripe)
		}
		g.f("y%d = %s\n", c, goStep(kernels.EliminateFour, t, fmt.Sprintf("y%d", c), with[:]...))
	}
	g.f("}\nif divide > 0 {\nl := numbers[columns*%d:][:%d]\n", stripe, (quad-1)*stripe+quad)
	for c := range quad {
		known := fmt.Sprintf("y%d", c)
		g.f("%s = %s\n", known, goStep(kernels.Divide, t, known, number(c, c)))
		for row := c + 1; row < quad; row++ {
			g.f("y%d = %s\n", row, goStep(kernels.EliminateOne, t, fmt.Sprintf("y%d", row), number(row, c), known))
		}
	}
	g.f("}\n")
	for c := range quad {
		g.f("z[%d] = y%d\n", c*stripe, c)
	}
	g.f("}\n}\n\n")
}

// genericProducts goes along the columns of a stripe.
func (g *file) genericProducts(t kernels.Type) {
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	stripe := shape.StripeRows(t)
	products := func(k shape.Walk, wide int) {
		g.walk(k, t, "for at := range %d {\ni, j := at/%d, at%%%[2]d\nvar sum %s\nfor n := range rows {\nsum = %s\n}\ndst[i*%d+j] = %s\n}\n}\n\n",
			shape.ProductRows*wide, wide, t.Go(), step(kernels.Multiply, "sum", "a[n*aStride+i]", "b[n*bStride+j]"), stripe,
			step(kernels.Accumulate, fmt.Sprintf("dst[i*%d+j]", stripe), "sum"))
	}
	products(shape.ProductsWalk, stripe)
	products(shape.HalfProductsWalk, stripe/2)
	for _, k := range []shape.Walk{shape.AwayWalk, shape.SpreadWalk, shape.ApartWalk} {
		has := func(array string) bool { return slices.Contains(k.Pointers, array) }
		begin, row, end, z := "", "", "", "y"
		if has("second") {
			begin, z = "var squares "+t.Go()+"\n", "z"
			row = "squares = " + step(kernels.Multiply, "squares", "z", "y")
			end = "second[j] = " + step(kernels.Accumulate, "second[j]", "squares") + "\n"
		}
		if has("apart") {
			row = fmt.Sprintf("at := (j/%d*rows+n)*%[1]d + j%%%[1]d\napart[at] = y", stripe)
		}
		if has("scaled") {
			row += "\nscaled[at] = z"
			z = "z"
		}
		if has("largest") {
			row += "\nlargest[j] = " + step(kernels.LargestSize, "largest[j]", "x[n*stride+j]")
		}
		g.walk(k, t, "for j := range %d * stripes {\nvar sum %s\n%s", stripe, t.Go(), begin)
		g.f("for n := range rows {\ny := %s\n", step(kernels.Center, "x[n*stride+j]", "mean[j]"))
		if has("shares") {
			g.f("z := %s\n", step(kernels.Times, "", "y", "shares[n]"))
		}
		g.f("sum = %s\n%s\n}\nfirst[j] = %s\n%s}\n}\n\n", step(kernels.Accumulate, "sum", z), row, step(kernels.Accumulate, "first[j]", "sum"), end)
	}
	g.walk(shape.BeyondOuterWalk, t, "for j := range %d * stripes {\nvar sum %s\nfor n := range rows {\nrest := %s\nsum = %s\n}\ndst[j%%%[1]d] = %[5]s\n}\n}\n\n",
		stripe, t.Go(), step(kernels.Eliminate, "matrix[n*stride+j]", "x[n]", "x[j]"), step(kernels.Square, "sum", "rest"),
		step(kernels.Accumulate, fmt.Sprintf("dst[j%%%d]", stripe), "sum"))
}

func (g *file) genericTile(k kernels.Tile, t kernels.Type) {
	step := func(s kernels.Substep, x string, with ...string) string { return goStep(s, t, x, with...) }
	g.walk(shape.TileWalk(k), t, "for group := range groups {\n")
	begin, number, out := "var y%[1]d "+t.Go(), "k, z := range z[:row] {\nz := "+step(kernels.Center, "z", "mean[k]")+"\n", "z := z[out:]\n"
	if k.Given {
		begin, number, out = "y%[1]d := "+step(kernels.Center, "x[row+%[1]d]", "mean[row+%[1]d]"), "_, z := range z[:row] {\n", ""
		g.f("z, x := panel, x[group*span:]\n")
	} else if k.Solve {
		begin, number, out = "y%[1]d := "+step(kernels.Center, "z[row+%[1]d]", "mean[row+%[1]d]"), "_, z := range z[:row] {\n", ""
		g.f("z, next := panel, ahead\nif group%%2 == 1 {\nz, next = ahead, panel\n}\ncopy(next, x[group*stride:][:width])\n") // in turns
	} else {
		g.f("z := panel[group*span:]\n")
	}
	g.f("f, sum, excess, block := factor, sums[group], excesses[group], blocks[0]\ndue := flush\nfor row := from; row < to; row += %d {\n", quad)
	g.f("if row >= due {\ndue += %d\n", kernels.Block)
	g.endBlock(t)
	g.f("}\n")
	g.quad(0, 0, begin)
	g.f("for %sl := f[:%d]\n", number, quad)
	g.quad(0, 0, "y%[1]d = "+step(k.Step, "y%[1]d", "l[%[1]d]", "z"))
	g.f("f = f[%d:]\n}\n", quad)
	for c := range quad {
		known, first := fmt.Sprintf("y%d", c), c+1
		if k.Solve {
			g.f("%s = %s\n", known, step(kernels.Scale, known, fmt.Sprintf("f[%d]", c*quad+c)))
		} else {
			known, first = fmt.Sprintf("z%d", c), 0 // above the diagonal are zeros
			g.f("%s := %s\n", known, step(kernels.Center, fmt.Sprintf("z[row+%d]", c), fmt.Sprintf("mean[row+%d]", c)))
		}
		g.quad(first, c, "y%[1]d = "+step(k.Step, "y%[1]d", "f[%[2]d]", known))
	}
	g.f("squares := %s(y0 * y0)\n", t.Go())
	g.quad(1, 0, "squares = "+step(kernels.Square, "squares", "y%[1]d"))
	g.f("block = %s\n%sz[row], z[row+1], z[row+2], z[row+3] = y0, y1, y2, y3\nf = f[%d:]\n}\n", step(kernels.Accumulate, "block", "squares"), out, quad*quad)
	g.f("if more == 0 {\nsum, excess, block = %s, 0, 0\n}\nsums[group], excesses[group], blocks[0] = sum, excess, block\n}\n}\n\n", goLast(t))
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
