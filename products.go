package relent

// Sums over rows for package mvn. Columns come in stripes: the elements of so many columns, row after row, and then those of the next ones.
// Beyond the last column are others, of any finite numbers.

// stripeColumns is how many columns a stripe has.
func stripeColumns[F Float]() int { return 2 * cacheLine / size[F]() }

// productColumns is how many columns of a the kernel takes at a time.
const productColumns = 8

// columnProducts adds Σ a·b over rows to dst, for so many columns of a, of which stripes of dst have a row each, and stripes of b: all of
// them, or those that have an element on or below the diagonal. The columns of a are in stripes, or, if aStride is not 0, side by side.
func columnProducts[F Float](dst, a, b []F, rows, columns, stripes, aStride int, lower bool) {
	wide := stripeColumns[F]()
	columns = ceilDiv(columns, productColumns) * productColumns
	height := len(dst) / wide / stripes
	for i := 0; i < columns; i += productColumns {
		from, stride := a[i/wide*rows*wide+i%wide:], wide
		if aStride > 0 {
			from, stride = a[i:], aStride
		}
		for s := range stripes {
			if lower && s*wide >= i+productColumns {
				break
			}
			addProducts(dst[(s*height+i)*wide:], from, b[s*rows*wide:], rows, stride, wide)
		}
	}
}
