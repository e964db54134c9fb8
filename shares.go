package relent

import (
	"fmt"
	"math"

	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/policy"
)

// Shares are rows of counts, each of which stands for its share of their total. See [BetweenCounts] for their measures, and [Rows] for
// where to use them.
type Shares struct {
	rows    countRows
	count   int
	cols    int
	repeats bool
}

// countRows are rows of counts under a policy.
type countRows struct {
	numbers counts
	cols    int
	stride  int
	zeros   ZeroPolicy
}

// Shares are what each count is of the total of its row, under a policy.
func (m Matrix[C]) Shares(zeros ZeroPolicy) Shares {
	m.check("Shares", "the matrix")
	return Shares{rows: countRows{countsOf(m.Data), m.Cols, m.Stride, zeros}, count: m.Rows, cols: m.Cols}
}

// Shares are the shares that the counts have of their total, under a policy.
func (v Vector[C]) Shares(zeros ZeroPolicy) Shares {
	return Shares{rows: countRows{countsOf(v), len(v), 0, zeros}, count: 1, cols: len(v), repeats: true}
}

func (s Shares) operand(function, name string) operand[float64] {
	return operand[float64]{kind: shareRows, repeats: s.repeats, rows: s.count, cols: s.cols, counts: s.rows}
}

// row is the counts of row i.
func (r *countRows) row(i int) counts {
	if r.cols == 0 {
		return counts{kind: r.numbers.kind}
	}
	return r.numbers.slice(i*r.stride, i*r.stride+r.cols)
}

// A rowReader reads the counts of a row, in the buffers unless they are float64 and taken as they are; total is of what it reads.
type rowReader struct {
	countReader
	total float64
	valid bool // no count is negative, infinite or NaN
}

// read is of row i, with alpha added to each count.
func (r *countRows) read(b *buffers, i int, alpha ZeroPolicy) rowReader {
	row := r.row(i)
	reads(row.bytes())
	reader := rowReader{countReader: countReader{by: b.by, p: row, q: row, buffers: countBuffers{b.compact[0][:chunk], b.compact[1][:chunk]}}}
	t := reader.moderateTotals()
	if reader.valid = t.valid(); reader.valid && alpha != Strict { // which would make a negative count a positive one
		reader.zeros = alpha
		t = reader.moderateTotals()
	}
	reader.total = t.sums[0]
	return reader
}

// clear brings back the zeros of the buffers.
func (r *rowReader) clear() {
	n := min(chunk, r.p.n)
	for side := range r.buffers {
		clear(r.buffers[side][:n])
	}
}

// fill sets dst to the shares of row i, rounded. A policy other than Additive and Floor leaves zeros as they are.
func (r *countRows) fill(dst []float64, b *buffers, i int) {
	alpha, least := Strict, 0.0
	switch r.zeros.kind() {
	case policy.Additive:
		alpha = r.zeros
	case policy.Floor:
		least = r.zeros.amount()
	}
	reader := r.read(b, i, alpha)
	if !reader.valid {
		reader.total = math.NaN()
	}
	for from := 0; from < len(dst) && !b.by.Stopped(); from += chunk {
		p, _ := reader.chunkAt(from)
		for k, x := range p {
			dst[from+k] = max(x/reader.total, least)
		}
	}
	reader.clear()
}

// shares is the measure of rows i and j, which are counts.
func (m *meeting[F]) shares(by *parallel.Worker, i, j int) float64 {
	x, y := m.outer.counts.row(i), m.inner.counts.row(j)
	if !m.outerFirst {
		x, y = y, x
	}
	value, _ := measureCounts(by, m.measure, x, y, m.outer.counts.zeros)
	return value
}

// checkShares panics unless the shares of both sides are under one policy, and the measure is one of shares.
func (w *pairing[F]) checkShares(name string) {
	w.measure.checkShares(name)
	if w.p.kind != w.q.kind {
		return // those of one side are a vector like others
	}
	if p, q := w.p.counts.zeros, w.q.counts.zeros; p != q {
		here.Panic(name, "the shares of p are under %v, those of q under %v", p, q)
	}
}

// checkShares panics unless the measure is one of shares.
func (m Measure) checkShares(name string) {
	if m.traits().shares.form == notOfShares {
		panic(fmt.Sprintf("relent: %s: %v is not a measure of shares", name, m))
	}
}
