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
//
// With smoothing ε and weights w it is PyTorch's: (1-ε)·w·(-log q) of the class and ε times the mean of w·(-log q) over all classes, +Inf
// where one with a weight is masked. The z-loss is Z·w·(log Σ e^b)², w of the row's class: it keeps logits from drifting.
type CrossEntropy[F relent.Float] struct {
	Weights   []F     // of classes; nil is 1 for all
	Ignore    int     // the class of rows that do not count; 0 is PyTorch's -100, and ClassZero is 0
	Smoothing float64 // ε
	Z         float64 // of the z-loss, such as 1e-4
	Scale     float64 // of gradients; 0 is 1
}

// Value is the loss of each row. A class that is neither of a column nor ignored is an error that names the row, and writes nothing.
func (l CrossEntropy[F]) Value(dst []float64, logits relent.Matrix[F], classes []int, run relent.Run) (Losses, error) {
	return l.compute("CrossEntropy.Value", dst, nil, logits, classes, run)
}

// ValueGrad is [CrossEntropy.Value] and the gradient of each row's loss. grad may be logits.
func (l CrossEntropy[F]) ValueGrad(dst []float64, grad, logits relent.Matrix[F], classes []int, run relent.Run) (Losses, relent.Matrix[F], error) {
	total, err := l.compute("CrossEntropy.ValueGrad", dst, &grad, logits, classes, run)
	return total, grad, err
}

func (l CrossEntropy[F]) compute(name string, dst []float64, grad *relent.Matrix[F], logits relent.Matrix[F], classes []int, run relent.Run) (Losses, error) {
	sizes.Matrix[F](logits).Check(here, name, "logits")
	switch {
	case len(classes) != logits.Rows:
		here.Panic(name, "there are %d classes and %d rows of logits", len(classes), logits.Rows)
	case l.Weights != nil && len(l.Weights) != logits.Cols:
		here.Panic(name, "there are %d weights and %d columns of logits", len(l.Weights), logits.Cols)
	case !(l.Smoothing >= 0 && l.Smoothing <= 1 && l.Z >= 0 && l.Z < math.Inf(1)):
		here.Panic(name, "Smoothing is %v and Z %v", l.Smoothing, l.Z)
	}
	switch l.Ignore {
	case 0:
		l.Ignore = -100
	case ClassZero:
		l.Ignore = 0
	}
	for i, c := range classes {
		if c != l.Ignore && (c < 0 || c >= logits.Cols) {
			return Losses{}, fmt.Errorf("loss: %s: row %d has class %d, there are %d", name, i, c, logits.Cols)
		}
	}
	dst = checkResults(name, dst, grad, logits)
	each := byClass[F]{logits, classes, l, orOne(l.Scale)}
	if err := rows(each, dst, grad, logits.Cols, run); err != nil {
		return Losses{}, err
	}
	count, weight := each.counting()
	return total(dst, count, weight), nil
}

type byClass[F relent.Float] struct {
	logits  relent.Matrix[F]
	classes []int
	CrossEntropy[F]
	scale float64
}

// counting is how many rows count, and the sum of their weights.
func (l *byClass[F]) counting() (count int, weight float64) {
	var sum exact.Sum
	for _, c := range l.classes {
		if c != l.Ignore {
			count++
			if l.Weights != nil {
				sum.Add(float64(l.Weights[c]))
			}
		}
	}
	if l.Weights == nil {
		return count, float64(count)
	}
	return count, sum.Take()
}

func (l *byClass[F]) weight(class int) float64 {
	if l.Weights == nil {
		return 1
	}
	return float64(l.Weights[class])
}

func (l byClass[F]) row(i int, grad []F) float64 {
	b, class := l.logits.Row(i), l.classes[i]
	if class == l.Ignore {
		fill(grad, 0)
		return 0
	}
	c := classLoss{class: class, ofClass: float64((1 - l.Smoothing) * l.weight(class))}
	own := float64(b[class]) // before grad takes the place of logits
	smooth := l.smooth(&c, b)
	kernel, fused := pass.Sum, grad != nil && (l.Weights == nil || l.Smoothing == 0)
	if fused {
		kernel = pass.Terms
	}
	s := sum(kernel, grad, b, 1)
	if !s.exists() {
		fill(grad, math.NaN())
		return math.NaN()
	}
	c.gap = s.most - own
	value, ofAll := l.loss(c, s, s.logExcess(), smooth)
	if grad != nil {
		l.slopes(grad, b, s, c, fused, ofAll)
	}
	return value
}

// loss is the loss, and what its gradient has of q beside that of the class, given the logarithm of the sum, and what smoothing needs.
func (l *byClass[F]) loss(c classLoss, s sumOf, excess, smooth float64) (value, ofAll float64) {
	if c.ofClass != 0 {
		value = float64(c.ofClass * (c.gap + excess))
	}
	if l.Smoothing > 0 {
		value += float64(c.each * (smooth + float64(c.total*excess)))
	}
	logSum, z := s.most+excess, l.Z*l.weight(c.class)
	return value + float64(float64(z*logSum)*logSum), float64(c.each*c.total) + float64(2*z*logSum)
}

// classLoss is what the loss of a row consists of.
type classLoss struct {
	class   int
	gap     float64 // how far its logit is below the largest
	ofClass float64 // what its -log q is multiplied by
	each    float64 // what that of every class is multiplied by, besides its weight
	total   float64 // Σ of the weights
}

// smooth is how far the logits of all classes are below the largest, times their weights.
func (l *byClass[F]) smooth(c *classLoss, b []F) float64 {
	if l.Smoothing == 0 {
		return 0
	}
	var m pass.Numbers
	m.Set(relent.Pass(pass.Largest, &m, nil, b)[0], 1)
	c.each, c.total = l.Smoothing/float64(len(b)), float64(len(b))
	if l.Weights == nil {
		return relent.Pass(pass.Gaps, &m, nil, b)[0]
	}
	sums := relent.Pass(pass.SoftTargets, &m, nil, l.Weights, b)
	c.total = sums[1]
	return sums[0]
}

// slopes is the gradient: q times all factors, ofAll those of no single class, less each class's own one; of the row's class, what q lacks of 1 is
// the sum of the others.
func (l *byClass[F]) slopes(grad, b []F, s sumOf, c classLoss, fused bool, ofAll float64) {
	var m pass.Numbers
	if fused {
		m.Set(l.ofTerms(c, s, ofAll), -l.scale*c.each)
		relent.Pass(pass.Scaled, &m, grad, grad)
	} else {
		m.Set(s.most, 1, 0, 1/s.total(), (c.ofClass+ofAll)/c.each, l.scale*c.each)
		relent.Pass(pass.SoftSlopes, &m, grad, l.Weights, b)
	}
	grad[c.class] = l.ownSlope(c, s, exp(-c.gap), ofAll)
}

// ofTerms is what the terms of the sum are multiplied by.
func (l *byClass[F]) ofTerms(c classLoss, s sumOf, ofAll float64) float64 {
	return l.scale * (c.ofClass + ofAll) / s.total()
}

// ownSlope is the gradient of the row's class, given its term.
func (l *byClass[F]) ownSlope(c classLoss, s sumOf, own, ofAll float64) F {
	others := s.total() - own
	if c.gap == 0 {
		others = s.top - 1 + s.rest
	}
	slope := float64(ofAll*own) - float64(c.ofClass*others)
	slope /= s.total()
	if c.each != 0 {
		slope -= float64(c.each * l.weight(c.class))
	}
	return F(l.scale * slope)
}

func (l byClass[F]) takesBlocks(bool) bool { return l.Smoothing == 0 }

func (l byClass[F]) block(s *side[F], from int, dst []float64, gradients bool) {
	s.pack(s.b, l.logits, from)
	relent.Pass(pass.Largest, &s.Block, nil, s.b)
	s.Numbers[0] = s.Sums[0]
	s.Set(1, 1)
	kernel := pass.Sum
	if gradients {
		kernel = pass.Terms
	}
	relent.Pass(kernel, &s.Block, s.grad, s.b)
	excesses, terms := s.given[0][:s.Rows], s.given[1][:s.Rows]
	for i := range s.Rows {
		class := l.classes[from+i]
		if class == l.Ignore {
			s.leave(i)
			continue
		}
		excesses[i] = s.sum(i).excess()
		terms[i] = float64(l.logits.Row(from + i)[class]) - s.Numbers[0][i]
	}
	relent.Log1p(excesses, excesses)
	gaps := s.given[2]
	copy(gaps[:], terms)
	if gradients {
		relent.Exp(terms, terms)
	}
	for i := range s.Rows {
		sums := s.sum(i)
		if !sums.exists() {
			s.leave(i)
		}
		if s.Alone[i] {
			continue
		}
		class := l.classes[from+i]
		c := classLoss{class: class, ofClass: l.weight(class), gap: -gaps[i]}
		value, ofAll := l.loss(c, sums, excesses[i], 0)
		dst[i] = value
		if gradients {
			s.Numbers[0][i], s.Numbers[1][i] = l.ofTerms(c, sums, ofAll), -l.scale*c.each
			s.own[i] = l.ownSlope(c, sums, terms[i], ofAll)
		}
	}
	if gradients {
		relent.Pass(pass.Scaled, &s.Block, s.a, s.grad)
		s.a, s.grad = s.grad, s.a
	}
}

// after sets the gradients of the rows' classes.
func (l byClass[F]) after(s *side[F], grad relent.Matrix[F], from int) {
	for i := range s.Rows {
		if !s.Some || !s.Alone[i] {
			grad.Row(from + i)[l.classes[from+i]] = s.own[i]
		}
	}
}

// SoftCrossEntropy is -Σ t·log q of targets t that are not negative, q the softmax of the logits. A target that is 0 takes no part.
type SoftCrossEntropy[F relent.Float] struct {
	Scale float64 // of gradients; 0 is 1
}

// Value is the loss of each row.
func (l SoftCrossEntropy[F]) Value(dst []float64, targets, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("SoftCrossEntropy.Value", dst, nil, "targets", targets, "logits", logits)
	return compute(byTargets[F]{targets: targets, logits: logits, scale: 1}, dst, nil, logits.Cols, run)
}

// ValueGrad is [SoftCrossEntropy.Value] and the gradient of each row's loss, q·Σt - t. grad may be logits or targets.
func (l SoftCrossEntropy[F]) ValueGrad(dst []float64, grad, targets, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	dst = check("SoftCrossEntropy.ValueGrad", dst, &grad, "targets", targets, "logits", logits)
	return gradient(byTargets[F]{targets: targets, logits: logits, scale: orOne(l.Scale)}, dst, &grad, logits.Cols, run)
}

type byTargets[F relent.Float] struct {
	nothingAfter[F]
	targets, logits relent.Matrix[F]
	scale           float64
}

func (l byTargets[F]) row(i int, grad []F) float64 {
	t, b := l.targets.Row(i), l.logits.Row(i)
	s := sum(pass.Sum, nil, b, 1)
	if !s.exists() {
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

func (byTargets[F]) takesBlocks(bool) bool { return true }

func (l byTargets[F]) block(s *side[F], from int, dst []float64, gradients bool) {
	s.pack(s.a, l.targets, from)
	s.pack(s.b, l.logits, from)
	relent.Pass(pass.Largest, &s.Block, nil, s.b)
	s.Numbers[0] = s.Sums[0]
	s.Set(1, 1)
	relent.Pass(pass.Sum, &s.Block, nil, s.b)
	logs := s.Numbers[2][:s.Rows]
	for i := range logs {
		sum := s.sum(i)
		if !sum.exists() {
			s.leave(i)
		}
		logs[i], s.Numbers[3][i] = sum.excess(), 1/sum.total()
	}
	relent.Log1p(logs, logs)
	relent.Pass(pass.SoftTargets, &s.Block, nil, s.a, s.b)
	s.values(dst)
	if gradients {
		s.Numbers[4] = s.Sums[1]
		s.Set(5, l.scale)
		relent.Pass(pass.SoftSlopes, &s.Block, s.grad, s.a, s.b)
	}
}
