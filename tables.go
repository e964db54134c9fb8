package relent

// tableSum is the excess of a table's counts, times the total, over the products of its margins, or Σ of squares; see package pass.
func tableSum(excess bool, total float64, p, q []float64) (sum float64) {
	m := numbers{twice(total)}
	for len(p) > 0 {
		n := min(len(p), chunk)
		if excess {
			sum += tableExcess(p[:n], q[:n], &m)
		} else {
			sum += tableSquares(p[:n], q[:n], &m)
		}
		p, q = p[n:], q[n:]
	}
	return sum
}

// addTable adds rows to whole stripes of columns, and sets sums to what rows add up to.
func addTable(columns, sums, x, ones []float64, width int) {
	addMargins(columns, sums, x, ones, len(sums), width, len(columns)/lanes)
}

// outerTable sets the rows of dst to multiples of a row of whole stripes.
func outerTable(dst, column, row []float64, width int) {
	outer(dst, column, row, len(column), width, len(row)/lanes)
}

// gainTable sets dst to the terms of the two branches that candidates for a split make, and returns how many more counts have than classes.
func gainTable[F Float](dst, counts, classes, branch []F, m *[1][2]float64) (surplus float64) {
	for len(dst) > 0 {
		n := min(len(dst), chunk)
		var sum tableGainsSums
		tableGains(&sum, dst[:n], counts[:n], classes[:n], branch[:n], m)
		surplus += sum[0]
		dst, counts, classes, branch = dst[n:], counts[n:], classes[n:], branch[n:]
	}
	return surplus
}

// tableApart is 0 if all of x are integers from 0 to 2⁵¹.
func tableApart[F Float](x []F) (sum float64) {
	for len(x) > 0 {
		n := min(len(x), chunk)
		var part tableFractionsSums
		tableFractions(&part, x[:n])
		sum += part[0]
		x = x[n:]
	}
	return sum
}

func convertCounts(dst []float64, c counts) {
	reads(c.bytes())
	writes(dst)
	c.convert(dst, 0)
}
