package loss

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// Binary is the sum over each row of w·y·softplus(-x) + (1-y)·softplus(x), the cross-entropy of targets y from 0 to 1 and logits x of
// independent yes-or-no outcomes. A target outside gives NaN.
type Binary[F relent.Float] struct {
	PositiveWeight float64 // w; 0 is 1, and Zero as good as 0
	Scale          float64 // of gradients; 0 is 1
}

// Value is the loss of each row. PyTorch's mean is over elements: Mean over the number of columns.
func (l Binary[F]) Value(dst []float64, targets, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("Binary.Value", dst, nil, "targets", targets, "logits", logits)
	return compute(l.rows("Binary.Value", targets, logits), dst, nil, logits.Cols, run)
}

// ValueGrad is [Binary.Value] and the gradient of each row's loss. grad may be logits or targets.
func (l Binary[F]) ValueGrad(dst []float64, grad, targets, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	dst = check("Binary.ValueGrad", dst, &grad, "targets", targets, "logits", logits)
	return gradient(l.rows("Binary.ValueGrad", targets, logits), dst, &grad, logits.Cols, run)
}

func (l Binary[F]) rows(name string, targets, logits relent.Matrix[F]) elements[F] {
	e := elements[F]{targets: targets, logits: logits, value: pass.Binary, slopes: pass.BinarySlopes}
	e.m.Set(positive(name, "PositiveWeight", l.PositiveWeight), orOne(l.Scale))
	return e
}

// Focal is the sum over each row of -α(1-p)^γ·log p, p the probability σ(x) or 1-σ(x) of the outcome, targets 1 or 0; those between are
// mixtures of both.
type Focal[F relent.Float] struct {
	Alpha float64 // α of positives, 1-α of negatives; 0 weighs neither, as torchvision's -1, and Zero is as good as 0
	Gamma float64 // γ >= 0
	Scale float64 // of gradients; 0 is 1
}

// Value is the loss of each row.
func (l Focal[F]) Value(dst []float64, targets, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("Focal.Value", dst, nil, "targets", targets, "logits", logits)
	return compute(l.rows("Focal.Value", targets, logits), dst, nil, logits.Cols, run)
}

// ValueGrad is [Focal.Value] and the gradient of each row's loss. grad may be logits or targets.
func (l Focal[F]) ValueGrad(dst []float64, grad, targets, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	dst = check("Focal.ValueGrad", dst, &grad, "targets", targets, "logits", logits)
	return gradient(l.rows("Focal.ValueGrad", targets, logits), dst, &grad, logits.Cols, run)
}

func (l Focal[F]) rows(name string, targets, logits relent.Matrix[F]) elements[F] {
	if !(l.Gamma >= 0 && l.Gamma < math.Inf(1) && l.Alpha >= 0 && l.Alpha <= 1) {
		here.Panic(name, "Gamma is %v and Alpha %v", l.Gamma, l.Alpha)
	}
	up, down := l.Alpha, 1-l.Alpha
	if l.Alpha == 0 {
		up, down = 1, 1
	}
	e := elements[F]{targets: targets, logits: logits, value: pass.Focal, slopes: pass.FocalSlopes}
	e.m.Set(up, down, l.Gamma, orOne(l.Scale))
	return e
}

// elements is a loss of elements.
type elements[F relent.Float] struct {
	nothingAfter[F]
	targets, logits relent.Matrix[F]
	value, slopes   pass.Kernel
	m               pass.Numbers
}

func (e elements[F]) row(i int, grad []F) float64 {
	x, y := e.logits.Row(i), e.targets.Row(i)
	value, slopes := e.value, e.slopes
	if e.narrows() && isNear(relent.Pass(pass.Nearest, &e.m, nil, x)[0]) {
		value, slopes = pass.BinaryOnce, pass.BinaryOnceSlopes
	}
	if grad == nil {
		return relent.Pass(value, &e.m, nil, x, y)[0]
	}
	return relent.Pass(slopes, &e.m, grad, x, y)[0]
}

// narrows tells whether float32 has the digits for rows that are near.
func (e elements[F]) narrows() bool {
	const least = 0x1p-20
	_, wide := any(F(0)).(float64)
	return !wide && e.value == pass.Binary && e.m[0][0] >= least && e.m[0][0] <= 1/least
}

// isNear tells, given minus the least size of a row's logits, whether there is a term beside which those that float32 has not do not count.
func isNear(nearest float64) bool { return -nearest < 40 }

func (elements[F]) takesBlocks(bool) bool { return true }

func (e elements[F]) block(s *side[F], from int, dst []float64, gradients bool) {
	s.pack(s.a, e.logits, from)
	s.pack(s.b, e.targets, from)
	value, slopes := e.value, e.slopes
	if e.narrows() {
		value, slopes = pass.BinaryOnce, pass.BinaryOnceSlopes
		relent.Pass(pass.Nearest, &s.Block, nil, s.a)
		for i, nearest := range s.Sums[0][:s.Rows] {
			if !isNear(nearest) {
				s.leave(i)
			}
		}
	}
	for i := range 4 {
		s.Set(i, e.m[i][0])
	}
	if gradients {
		value = slopes
	}
	relent.Pass(value, &s.Block, s.grad, s.a, s.b)
	s.values(dst)
}
