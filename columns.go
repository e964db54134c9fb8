package relent

import (
	"math"
	"slices"
	"unsafe"

	"github.com/relent-go/relent/internal/parallel"
)

// Exp sets dst[i], which may be x[i], to e**x[i]. The relative error is at most 2⁻⁵² (float32 2⁻²³), besides rounding to a
// subnormal number.
func Exp[F Float](dst, x []F) []F {
	dst = sized("Exp", "dst", dst, len(x))
	reads(x)
	writes(dst)
	exp(dst, x)
	return dst
}

// Log sets dst[i], which may be x[i], to the natural logarithm, NaN below 0. The relative error is at most 2⁻⁵⁰ (float32 2⁻²²), also near 1.
func Log[F Float](dst, x []F) []F {
	dst = sized("Log", "dst", dst, len(x))
	reads(x)
	writes(dst)
	log(dst, x)
	return dst
}

// Expm1 sets dst[i], which may be x[i], to e**x[i] - 1, to a relative 2⁻⁵⁰.
func Expm1[F Float](dst, x []F) []F {
	dst = sized("Expm1", "dst", dst, len(x))
	reads(x)
	writes(dst)
	expm1(dst, x)
	return dst
}

// Log1p sets dst[i], which may be x[i], to log(1+x[i]), to a relative 2⁻⁵⁰.
func Log1p[F Float](dst, x []F) []F {
	dst = sized("Log1p", "dst", dst, len(x))
	reads(x)
	writes(dst)
	logOnePlus(dst, x)
	return dst
}

// LogSumExpColumns is [LogSumExp] down the columns of x. With m the largest of the K elements of one and u = 2⁻⁵³ (float32: 2⁻²⁴), the error
// is at most u times the result, 4(K+1)u times its excess over m, and 2⁻¹⁰²¹ (2⁻¹⁴⁹) an element, besides moving each by u times its
// distance from m.
func LogSumExpColumns[F Float](dst []F, x Matrix[F], run Run) ([]F, error) {
	const name = "LogSumExpColumns"
	x.check(name, "x")
	dst = sized(name, "dst", dst, x.Cols)
	return dst, columnSums[F]{logSum: dst, x: x}.do(run)
}

// SoftmaxColumns is [Softmax] down the columns, to a relative (4K+12)u besides
// moving elements as [LogSumExpColumns] does, which logSum is set to.
func SoftmaxColumns[F Float](dst Matrix[F], logSum []F, x Matrix[F], run Run) (Matrix[F], []F, error) {
	const name = "SoftmaxColumns"
	x.check(name, "x")
	dst = dst.sized(name, "dst", x.Rows, x.Cols)
	logSum = sized(name, "logSum", logSum, x.Cols)
	return dst, logSum, columnSums[F]{logSum: logSum, x: x, shares: true, dst: dst}.do(run)
}

// columnSums is the job of the logarithms of columns' sums, and of the shares that their elements have of them.
type columnSums[F Float] struct {
	logSum []F
	x      Matrix[F]
	shares bool
	dst    Matrix[F]
	width  int // columns of a tile
}

func (c columnSums[F]) do(run Run) error {
	if c.x.Cols <= fewColumns && run.plain() {
		var sums, scales [fewColumns]F
		c.compute(nil, sums[:c.x.Cols], scales[:c.x.Cols], 0, c.x.Cols)
		return nil // without a job, which would take longer than a column
	}
	by := run.parallel()
	switch each := ceilDiv(c.x.Cols, by.Goroutines(c.x.Cols)); {
	case c.x.Cols > fewColumns: // no fewer, side by side
		c.width = min(columnBlock, max(4*fewColumns, each))
	default:
		c.width = max(1, each)
	}
	return parallel.Do(by, c)
}

// Size is that of the job.
func (c columnSums[F]) Size() (tiles, results int) { return ceilDiv(c.x.Cols, c.width), c.x.Cols }

// Tile computes some columns.
func (c columnSums[F]) Tile(by *parallel.Worker, t int) error {
	from, to := t*c.width, min((t+1)*c.width, c.x.Cols)
	var sums, scales [columnBlock]F
	c.compute(by, sums[:to-from], scales[:to-from], from, to)
	by.Done(to - from)
	return nil
}

// compute computes columns from..to; rest and scale are for one number each.
func (c columnSums[F]) compute(by *parallel.Worker, rest, scale []F, from, to int) {
	top := c.logSum[from:to]
	writes(top)
	terms := c.x.columns(from, to)
	sumColumns(by, top, rest, terms)
	if c.shares {
		softmaxScale(scale, top, rest)
		softmaxColumns(by, c.dst.columns(from, to), terms, top, scale)
	}
	logSumExp(top, top, rest)
}

const (
	// columnBlock is how many columns are summed at once, by passes over their rows during which the sums stay in the cache.
	columnBlock = 256
	// fewColumns, or less, are summed one after the other: side by side they fill no vectors.
	fewColumns = 16
	// expGroup is how many terms are added one after the other, and then to the sum of the groups before: of columns side by side,
	// or of groups of one column.
	expGroup = 32
)

// columns is columns from up to but not including to, sharing the elements.
func (m Matrix[F]) columns(from, to int) Matrix[F] {
	m.Cols = to - from
	if m.Rows > 0 {
		m.Data = m.Data[from:]
	}
	return m
}

// sumColumns sets top to the largest element of each column of x, and rest to the sum of the exponentials of the others relative to
// it, as package kernels has it.
func sumColumns[F Float](by *parallel.Worker, top, rest []F, x Matrix[F]) {
	switch {
	case x.Cols > fewColumns:
		sumManyColumns(by, top, rest, x)
	case x.Rows <= expGroup:
		for j := range top {
			top[j], rest[j] = sumShortColumn(x.columns(j, j+1))
		}
	default:
		for j := range top {
			top[j], rest[j] = sumColumn(by, x.columns(j, j+1))
		}
	}
}

func sumManyColumns[F Float](by *parallel.Worker, top, rest []F, x Matrix[F]) {
	for j := range top {
		top[j], rest[j] = F(math.Inf(-1)), F(math.Copysign(0, -1))
	}
	readsRows(x.Data, x.Cols, x.Stride, x.Rows)
	for i := 0; i < x.Rows && !by.Stopped(); i++ {
		largest(top, x.Row(i), top)
	}
	if x.Rows <= expGroup {
		addGroup(rest, x, top)
		return
	}
	var sums [columnBlock]F
	group := sums[:len(rest)]
	copy(group, rest)
	clear(rest)
	for i := 0; i < x.Rows && !by.Stopped(); i += expGroup {
		addGroup(group, x.Slice(i, min(i+expGroup, x.Rows)), top)
		groupTotal(rest, rest, group)
	}
}

// addGroup sets the sums to those of a group of rows.
func addGroup[F Float](sums []F, x Matrix[F], top []F) {
	for i := range x.Rows {
		if i == 0 {
			firstTerm(sums, sums, x.Row(i), top)
		} else {
			nextTerm(sums, sums, x.Row(i), top)
		}
	}
}

// columnPart is how many elements of one column are looked at at once, in float64, which the kernels compute in.
const columnPart = 4 * expGroup

// sumColumn is sumColumns of one column.
func sumColumn[F Float](by *parallel.Worker, x Matrix[F]) (top, rest F) {
	var buffer, terms, tops [columnPart]float64
	top = largestOf(x, &buffer, &tops)
	fillWith(tops[:], float64(top))
	waits := true // until the largest term has been left out
	for from := 0; from < x.Rows && !by.Stopped(); from += columnPart {
		part := partOf(x, buffer[:], from)
		n := len(part)
		expTerm(terms[:n], part, tops[:n])
		waits = waits && !leaveOut(terms[:n], part, float64(top))
		clear(terms[n:])
		for _, sum := range groupSums[F](&terms) {
			rest = F(float64(rest) + float64(sum))
		}
	}
	return top, rest
}

// sumShortColumn is sumColumn of one group.
func sumShortColumn[F Float](x Matrix[F]) (top, rest F) {
	var buffer, terms, tops [expGroup]float64
	part := partOf(x, buffer[:], 0)
	n := len(part)
	largest := largestOfAll(part)
	fillWith(tops[:n], largest)
	expTerm(terms[:n], part, tops[:n])
	leaveOut(terms[:n], part, largest)
	for _, term := range terms[:n] {
		rest = F(float64(rest) + term)
	}
	return F(largest), rest
}

// leaveOut makes the first of the largest terms 0, and tells whether there is one.
func leaveOut(terms, part []float64, top float64) bool {
	at := slices.Index(part, top)
	if at >= 0 {
		terms[at] = 0
	}
	return at >= 0
}

// largestOf is the largest element of a column, or NaN.
func largestOf[F Float](x Matrix[F], buffer, tops *[columnPart]float64) F {
	n := min(columnPart, x.Rows)
	fillWith(tops[:n], math.Inf(-1))
	for from := 0; from < x.Rows; from += columnPart {
		part := partOf(x, buffer[:], from)
		largest(tops[:len(part)], part, tops[:len(part)])
	}
	return F(largestOfAll(tops[:n]))
}

func largestOfAll(x []float64) float64 {
	top := math.Inf(-1)
	for _, v := range x {
		if v > top {
			top = v
		} else if v != v {
			return math.NaN()
		}
	}
	return top
}

// partOf is the elements of a column from one on, which the buffer is for unless they lie side by side.
func partOf[F Float](m Matrix[F], buffer []float64, from int) []float64 {
	n := min(len(buffer), m.Rows-from)
	data, stride := m.Data[from*m.Stride:], m.Stride
	switch {
	case stride == 1 && isFloat64[F]():
		reads(data[:n])
		return as[float64](data[:n])
	case stride == 1:
		reads(data[:n])
		convertFloat32(buffer[:n], as[float32](data[:n]), 0)
		return buffer[:n]
	}
	for i, at := 0, 0; i < n; i, at = i+1, at+stride {
		buffer[i] = float64(data[at])
	}
	return buffer[:n]
}

// groupSums are the sums of four groups. Each is a chain of additions; four at a time do not wait for each other.
func groupSums[F Float](terms *[columnPart]float64) (sums [4]F) {
	t := (*[4][expGroup]float64)(unsafe.Pointer(terms))
	var a, b, c, d F
	for i := range expGroup {
		a, b = F(float64(a)+t[0][i]), F(float64(b)+t[1][i])
		c, d = F(float64(c)+t[2][i]), F(float64(d)+t[3][i])
	}
	return [4]F{a, b, c, d}
}

func fillWith(dst []float64, x float64) {
	for i := range dst {
		dst[i] = x
	}
}

// softmaxColumns sets dst to the shares that the elements of x have of their columns' sums.
func softmaxColumns[F Float](by *parallel.Worker, dst, x Matrix[F], top, scale []F) {
	if x.Cols > fewColumns {
		for i := range x.Rows {
			if by.Stopped() {
				return
			}
			to, from := dst.Row(i), x.Row(i)
			reads(from)
			writes(to)
			softmax(to, from, top, scale)
		}
		return
	}
	var buffer, shares, tops, scales [columnPart]float64
	for j := range top {
		n := min(columnPart, x.Rows)
		fillWith(tops[:n], float64(top[j]))
		fillWith(scales[:n], float64(scale[j]))
		from, to := x.columns(j, j+1), dst.columns(j, j+1)
		for first := 0; first < x.Rows && !by.Stopped(); first += columnPart {
			part := partOf(from, buffer[:], first)
			n := len(part)
			softmax(shares[:n], part, tops[:n], scales[:n])
			data, at := to.Data[first*to.Stride:], 0
			for _, share := range shares[:n] {
				data[at] = F(share)
				at += to.Stride
			}
		}
	}
}
