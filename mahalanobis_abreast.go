package relent

// leastAbreast is how many factors of their own have their unknowns of a row computed side by side: fewer are done one by one.
const leastAbreast = 3

// fewAbreast rows, of so many elements together, take less time one by one with all factors than tiles with one factor after another.
const fewAbreast, shortAbreast = 12, 512

// packAbreast lays factors with lower triangles out side by side, as many as fill a line of the cache, with zeros, row by row: means, elements
// before the diagonal, inverse pivots.
func packAbreast[F Float](factors []*Factor[F]) []F {
	line, dim := lineRows[F](), factors[0].dim
	size := ceilDiv(len(factors), line) * groupAbreast[F](dim)
	packed := aligned(make([]F, size+line))[:size]
	for k, f := range factors {
		at := packed[k/line*groupAbreast[F](dim)+k%line:]
		for i, mean := range f.mean[:dim] {
			at[0] = mean
			for j, l := range f.lower.Row(i)[:i] {
				at[(1+j)*line] = l
			}
			at[(1+i)*line] = f.scale[i]
			at = at[min((2+i)*line, len(at)):]
		}
	}
	return packed
}

// groupAbreast is the length of a group of factors of so many columns.
func groupAbreast[F Float](dim int) int { return lineRows[F]() * dim * (dim + 3) / 2 }

// distancesAbreast are the squared distances of a row under all factors, which there may be zeros after.
func (c *Centers[F]) distancesAbreast(r run[F], x []F) []F {
	line, group, factors := lineRows[F](), groupAbreast[F](r.dim), c.abreast()
	squares, groups := ceilDiv(r.dim, quad)*quad, ceilDiv(c.Len(), line)
	r.workspace.rows = slice(r.rows, (squares+1+groups)*line)
	z, excess, distances := r.rows[:squares*line], r.rows[squares*line:][:line], r.rows[(squares+1)*line:][:groups*line]
	clear(z[r.dim*line:])
	reads(x)
	step := max(1, callFlops/group)
	for from := 0; from < groups; from += step {
		substituteAbreast(distances[from*line:], excess, z, x, factors[from*group:], r.dim, squares, min(step, groups-from), squareBlock)
	}
	return distances[:c.Len()]
}
