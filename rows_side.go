package relent

import (
	"math/bits"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/pass"
)

// Rows side by side are few elements each, fewer than lanes: kernels have one row in each lane, and for it the same bits as those of a row.
// Panels of them, of as many rows as a vector has elements, have lanes columns.
type (
	sideNumbers = [len(pass.Numbers{})][pass.BlockRows]float64
	sideSums    = [len(pass.Sums{})][pass.BlockRows]float64
)

// leastTransposed is how many columns the kernel that transposes takes.
const leastTransposed = 2 * quad

// areSide tells whether rows of n elements go side by side. Of two columns, one is done twice where the number is odd.
func areSide[F Float](rows, n int) bool { return isa != generic && n >= 2 && n < lanes && rows >= 4 }

// panelsOf is how many panels a block has.
func panelsOf[F Float](b *pass.Block) int {
	rows := panelShape[F]().lanes // a power of two
	return (b.Rows + rows - 1) >> bits.TrailingZeros64(uint64(rows))
}

// packSide transposes rows of x, stride elements apart, into panels.
func packSide[F Float](panels, x []F, b *pass.Block) {
	readsRows(x, b.Cols, b.Stride, b.Rows)
	rows, whole := panelShape[F]().lanes, 0
	if b.Cols >= leastTransposed {
		if whole = b.Rows / rows; whole > 0 {
			transpose(panels, x, b.Stride, b.Cols, lanes*rows, whole)
		}
	}
	for i := whole * rows; i < b.Rows; i++ {
		column := panels[i/rows*rows*lanes+i%rows:]
		for c, v := range x[i*b.Stride:][:b.Cols] {
			column[c*rows] = v
		}
	}
}

// unpackSide is the way back, into rows that count. What rows of a group overwrite must be of later rows; the last ones, or those that others are
// between, go elsewhere first.
func unpackSide[F Float](x, panels []F, b *pass.Block) {
	writesRows(x, b.Cols, b.Stride, b.Rows)
	rows, group, first := panelShape[F]().lanes, 16/size[F](), 0
	if b.Stride == b.Cols && !b.Some {
		if groups := (b.Rows*b.Cols + b.Cols - lanes) / b.Cols / group; groups > 0 {
			unpack(x, panels, b.Stride, groups)
			first = groups * group
		}
	}
	var apart [4 * lanes]F
	for i := first; i < b.Rows; i += group {
		unpack(apart[:], panels[i/rows*rows*lanes+i%rows:], lanes, 1)
		for k := range min(group, b.Rows-i) {
			if !b.Some || !b.Alone[i+k] {
				copy(x[(i+k)*b.Stride:][:b.Cols], apart[k*lanes:])
			}
		}
	}
}

// passSide is a pass over a block, whose arrays are panels.
func passSide[F Float](k pass.Kernel, b *pass.Block, out []F, x [][]F) {
	p, q := x[0], x[len(x)-1]
	n, panels := b.Cols, panelsOf[F](b)
	switch k {
	case pass.Pack:
		packSide(out, p, b)
	case pass.Unpack:
		unpackSide(out, p, b)
	case pass.Largest:
		if len(x) == 1 {
			rowLargestSide(&b.Sums, p, n, panels, &b.Numbers)
			return
		}
		rowsLargestSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.Terms:
		rowExpTermsSide(&b.Sums, out, p, n, panels, &b.Numbers)
	case pass.Sum:
		rowExpSide(&b.Sums, p, n, panels, &b.Numbers)
	case pass.Scaled:
		rowScaledSide(&b.Sums, out, p, n, panels, &b.Numbers)
	case pass.FewKL:
		rowFewKLSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.FewKLTerms:
		rowFewKLTermsSide(&b.Sums, out, x[1], p, q, n, panels, &b.Numbers)
	case pass.KLOnceSlopes:
		rowKLOnceSlopesSide(&b.Sums, out, p, q, n, panels, &b.Numbers)
	case pass.Pair:
		rowPairSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.Apart:
		rowApartSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.ApartSlopes:
		rowApartSlopesSide(&b.Sums, out, p, q, n, panels, &b.Numbers)
	case pass.JS:
		rowJSSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.Tilt:
		rowTiltSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.TiltSlopes:
		rowTiltSlopesSide(&b.Sums, out, p, q, n, panels, &b.Numbers)
	case pass.SoftTargets:
		rowSoftTargetsSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.SoftSlopes:
		rowSoftSlopesSide(&b.Sums, out, p, q, n, panels, &b.Numbers)
	case pass.Nearest:
		rowNearestSide(&b.Sums, p, n, panels, &b.Numbers)
	case pass.Binary:
		rowBinarySide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.BinarySlopes:
		rowBinarySlopesSide(&b.Sums, out, p, q, n, panels, &b.Numbers)
	case pass.BinaryOnce:
		rowBinaryOnceSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.BinaryOnceSlopes:
		rowBinaryOnceSlopesSide(&b.Sums, out, p, q, n, panels, &b.Numbers)
	case pass.Focal:
		rowFocalSide(&b.Sums, p, q, n, panels, &b.Numbers)
	case pass.FocalSlopes:
		rowFocalSlopesSide(&b.Sums, out, p, q, n, panels, &b.Numbers)
	default:
		panic("relent: there is no such pass over blocks")
	}
}

// A sideBlock is a block of rows of logits with panels of them and of what becomes of them.
type sideBlock[F Float] struct {
	pass.Block
	x, out []F
}

var freeSides [2]freelist.List[any] // of float32, and of float64

func sidesOf[F Float]() *freelist.List[any] {
	if isFloat64[F]() {
		return &freeSides[1]
	}
	return &freeSides[0]
}

func takeSide[F Float]() *sideBlock[F] {
	if x, ok := sidesOf[F]().Take(); ok {
		return x.(*sideBlock[F])
	}
	const elements = pass.BlockRows * lanes
	return &sideBlock[F]{x: slice[F](nil, elements), out: slice[F](nil, elements)}
}

// eachSide does something with all rows of a tile, a block at a time, whose rows are in x and whose largest elements are Numbers[0].
func (j logitRows[F]) eachSide(do func(b *sideBlock[F], from int)) {
	b := takeSide[F]()
	for from := 0; from < j.x.Rows; from += b.Rows {
		b.Rows, b.Cols, b.Stride = min(pass.BlockRows, j.x.Rows-from), j.x.Cols, j.x.Stride
		packSide(b.x, j.x.Data[from*j.x.Stride:], &b.Block)
		rowLargestSide(&b.Sums, b.x, b.Cols, panelsOf[F](&b.Block), &b.Numbers)
		b.Numbers[0] = b.Sums[0]
		b.Set(1, 1)
		do(b, from)
	}
	sidesOf[F]().Put(b)
}

// store brings the panels of results to rows of dst.
func (b *sideBlock[F]) store(dst Matrix[F], from int) {
	b.Stride = dst.Stride
	unpackSide(dst.Data[from*dst.Stride:], b.out, &b.Block)
}

// sharesSide are the softmaxes of rows.
func (j logitRows[F]) sharesSide() {
	j.eachSide(func(b *sideBlock[F], from int) {
		rowExpTermsSide(&b.Sums, b.out, b.x, b.Cols, panelsOf[F](&b.Block), &b.Numbers)
		for i := range b.Rows {
			b.Numbers[0][i] = 1 / (b.Sums[rowExpTermsTop][i] + b.Sums[rowExpTermsRest][i])
		}
		b.Set(1, 0)
		rowScaledSide(&b.Sums, b.x, b.out, b.Cols, panelsOf[F](&b.Block), &b.Numbers)
		b.x, b.out = b.out, b.x
		b.store(j.dst, from)
	})
}

// logSharesSide are their logarithms.
func (j logitRows[F]) logSharesSide() {
	j.eachSide(func(b *sideBlock[F], from int) {
		rowExpSide(&b.Sums, b.x, b.Cols, panelsOf[F](&b.Block), &b.Numbers)
		logs := b.Numbers[2][:b.Rows]
		for i := range logs {
			logs[i] = b.sum(i).excess()
		}
		logOnePlus(logs, logs)
		rowLogSharesSide(&b.Sums, b.out, b.x, b.Cols, panelsOf[F](&b.Block), &b.Numbers)
		b.store(j.dst, from)
	})
}

// sum is that of a row's exponentials.
func (b *sideBlock[F]) sum(i int) expSum {
	return expSum{b.Numbers[0][i], b.Sums[rowExpTop][i], b.Sums[rowExpRest][i]}
}

// logSumsSide are the largest elements of rows, and the excesses of sums over their terms.
func (j logitRows[F]) logSumsSide(most, excesses []F) {
	j.eachSide(func(b *sideBlock[F], from int) {
		rowExpSide(&b.Sums, b.x, b.Cols, panelsOf[F](&b.Block), &b.Numbers)
		for i := range b.Rows {
			s := b.sum(i)
			if s.most-s.most != 0 || s.rest != s.rest {
				s = expSumOf(j.x.Row(from+i), s.most, s.top, s.rest)
			}
			most[from+i], excesses[from+i] = F(s.most), F(s.excess())
		}
	})
}
