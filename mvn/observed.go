package mvn

import (
	"math"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/freelist"
	"gonum.org/v1/gonum/mat"
)

// ObservedLogProb returns the log density of those elements of x that are there, others being NaN: that of the marginal distribution,
// [Normal.MarginalNormal], with its bits. If none is there it is 0; NaN if a marginal covariance cannot be factorised, as rounding may
// have it where LogProb has not.
//
// A distribution keeps the marginals that it has met, up to about 2²⁰ elements; a call that needs no other one does not allocate.
func (n *Normal) ObservedLogProb(x []float64) float64 {
	n.checkLength("ObservedLogProb", "x", len(x))
	return observedLogProb(n, x)
}

// ObservedLogProbRows computes ObservedLogProb for every row of x into dst, which has as many elements as x has rows, or is nil and allocated.
// The bits do not depend on the run; an error is that of its context.
func (n *Normal) ObservedLogProbRows(dst []float64, x *mat.Dense, run relent.Run) ([]float64, error) {
	return ObservedLogProbRows(dst, n, denseRows("ObservedLogProbRows", x, n.Dim()), run)
}

// ObservedLogProbRows is [Normal.ObservedLogProbRows] of raw elements; those of float32 are computed with in float64.
func ObservedLogProbRows[F float32 | float64](dst []F, n *Normal, x relent.Matrix[F], run relent.Run) ([]F, error) {
	const name = "ObservedLogProbRows"
	checkShape(name, "x", x, x.Rows, given(name, "n", n).Dim())
	dst = destination(name, "dst", dst, x.Rows)
	if plain(run) {
		observedPart(dst, n, x)
		return dst, nil
	}
	return dst, inParts(x.Rows, 1, 4*formFlops(x.Cols), run, func(from, to int) { observedPart(dst[from:to], n, x.Slice(from, to)) })
}

func observedPart[F float32 | float64](dst []F, n *Normal, x relent.Matrix[F]) {
	row := n.scorers.marginals.rows.get(x.Cols)
	for i := range dst {
		widen(row, x.Row(i))
		dst[i] = F(observedLogProb(n, row))
	}
	n.scorers.marginals.rows.put(row)
}

func observedLogProb(n *Normal, x []float64) float64 {
	there := 0
	for _, v := range x {
		if v == v {
			there++
		}
	}
	switch there {
	case 0:
		return 0
	case len(x):
		return n.LogProb(x)
	}
	buffer := n.scorers.marginals.rows.get(len(x))
	defer n.scorers.marginals.rows.put(buffer)
	values := buffer[:0]
	for _, v := range x {
		if v == v {
			values = append(values, v)
		}
	}
	m := n.scorers.marginals.of(n, x)
	if m == nil {
		return math.NaN()
	}
	return m.LogProb(values)
}

// marginals are those that a distribution has met, by what is there.
type marginals struct {
	lock     sync.RWMutex
	kept     map[string]*Normal // or nil, if there is none
	elements int                // of matrices that are kept
	rows     buffers
	keys     freelist.List[[]byte]
}

const mostKept = 1 << 20

// of is the marginal distribution of the elements of x that are there.
func (m *marginals) of(n *Normal, x []float64) *Normal {
	key, _ := m.keys.Take()
	key = appendPattern(key[:0], x)
	defer m.keys.Put(key)
	m.lock.RLock()
	marginal, ok := m.kept[string(key)]
	m.lock.RUnlock()
	if ok {
		return marginal
	}
	var vars []int
	for j, v := range x {
		if v == v {
			vars = append(vars, j)
		}
	}
	marginal, err := n.MarginalNormal(vars)
	if err != nil {
		marginal = nil
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	if size := len(vars) * len(vars); m.elements+size <= mostKept {
		if m.kept == nil {
			m.kept = map[string]*Normal{}
		}
		m.kept[string(key)] = marginal
		m.elements += size
	}
	return marginal
}

// appendPattern appends a bit for each element, set if it is there.
func appendPattern(b []byte, x []float64) []byte {
	for j, v := range x {
		if j%8 == 0 {
			b = append(b, 0)
		}
		if v == v {
			b[len(b)-1] |= 1 << (j % 8)
		}
	}
	return b
}
