package loss

import (
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/sizes"
)

// CrossEntropy is -log q of the class of each row, q the softmax of its logits, times the weight of the class. A class that is masked gives
// +Inf.
type CrossEntropy[F relent.Float] struct {
	Weights   []float64 // of classes; nil is 1 for all
	Ignore    int       // the class of rows that do not count; 0 is PyTorch's -100
	Smoothing float64   // ε: (1-ε)·loss + ε·the mean of the losses of all classes, +Inf where one is masked; not with Weights
	Scale     float64   // of gradients; 0 is 1
}

// Value is the loss of each row. A class that is neither of a column nor ignored is an error that names the row, and writes nothing.
func (l CrossEntropy[F]) Value(dst []float64, logits relent.Matrix[F], classes []int, run relent.Run) (Losses, error) {
	total, _, err := l.compute("CrossEntropy.Value", dst, nil, logits, classes, run)
	return total, err
}

// ValueGrad is [CrossEntropy.Value] and the gradient of each row's loss. grad may be logits.
func (l CrossEntropy[F]) ValueGrad(dst []float64, grad, logits relent.Matrix[F], classes []int, run relent.Run) (Losses, relent.Matrix[F], error) {
	return l.compute("CrossEntropy.ValueGrad", dst, &grad, logits, classes, run)
}

func (l CrossEntropy[F]) compute(name string, dst []float64, grad *relent.Matrix[F], logits relent.Matrix[F], classes []int, run relent.Run) (
	Losses, relent.Matrix[F], error) {
	sizes.Matrix[F](logits).Check(here, name, "logits")
	switch {
	case len(classes) != logits.Rows:
		here.Panic(name, "there are %d classes and %d rows of logits", len(classes), logits.Rows)
	case l.Weights != nil && len(l.Weights) != logits.Cols:
		here.Panic(name, "there are %d weights and %d columns of logits", len(l.Weights), logits.Cols)
	case !(l.Smoothing >= 0 && l.Smoothing <= 1):
		here.Panic(name, "Smoothing is %v", l.Smoothing)
	case l.Smoothing > 0 && l.Weights != nil:
		here.Panic(name, "Smoothing is %v with %d weights", l.Smoothing, len(l.Weights))
	}
	if l.Ignore == 0 {
		l.Ignore = -100
	}
	for i, c := range classes {
		if c != l.Ignore && (c < 0 || c >= logits.Cols) {
			return Losses{}, relent.Matrix[F]{}, fmt.Errorf("loss: %s: row %d has class %d, there are %d", name, i, c, logits.Cols)
		}
	}
	dst = checkResults(name, dst, grad, logits)
	each := byClass[F]{logits, classes, l.Weights, l.Ignore, l.Smoothing, orOne(l.Scale)}
	slopes := relent.Matrix[F]{}
	if grad != nil {
		slopes = *grad
	}
	all, err := compute(each, dst, grad != nil, slopes, logits.Cols, run)
	if err != nil {
		return Losses{}, relent.Matrix[F]{}, err
	}
	count, weight := 0, exact.Sum{}
	for _, c := range classes {
		if c != l.Ignore {
			count++
			weight.Add(each.weight(c))
		}
	}
	return total(all.Rows, count, weight.Take()), slopes, nil
}

type byClass[F relent.Float] struct {
	logits           relent.Matrix[F]
	classes          []int
	weights          []float64
	ignore           int
	smoothing, scale float64
}

func (l byClass[F]) weight(class int) float64 {
	if l.weights == nil {
		return 1
	}
	return l.weights[class]
}

func (l byClass[F]) row(i int, grad []F) float64 {
	b, class := l.logits.Row(i), l.classes[i]
	if class == l.ignore {
		fill(grad, 0)
		return 0
	}
	n, weight := float64(len(b)), l.weight(class)
	own := float64(b[class]) // before grad takes the place of logits
	kernel := pass.Sum
	meanGap := 0.0
	if grad != nil {
		kernel = pass.Terms
	}
	if l.smoothing > 0 {
		meanGap = l.meanGap(b, n)
	}
	s := sum(kernel, grad, b, 1)
	if s.most-s.most != 0 || s.rest != s.rest {
		fill(grad, math.NaN())
		return math.NaN()
	}
	gap := s.most - own
	if grad != nil {
		l.slopes(grad, s, class, gap, weight, n)
	}
	excess := s.logExcess()
	value := gap + excess
	if l.smoothing > 0 {
		value = float64((1-l.smoothing)*gap) + float64(l.smoothing*meanGap) + excess
	}
	if weight == 0 {
		return 0
	}
	return weight * value
}

// meanGap is how far the mean of logits is below the largest.
func (l byClass[F]) meanGap(b []F, n float64) float64 {
	var m pass.Numbers
	s := sum(pass.Sum, nil, b, 1)
	m.Set(s.most, 1)
	return relent.Pass(pass.Gaps, &m, nil, b)[0] / n
}

// slopes makes a gradient of exponentials: q - ε/n, and less 1-ε at the class, where what is not q is the sum of the others.
func (l byClass[F]) slopes(grad []F, s sumOf, class int, gap, weight, n float64) {
	others := s.total() - float64(grad[class])
	if gap == 0 {
		others = s.top - 1 + s.rest
	}
	scale := l.scale * weight
	var m pass.Numbers
	m.Set(scale/s.total(), -l.smoothing/n*scale)
	relent.Pass(pass.Scaled, &m, grad, grad)
	grad[class] = F(scale * (float64(l.smoothing*(1-1/n)) - others/s.total()))
}

// SoftCrossEntropy is -Σ t·log q of targets t that are not negative, q the softmax of the logits. A target that is 0 takes no part.
type SoftCrossEntropy[F relent.Float] struct {
	Scale float64 // of gradients; 0 is 1
}

// Value is the loss of each row.
func (l SoftCrossEntropy[F]) Value(dst []float64, targets, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("SoftCrossEntropy.Value", dst, nil, "targets", targets, "logits", logits)
	return compute(byTargets[F]{targets, logits, 1}, dst, false, relent.Matrix[F]{}, logits.Cols, run)
}

// ValueGrad is [SoftCrossEntropy.Value] and the gradient of each row's loss, q·Σt - t. grad may be logits or targets.
func (l SoftCrossEntropy[F]) ValueGrad(dst []float64, grad, targets, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	dst = check("SoftCrossEntropy.ValueGrad", dst, &grad, "targets", targets, "logits", logits)
	total, err := compute(byTargets[F]{targets, logits, orOne(l.Scale)}, dst, true, grad, logits.Cols, run)
	return total, grad, err
}

type byTargets[F relent.Float] struct {
	targets, logits relent.Matrix[F]
	scale           float64
}

func (l byTargets[F]) row(i int, grad []F) float64 {
	t, b := l.targets.Row(i), l.logits.Row(i)
	s := sum(pass.Sum, nil, b, 1)
	if s.most-s.most != 0 || s.rest != s.rest {
		fill(grad, math.NaN())
		return math.NaN()
	}
	var m pass.Numbers
	m.Set(s.most, 1, s.logExcess(), 1/s.total())
	sums := relent.Pass(pass.SoftTargets, &m, nil, t, b)
	if grad != nil {
		m.Set(s.most, 1, s.logExcess(), 1/s.total(), sums[1], l.scale)
		relent.Pass(pass.SoftSlopes, &m, grad, t, b)
	}
	return sums[0]
}
