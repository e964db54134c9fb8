package relent

import (
	"fmt"
	"math"
)

// Exp sets dst[i] to e**x[i] and returns dst; a nil dst is allocated. The relative error is at most 2⁻⁵², besides that of
// rounding to float32 elements or to a subnormal number. NaN gives NaN. dst may be x itself, but not overlap it otherwise.
func Exp[F Float](dst, x []F) []F {
	dst = destination("Exp", dst, x)
	exp(dst, x)
	return dst
}

// Log sets dst[i] to the natural logarithm of x[i] and returns dst; a nil dst is allocated. The relative error is at most
// 2⁻⁵⁰, besides that of rounding to float32 elements, also where x[i] is near 1 or subnormal. 0 gives -Inf, +Inf itself, a
// negative value and NaN give NaN. dst may be x itself, but not overlap it otherwise.
func Log[F Float](dst, x []F) []F {
	dst = destination("Log", dst, x)
	log(dst, x)
	return dst
}

// LogSumExp sets dst[j] to log Σ exp(x[i][j]), the sum down column j of x, and returns dst; a nil dst is allocated. dst must
// not overlap x.
//
// Nothing overflows. Let m be the largest of the K elements of a column, and u be 2⁻⁵³ for float64, 2⁻²⁴ for float32
// elements. Then the error is at most u times the size of the result, 4(K+1)u times its excess over m, and 2⁻¹⁰²¹ (2⁻¹⁴⁹)
// for each element, beyond what it is to move each element by u times its distance from m.
// A column that is all -Inf, or has no elements, gives -Inf; one with +Inf gives +Inf; one with NaN gives NaN.
//
// A result depends on its column alone: it has the same bits wherever the column stands among others.
func LogSumExp[F Float](dst []F, x Matrix[F]) []F {
	x.check("LogSumExp", "x")
	dst = columnResults("LogSumExp", "dst", dst, x)
	var sums [columnBlock]F
	for from := 0; from < x.Cols; from += columnBlock {
		to := min(from+columnBlock, x.Cols)
		top, rest := dst[from:to], sums[:to-from]
		sumColumns(top, rest, x, from)
		logSumExp(top, top, rest)
	}
	return dst
}

// Softmax sets dst[i][j] to exp(x[i][j]) / Σ exp(x[k][j]), the sum down column j of x, and logSum[j] to the logarithm of that
// sum, bit for bit as [LogSumExp] has it. It returns both; where one is nil, or has nil data, it is allocated. dst may be x
// itself, but not overlap it otherwise; logSum must not overlap x.
//
// The relative error of dst[i][j] is at most (4K+12)u besides what it is to move each element by u times its distance from
// the largest one, K and u as for [LogSumExp], and the results of a column add up to 1 as nearly. In a column that is all
// -Inf, or has +Inf or NaN, they are all NaN.
func Softmax[F Float](dst Matrix[F], logSum []F, x Matrix[F]) (Matrix[F], []F) {
	x.check("Softmax", "x")
	if dst.Data == nil {
		dst = Matrix[F]{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols, Data: make([]F, x.Rows*x.Cols)}
	}
	dst.check("Softmax", "dst")
	if dst.Rows != x.Rows || dst.Cols != x.Cols {
		panic(fmt.Sprintf("relent: Softmax: dst is %d×%d, x is %d×%d", dst.Rows, dst.Cols, x.Rows, x.Cols))
	}
	logSum = columnResults("Softmax", "logSum", logSum, x)
	var sums, scales [columnBlock]F
	for from := 0; from < x.Cols; from += columnBlock {
		to := min(from+columnBlock, x.Cols)
		top, rest, scale := logSum[from:to], sums[:to-from], scales[:to-from]
		sumColumns(top, rest, x, from)
		softmaxScale(scale, top, rest)
		for i := range x.Rows {
			softmax(dst.Row(i)[from:to], x.Row(i)[from:to], top, scale)
		}
		logSumExp(top, top, rest)
	}
	return dst, logSum
}

// columnBlock is how many columns are summed at once, by a pass over their rows during which the sums stay in the cache.
const columnBlock = 256

// sumColumns sets top to the largest element of each of the columns from from on, and rest to the sum of the exponentials
// of the others relative to it.
func sumColumns[F Float](top, rest []F, x Matrix[F], from int) {
	clear(rest)
	if x.Rows == 0 {
		for j := range top {
			top[j] = F(math.Inf(-1))
		}
		return
	}
	copy(top, x.Row(0)[from:])
	for i := 1; i < x.Rows; i++ {
		row := x.Row(i)[from : from+len(top)]
		sumExp(rest, rest, row, top)
		largest(top, row, top)
	}
}

// columnResults is dst with an element for each column of x.
func columnResults[F Float](method, name string, dst []F, x Matrix[F]) []F {
	if dst == nil {
		return make([]F, x.Cols)
	}
	if len(dst) != x.Cols {
		panic(fmt.Sprintf("relent: %s: %s has length %d, x %d columns", method, name, len(dst), x.Cols))
	}
	return dst
}
