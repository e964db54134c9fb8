package relent

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/parallel"
)

// LogSumExp sets dst[i] to log Σ exp(x[i][j]) over row i, without overflow: -Inf for nothing but -Inf, +Inf for +Inf, NaN for NaN. The error
// is that of [LogSumExpColumns], for float32 2⁻²² of the excess over the largest element.
func LogSumExp[F Float](dst []F, x Matrix[F]) []F { return must(RunLogSumExp(Run{}, dst, x)) }

// RunLogSumExp is [LogSumExp] under a [Run].
func RunLogSumExp[F Float](run Run, dst []F, x Matrix[F]) ([]F, error) {
	const name = "LogSumExp"
	x = x.checked(name, "x")
	dst = sized(name, "dst", dst, x.Rows)
	return dst, parallel.Do(run.parallel(), logitRows[F]{kind: logSumsOfRows, x: x, logSum: dst})
}

// Softmax sets dst[i][j], dst may be x, to exp(x[i][j]) / Σ exp(x[i][k]) over row i; NaN if that is all -Inf, or has +Inf or NaN. The relative
// error is 2⁻⁵⁰ (2⁻²¹) besides moving x[i][j] by 2⁻⁵² (2⁻²³) of its distance from the largest; shares below 2⁻¹⁰²¹ (2⁻¹²⁵) are 0.
func Softmax[F Float](dst, x Matrix[F]) Matrix[F] { return must(RunSoftmax(Run{}, dst, x)) }

// RunSoftmax is [Softmax] under a [Run].
func RunSoftmax[F Float](run Run, dst, x Matrix[F]) (Matrix[F], error) {
	return logitsToLogits(run, "Softmax", sharesOfRows, dst, x)
}

// LogSoftmax sets dst, which may be x, to the logarithm of the [Softmax].
func LogSoftmax[F Float](dst, x Matrix[F]) Matrix[F] { return must(RunLogSoftmax(Run{}, dst, x)) }

// RunLogSoftmax is [LogSoftmax] under a [Run].
func RunLogSoftmax[F Float](run Run, dst, x Matrix[F]) (Matrix[F], error) {
	return logitsToLogits(run, "LogSoftmax", logSharesOfRows, dst, x)
}

func logitsToLogits[F Float](run Run, name string, kind int, dst, x Matrix[F]) (Matrix[F], error) {
	x = x.checked(name, "x")
	dst = dst.sized(name, "dst", x.Rows, x.Cols)
	if x.Cols == 0 {
		return dst, nil // there may be any number of rows
	}
	return dst, parallel.Do(run.parallel(), logitRows[F]{kind: kind, x: x, dst: dst})
}

// What is asked of rows of logits.
const (
	logSumsOfRows = iota
	sharesOfRows
	logSharesOfRows
)

// logitRows is the job of one of them.
type logitRows[F Float] struct {
	kind   int
	x, dst Matrix[F]
	logSum []F
}

// tileLogits are about the elements of a tile, of which mostLogitRows is the largest number of rows.
const (
	tileLogits    = 1 << 15
	mostLogitRows = 256
)

func (j logitRows[F]) rowsOfTile() int {
	return min(max(1, tileLogits/max(1, j.x.Cols)), mostLogitRows)
}

// Size is that of the job.
func (j logitRows[F]) Size() (tiles, results int) { return ceilDiv(j.x.Rows, j.rowsOfTile()), j.x.Rows }

// Tile computes some rows.
func (j logitRows[F]) Tile(by *parallel.Worker, t int) error {
	from, to := t*j.rowsOfTile(), min((t+1)*j.rowsOfTile(), j.x.Rows)
	side := areSide[F](to-from, j.x.Cols)
	switch {
	case j.kind == logSumsOfRows:
		j.logSums(j.logSum[from:to], from)
	case j.kind == sharesOfRows && side:
		j.sharesSide(from, to)
	case side:
		j.logSharesSide(from, to)
	case j.kind == sharesOfRows:
		for i := from; i < to; i++ {
			sharesOfRow(j.dst.Row(i), j.x.Row(i))
		}
	default:
		j.logShares(from, to)
	}
	by.Done(to - from)
	return nil
}

// logSums are those of rows from one on.
func (j logitRows[F]) logSums(dst []F, from int) {
	var rests [mostLogitRows]F
	writes(dst)
	if areSide[F](len(dst), j.x.Cols) {
		j.logSumsSide(dst, rests[:], from)
	} else {
		for i := range dst {
			x := j.x.Row(from + i)
			reads(x)
			s := sumOfExp(x, 1)
			dst[i], rests[i] = F(s.most), F(s.excess())
		}
	}
	logSumExp(dst, dst, rests[:len(dst)])
}

func sharesOfRow[F Float](dst, x []F) {
	reads(x)
	writes(dst)
	s := expTerms(dst, x, 1)
	scaleTerms(dst, dst, 1/s.total(), 0)
}

func (j logitRows[F]) logShares(from, to int) {
	var sums [mostLogitRows]expSum
	var logs [mostLogitRows]float64
	for i := range sums[:to-from] {
		x := j.x.Row(from + i)
		reads(x)
		sums[i] = sumOfExp(x, 1)
		logs[i] = sums[i].excess()
	}
	logOnePlus(logs[:to-from], logs[:to-from])
	for i := range sums[:to-from] {
		dst := j.dst.Row(from + i)
		writes(dst)
		rowLogShares(dst, j.x.Row(from+i), &[3][2]float64{twice(sums[i].most), twice(1), twice(logs[i])})
	}
}

// An expSum is the sum of exponentials of a row of logits over a temperature, relative to that of the largest one: as many as there are of
// those, and the rest. It is NaN where no softmax is.
type expSum struct{ most, top, rest float64 }

// excess is the sum less the term of one largest element, and total the sum.
func (s expSum) excess() float64 { return s.top - 1 + s.rest }
func (s expSum) total() float64  { return s.top + s.rest }

// expSumOf has the sums of a kernel: a largest element that is infinite counts where there is no NaN.
func expSumOf[F Float](x []F, most, top, rest float64) expSum {
	if most-most == 0 && rest == rest {
		return expSum{most, top, rest}
	}
	for _, v := range x {
		if v != v {
			most = math.NaN()
		}
	}
	return expSum{most, math.NaN(), math.NaN()}
}

// largestOfRow is the largest element that is not NaN.
func largestOfRow[F Float](x []F) float64 {
	most := math.Inf(-1)
	for len(x) > 0 {
		var s rowLargestSums
		n := min(chunk, len(x))
		rowLargest(&s, x[:n])
		most, x = max(most, s[0]), x[n:]
	}
	return most
}

// sumOfExp is the sum for x times a factor.
func sumOfExp[F Float](x []F, factor float64) expSum {
	most := largestOfRow(x)
	m := [2][2]float64{filledWith[F](most), filledWith[F](factor)}
	var s rowExpSums
	if len(x) <= chunk {
		rowExp(&s, x, &m)
		return expSumOf(x, most, s[rowExpTop], s[rowExpRest])
	}
	var rest, top exact.Sum
	for rows := x; len(rows) > 0; {
		n := min(chunk, len(rows))
		rowExp(&s, rows[:n], &m)
		rest.Add(s[rowExpRest])
		top.Add(s[rowExpTop])
		rows = rows[n:]
	}
	return expSumOf(x, most, top.Take(), rest.Take())
}

// expTerms is sumOfExp, and sets dst, which may be x, to the terms.
func expTerms[F Float](dst, x []F, factor float64) expSum {
	most := largestOfRow(x)
	m := [2][2]float64{filledWith[F](most), filledWith[F](factor)}
	var s rowExpTermsSums
	rowExpTerms(&s, dst, x, &m)
	if s[rowExpTermsRest] != s[rowExpTermsRest] { // dst may be x: NaN and infinities are NaN there, and all is NaN
		return expSum{math.NaN(), math.NaN(), math.NaN()}
	}
	return expSum{most, s[rowExpTermsTop], s[rowExpTermsRest]}
}

// scaleTerms sets dst to x times a factor, plus a number.
func scaleTerms[F Float](dst, x []F, factor, plus float64) {
	m := [2][2]float64{filledWith[F](factor), filledWith[F](plus)}
	rowScaled(dst, x, &m)
}

// twice is a number of a kernel that computes in float64, filledWith that of one that computes in the type of elements: 16 bytes of it.
func twice(x float64) [2]float64 { return [2]float64{x, x} }

func filledWith[F Float](x float64) [2]float64 {
	if isFloat64[F]() {
		return twice(x)
	}
	half := uint64(math.Float32bits(float32(x)))
	return twice(math.Float64frombits(half<<32 | half))
}
