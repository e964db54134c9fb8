package relent

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/parallel"
)

// LogSumExp sets dst[i] to log Σ exp(x[i][j]) over row i, without overflow: -Inf for nothing but -Inf, +Inf for +Inf, NaN for NaN. The error
// is that of [LogSumExpColumns], for float32 2⁻²² of the excess over the largest element. As for Softmax and LogSoftmax, x may be [Rows] of
// any kind: logits of 16 bits are [HalfMatrix].
func LogSumExp[F Float, P Rows[F]](dst []F, x P) []F { return must(RunLogSumExp(Run{}, dst, x)) }

// RunLogSumExp is [LogSumExp] under a [Run].
func RunLogSumExp[F Float, P Rows[F]](run Run, dst []F, x P) ([]F, error) {
	const name = "LogSumExp"
	if m, ok := any(x).(Matrix[F]); ok {
		m = m.checked(name, "x")
		dst = sized(name, "dst", dst, m.Rows)
		return dst, parallel.Do(run.parallel(), logitRows[F]{kind: logSumsOfRows, x: m, logSum: dst})
	}
	rows, err := denseOperand(run, name, "x", x)
	if err != nil {
		return dst, err
	}
	dst = sized(name, "dst", dst, rows.rows)
	return dst, parallel.Do(run.parallel(), logitBlocks[F]{logitRows[F]{kind: logSumsOfRows, logSum: dst}, rows, run.Scratch})
}

// Softmax sets dst[i][j], dst may be x, to exp(x[i][j]) / Σ exp(x[i][k]) over row i; NaN if that is all -Inf, or has +Inf or NaN. The relative
// error is 2⁻⁵⁰ (2⁻²¹) besides moving x[i][j] by 2⁻⁵² (2⁻²³) of its distance from the largest; shares below 2⁻¹⁰²¹ (2⁻¹²⁵) are 0.
func Softmax[F Float, P Rows[F]](dst Matrix[F], x P) Matrix[F] {
	return must(RunSoftmax(Run{}, dst, x))
}

// RunSoftmax is [Softmax] under a [Run].
func RunSoftmax[F Float, P Rows[F]](run Run, dst Matrix[F], x P) (Matrix[F], error) {
	return logitsToLogits(run, "Softmax", sharesOfRows, dst, x)
}

// LogSoftmax sets dst, which may be x, to the logarithm of the [Softmax].
func LogSoftmax[F Float, P Rows[F]](dst Matrix[F], x P) Matrix[F] {
	return must(RunLogSoftmax(Run{}, dst, x))
}

// RunLogSoftmax is [LogSoftmax] under a [Run].
func RunLogSoftmax[F Float, P Rows[F]](run Run, dst Matrix[F], x P) (Matrix[F], error) {
	return logitsToLogits(run, "LogSoftmax", logSharesOfRows, dst, x)
}

func logitsToLogits[F Float, P Rows[F]](run Run, name string, kind int, dst Matrix[F], x P) (Matrix[F], error) {
	if m, ok := any(x).(Matrix[F]); ok {
		m = m.checked(name, "x")
		dst = dst.sized(name, "dst", m.Rows, m.Cols)
		if m.Cols == 0 {
			return dst, nil // there may be any number of rows
		}
		return dst, parallel.Do(run.parallel(), logitRows[F]{kind: kind, x: m, dst: dst})
	}
	rows, err := denseOperand(run, name, "x", x)
	if err != nil {
		return dst, err
	}
	dst = dst.sized(name, "dst", rows.rows, rows.cols)
	if rows.cols == 0 {
		return dst, nil // there may be any number of rows, here too
	}
	return dst, parallel.Do(run.parallel(), logitBlocks[F]{logitRows[F]{kind: kind, dst: dst}, rows, run.Scratch})
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

// logitsOfTile is how many rows of so many columns a tile has.
func logitsOfTile(cols int) int { return min(max(1, tileLogits/max(1, cols)), mostLogitRows) }

// Size is that of the job.
func (j logitRows[F]) Size() (tiles, results int) {
	return ceilDiv(j.x.Rows, logitsOfTile(j.x.Cols)), j.x.Rows
}

// Tile computes some rows.
func (j logitRows[F]) Tile(by *parallel.Worker, t int) error {
	rows := logitsOfTile(j.x.Cols)
	from, to := t*rows, min((t+1)*rows, j.x.Rows)
	j.x.Data, j.x.Rows = j.x.Data[from*j.x.Stride:], to-from
	j.compute(from)
	by.Done(to - from)
	return nil
}

// logitBlocks is the same job where rows have to be expanded. It has all of an operand, which would cost a single row of a Matrix half of its time.
type logitBlocks[F Float] struct {
	logitRows[F]
	rows    operand[F]
	scratch *Scratch
}

// Size is that of the job.
func (j logitBlocks[F]) Size() (tiles, results int) {
	return ceilDiv(j.rows.rows, logitsOfTile(j.rows.cols)), j.rows.rows
}

// Tile computes some rows.
func (j logitBlocks[F]) Tile(by *parallel.Worker, t int) error {
	rows := logitsOfTile(j.rows.cols)
	from, to := t*rows, min((t+1)*rows, j.rows.rows)
	block, b := j.rows.block(j.scratch, from, to)
	j.x = block
	j.compute(from)
	j.rows.endBlock(j.scratch, b, to-from)
	by.Done(to - from)
	return nil
}

// compute is what is asked of the rows of x, whose results go to dst, or to sums, from one on.
func (j logitRows[F]) compute(from int) {
	if j.kind == logSumsOfRows {
		j.logSums(j.logSum[from:][:j.x.Rows])
		return
	}
	j.dst.Data, j.dst.Rows = j.dst.Data[from*j.dst.Stride:], j.x.Rows
	j.shares()
}

// shares are those of a tile's rows, or their logarithms.
func (j logitRows[F]) shares() {
	side := areSide[F](j.x.Rows, j.x.Cols)
	switch {
	case j.kind == sharesOfRows && side:
		j.sharesSide()
	case side:
		j.logSharesSide()
	case j.kind == sharesOfRows:
		for i := range j.x.Rows {
			sharesOfRow(j.dst.Row(i), j.x.Row(i))
		}
	default:
		j.logShares()
	}
}

// logSums are those of a tile's rows.
func (j logitRows[F]) logSums(dst []F) {
	var rests [mostLogitRows]F
	writes(dst)
	if areSide[F](len(dst), j.x.Cols) {
		j.logSumsSide(dst, rests[:])
	} else {
		for i := range dst {
			x := j.x.Row(i)
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

func (j logitRows[F]) logShares() {
	var sums [mostLogitRows]expSum
	var logs [mostLogitRows]float64
	for i := range sums[:j.x.Rows] {
		x := j.x.Row(i)
		reads(x)
		sums[i] = sumOfExp(x, 1)
		logs[i] = sums[i].excess()
	}
	logOnePlus(logs[:j.x.Rows], logs[:j.x.Rows])
	for i := range sums[:j.x.Rows] {
		dst := j.dst.Row(i)
		writes(dst)
		rowLogShares(dst, j.x.Row(i), &[3][2]float64{twice(sums[i].most), twice(1), twice(logs[i])})
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
