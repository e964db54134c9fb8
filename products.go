package relent

// Sums over rows for package mvn. Columns come in stripes: the elements of so many columns, row after row, and then those of the next ones.
// Beyond the last column are others, of any finite numbers.

// stripeColumns is how many columns a stripe has.
func stripeColumns[F Float]() int { return 2 * cacheLine / size[F]() }

// productColumns is how many columns of a the kernel takes at a time.
const productColumns = 8

// columnProducts adds Σ a·b over rows to dst, for so many columns of a, of which stripes of dst have a row each, and stripes of b: all of
// them, or those that have an element on or below the diagonal. The columns of a are in stripes, or, if aStride is not 0, side by side.
// Meanwhile what is ahead is fetched into the cache.
func columnProducts[F Float](dst, a, b, ahead []F, rows, columns, stripes, aStride int, lower bool) {
	wide := stripeColumns[F]()
	columns = ceilDiv(columns, productColumns) * productColumns
	height := len(dst) / wide / stripes
	tiles := columns / productColumns * stripes
	if lower {
		tiles = columns / productColumns * (stripes + 1) / 2
	}
	line := cacheLine / size[F]() // is fetched for a row of a tile, where there are tiles for it
	every := max(1, tiles/max(1, ceilDiv(len(ahead), line*rows)))
	tile := 0
	for i := 0; i < columns; i += productColumns {
		from, stride := a[i/wide*rows*wide+i%wide:], wide
		if aStride > 0 {
			from, stride = a[i:], aStride
		}
		for s := range stripes {
			above := s*wide - i // columns between the diagonal and b's
			if lower && above >= productColumns {
				break
			}
			half := lower && above >= productColumns-wide/2
			with := b[s*rows*wide:]
			next, fetch := with, 0
			if tile%every == 0 && len(ahead) > 0 {
				next, fetch = ahead, line
				ahead = ahead[min(line*rows, len(ahead)):]
			}
			to := dst[(s*height+i)*wide:]
			if half { // no function value: what it is called with would be moved to the heap, by every caller of Pass
				addHalfProducts(to, from, with, next, rows, stride, wide, fetch)
			} else {
				addProducts(to, from, with, next, rows, stride, wide, fetch)
			}
			tile++
		}
	}
}
