package loss

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// KullbackLeibler is the divergence KL(p‖q) of q = softmax(b/T), b the logits, from p = softmax(a/T), a the teacher's. It is +Inf where b
// masks a class that a does not. The gradient is (q-p)/T, accurate relative to the row's largest also where q is close to p.
type KullbackLeibler[F relent.Float] struct {
	Temperature float64 // T; 0 is 1
	Scale       float64 // of gradients; 0 is 1
}

// Value is the loss of each row; Mean is PyTorch's "batchmean".
func (l KullbackLeibler[F]) Value(dst []float64, teacher, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("KullbackLeibler.Value", dst, nil, "teacher", teacher, "logits", logits)
	return compute(l.rows("KullbackLeibler.Value", teacher, logits), dst, false, relent.Matrix[F]{}, logits.Cols, run)
}

// ValueGrad is [KullbackLeibler.Value] and the gradient of each row's loss. grad may be logits or teacher.
func (l KullbackLeibler[F]) ValueGrad(dst []float64, grad, teacher, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	dst = check("KullbackLeibler.ValueGrad", dst, &grad, "teacher", teacher, "logits", logits)
	total, err := compute(l.rows("KullbackLeibler.ValueGrad", teacher, logits), dst, true, grad, logits.Cols, run)
	return total, grad, err
}

func (l KullbackLeibler[F]) rows(name string, teacher, logits relent.Matrix[F]) divergence[F] {
	t := positive(name, "Temperature", l.Temperature)
	return divergence[F]{teacher, logits, 1 / t, orOne(l.Scale) / t, 0}
}

// JensenShannon is β·KL(p‖m) + (1-β)·KL(q‖m), m = βp + (1-β)q, of softmaxes as [KullbackLeibler] has them: p the teacher's, as TRL and Liger
// have it. Their ends, β = 0 and 1, are KL(p‖q) and KL(q‖p), and panic here. The gradient is with respect to b.
type JensenShannon[F relent.Float] struct {
	Beta        float64 // between 0 and 1; 0 is ½
	Temperature float64 // T; 0 is 1
	Scale       float64 // of gradients; 0 is 1
}

// Value is the loss of each row.
func (l JensenShannon[F]) Value(dst []float64, teacher, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("JensenShannon.Value", dst, nil, "teacher", teacher, "logits", logits)
	return compute(l.rows("JensenShannon.Value", teacher, logits), dst, false, relent.Matrix[F]{}, logits.Cols, run)
}

// ValueGrad is [JensenShannon.Value] and the gradient of each row's loss. grad may be logits or teacher.
func (l JensenShannon[F]) ValueGrad(dst []float64, grad, teacher, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	dst = check("JensenShannon.ValueGrad", dst, &grad, "teacher", teacher, "logits", logits)
	total, err := compute(l.rows("JensenShannon.ValueGrad", teacher, logits), dst, true, grad, logits.Cols, run)
	return total, grad, err
}

func (l JensenShannon[F]) rows(name string, teacher, logits relent.Matrix[F]) divergence[F] {
	t, beta := positive(name, "Temperature", l.Temperature), l.Beta
	if beta == 0 {
		beta = 0.5
	}
	if !(beta > 0 && beta < 1) {
		here.Panic(name, "Beta is %v, not between 0 and 1", beta)
	}
	return divergence[F]{teacher, logits, 1 / t, orOne(l.Scale) / t, beta}
}

// divergence is either of them: the Kullback–Leibler divergence for a beta of 0.
type divergence[F relent.Float] struct {
	teacher, logits   relent.Matrix[F]
	perT, slope, beta float64
}

func (d divergence[F]) row(i int, grad []F) float64 {
	a, b := d.teacher.Row(i), d.logits.Row(i)
	if d.beta == 0 {
		if value, ok := d.once(a, b, grad); ok {
			return value
		}
	}
	var m pass.Numbers
	if !d.numbers(&m, a, b) {
		fill(grad, math.NaN())
		return math.NaN()
	}
	switch {
	case d.beta == 0 && grad == nil:
		return relent.Pass(pass.KL, &m, nil, a, b)[0]
	case d.beta == 0:
		return relent.Pass(pass.KLSlopes, &m, grad, a, b)[0]
	}
	s := relent.Pass(pass.JS, &m, nil, a, b)
	if grad != nil {
		m[10] = [2]float64{s[1], s[1]}
		relent.Pass(pass.JSSlopes, &m, grad, a, b)
	}
	return s[0]
}

// once is the Kullback–Leibler divergence by rowKLOnce, and the gradient. It is not taken where the difference of its terms would have lost
// digits, which is where the rows differ by little more than a constant, nor where numbers left out could count.
func (d divergence[F]) once(a, b, grad []F) (value float64, ok bool) {
	var m pass.Numbers
	most := relent.Pass(pass.Largest, &m, nil, a, b)
	topA, topB := F(most[0]), F(most[1])
	shift := topA - topB
	taken := shift - topA
	lack := (topA - (shift - taken)) - (topB + taken) // the difference is shift + lack exactly
	m.Set(float64(topA), float64(topB), float64(shift), float64(lack), d.perT)
	s := relent.Pass(pass.KLOnce, &m, nil, a, b)
	if !(s[0] > 0 && s[1] > 0) {
		return 0, false // as it is of NaN and infinities
	}
	excess, h := s[3]/s[0], s[2]/s[0]
	value, logRatio := excess, 0.0
	if excess < math.Inf(1) || grad != nil {
		logRatio = logOfRatio(h, s[1]/s[0])
	}
	if excess < math.Inf(1) {
		value -= excessOfLog(h, logRatio)
	}
	if !(value >= excess/2 && excess >= 0x1p-60) {
		return 0, false
	}
	if grad != nil {
		// What is left of log(p/q) is put into the shift: small numbers keep their digits.
		whole := float64(shift) - logRatio/d.perT
		first := float64(F(whole))
		m.Set(float64(topA), float64(topB), first, float64(lack)+(whole-first), d.perT, 0, 1/s[0], 1/s[1], d.slope)
		relent.Pass(pass.KLOnceSlopes, &m, grad, a, b)
	}
	return value, true
}

// logOfRatio is log(1+h), also by the ratio 1+h itself.
func logOfRatio(h, ratio float64) float64 {
	if math.Abs(h) <= 0.5 {
		return log1p(h)
	}
	return log(ratio)
}

// excessOfLog is h - log(1+h), given that logarithm: near 0 by its series.
func excessOfLog(h, log float64) float64 {
	if math.Abs(h) > 0x1p-4 {
		return h - log
	}
	sum := 0.0
	for k := 15; k >= 2; k-- {
		sum = 1/float64(k) - float64(h*sum)
	}
	return float64(float64(h*h) * sum)
}

// numbers are the kernels', unless a softmax is not there.
func (d divergence[F]) numbers(m *pass.Numbers, a, b []F) bool {
	most := relent.Pass(pass.Largest, m, nil, a, b)
	topA, topB := most[0], most[1]
	if topA-topA != 0 || topB-topB != 0 {
		return false
	}
	shift := topA - topB
	taken := shift - topA
	lack := (topA - (shift - taken)) - (topB + taken) // the difference is shift + lack exactly
	m.Set(topA, topB, shift, lack, d.perT)
	s := relent.Pass(pass.Pair, m, nil, a, b)
	if s[0] != s[0] || s[1] != s[1] {
		return false
	}
	logRatio := logOfRatio(s[2]/s[0], s[1]/s[0])
	m.Set(topA, topB, shift, lack, d.perT, logRatio, 1/s[0], 1/s[1], d.slope, d.beta)
	return true
}
