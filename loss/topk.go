package loss

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/sizes"
)

// TopK is the Kullback–Leibler divergence of q = softmax(b/T) from a teacher of whom each row has k classes and one rest: the probability of
// all others together, which are one outcome. Beside the whole teacher's it lacks what the others differ by among themselves. It is +Inf
// where b masks a class with a probability, never negative, and gives logarithms of probabilities that are rounded the benefit of the
// doubt: Σ p·log(p/q) - p + q. The gradient is (q-p)/T, and that of the rest goes to its classes by their shares of it. Errors are those of
// logarithms: relative 2⁻⁵⁰ (float32: 2⁻²²) of the sizes of terms.
type TopK[F relent.Float] struct {
	Temperature float64 // T of the logits; the teacher's probabilities come as they are; 0 is 1
	Scale       float64 // of gradients; 0 is 1
}

// Value is the loss of each row i, of the classes from i·k on, all different; logProbs has k+1 columns, the last one for the rest, -Inf
// if there is none. A class that is not of a column, or that a row has twice, is an error that names the row, and writes nothing.
func (l TopK[F]) Value(dst []float64, classes []int, logProbs, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	return l.compute("TopK.Value", dst, nil, classes, logProbs, logits, run)
}

// ValueGrad is [TopK.Value] and the gradient of each row's loss. grad may be logits.
func (l TopK[F]) ValueGrad(dst []float64, grad relent.Matrix[F], classes []int, logProbs, logits relent.Matrix[F], run relent.Run) (
	Losses, relent.Matrix[F], error) {
	total, err := l.compute("TopK.ValueGrad", dst, &grad, classes, logProbs, logits, run)
	return total, grad, err
}

func (l TopK[F]) compute(name string, dst []float64, grad *relent.Matrix[F], classes []int, logProbs, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	sizes.Matrix[F](logProbs).Check(here, name, "logProbs")
	sizes.Matrix[F](logits).Check(here, name, "logits")
	k := logProbs.Cols - 1
	if logProbs.Rows != logits.Rows || k < 0 || len(classes) != k*logits.Rows {
		here.Panic(name, "logProbs is %d×%d, there are %d classes, and logits is %d×%d", logProbs.Rows, logProbs.Cols, len(classes), logits.Rows, logits.Cols)
	}
	t := temperature(name, l.Temperature)
	if row, err := checkClasses(classes, k, logits.Rows, logits.Cols); err != nil {
		return Losses{}, fmt.Errorf("loss: %s: row %d has %w", name, row, err)
	}
	dst = checkResults(name, dst, grad, logits)
	return compute(knownClasses[F]{classes: classes, k: k, logProbs: logProbs, logits: logits, perT: 1 / t, slope: orOne(l.Scale) / t}, dst, grad, logits.Cols, run)
}

// marks are in which turn each class was last met.
type marks struct {
	last []int
	turn int
}

var freeMarks freelist.List[*marks]

// checkClasses finds a row that has a class which is none of n, or one twice, of k a row.
func checkClasses(classes []int, k, rows, n int) (row int, err error) {
	if len(classes) == 0 {
		return 0, nil // there may be more columns than memory has room for
	}
	m, ok := freeMarks.Take()
	if !ok {
		m = new(marks)
	}
	defer freeMarks.Put(m)
	if len(m.last) < n {
		m.last = make([]int, n)
	}
	for i := range rows {
		m.turn++
		for _, c := range classes[i*k : (i+1)*k] {
			switch {
			case c < 0 || c >= n:
				return i, fmt.Errorf("class %d, there are %d", c, n)
			case m.last[c] == m.turn:
				return i, fmt.Errorf("class %d twice", c)
			}
			m.last[c] = m.turn
		}
	}
	return 0, nil
}

type knownClasses[F relent.Float] struct {
	rowsOnly[F]
	classes          []int
	k                int
	logProbs, logits relent.Matrix[F]
	perT, slope      float64
}

func (l knownClasses[F]) row(i int, grad []F) float64 {
	b, classes, logP := l.logits.Row(i), l.classes[i*l.k:(i+1)*l.k], l.logProbs.Row(i)
	all := sum(pass.Sum, nil, b, l.perT)
	if all.most-all.most != 0 || all.rest != all.rest {
		fill(grad, math.NaN())
		return math.NaN()
	}
	logTotal := all.logExcess()
	logQ := func(x float64) float64 { return float64((x-all.most)*l.perT) - logTotal }
	room := takeRoom[F](len(b) + l.k)
	own, others := (*room)[:l.k], (*room)[l.k:]
	copy(others, b)
	for j, c := range classes {
		own[j], others[c] = b[c], F(math.Inf(-1))
	}
	value, gap := l.rest(grad, others, float64(logP[l.k]), logQ)
	for j, c := range classes {
		var term float64
		term, gap = outcome(float64(logP[j]), logQ(float64(own[j])))
		value += term
		if grad != nil {
			grad[c] = F(gap * l.slope)
		}
	}
	rooms.Put(room)
	return value
}

// rest is the term of all other classes, and sets grad to their gradients, and to 0 elsewhere.
func (l knownClasses[F]) rest(grad, others []F, logP float64, logQ func(float64) float64) (term, gap float64) {
	kernel := pass.Sum
	if grad != nil {
		kernel = pass.Terms
	}
	s := sum(kernel, grad, others, l.perT)
	if s.rest != s.rest { // there are none
		fill(grad, 0)
		return outcome(logP, math.Inf(-1))
	}
	term, gap = outcome(logP, logQ(s.most)+log(s.total()))
	if grad != nil {
		var m pass.Numbers
		m.Set(gap*l.slope/s.total(), 0)
		relent.Pass(pass.Scaled, &m, grad, grad)
	}
	return term, gap
}

// outcome is p·log(p/q) - p + q, given the logarithms, and q - p.
func outcome(logP, logQ float64) (term, gap float64) {
	p, q, r := exp(logP), exp(logQ), logP-logQ
	switch {
	case p == 0:
		return q, q
	case math.Abs(r) < 1:
		excess := float64(2 * StandardNormalKullbackLeibler([]float64{0}, []float64{-r})) // e**-r - 1 + r
		return float64(p * excess), float64(p * (excess - r))
	}
	return float64(p*r) + (q - p), q - p
}

// rooms are rows that past calls have used.
var rooms freelist.List[any]

func takeRoom[F relent.Float](n int) *[]F {
	x, _ := rooms.Take()
	room, ok := x.(*[]F)
	if !ok {
		room = new([]F)
	}
	if cap(*room) < n {
		*room = make([]F, n)
	}
	*room = (*room)[:n]
	return room
}
