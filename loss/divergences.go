package loss

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// KullbackLeibler is the divergence KL(p‖q) of q = softmax(b/T), b the logits, from p = softmax(a/T), a the teacher's. It is +Inf where b
// masks a class that a does not. The gradient is (q-p)/T, accurate relative to the row's largest also where q is close to p.
type KullbackLeibler[F relent.Float] struct {
	Temperature float64 // T; 0 is 1
	Scale       float64 // of gradients; 0 is 1
	Reverse     bool    // KL(q‖p) instead, with the gradient q·(log(q/p) - KL)/T, NaN where the loss is infinite
}

// Value is the loss of each row; Mean is PyTorch's "batchmean".
func (l KullbackLeibler[F]) Value(dst []float64, teacher, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("KullbackLeibler.Value", dst, nil, "teacher", teacher, "logits", logits)
	return compute(l.rows("KullbackLeibler.Value", teacher, logits), dst, nil, logits.Cols, run)
}

// ValueGrad is [KullbackLeibler.Value] and the gradient of each row's loss. grad may be logits or teacher.
func (l KullbackLeibler[F]) ValueGrad(dst []float64, grad, teacher, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	const name = "KullbackLeibler.ValueGrad"
	dst = check(name, dst, &grad, "teacher", teacher, "logits", logits)
	return gradient(l.rows(name, teacher, logits), dst, &grad, logits.Cols, run)
}

// TeacherGrad is [KullbackLeibler.Value] and the gradient of each row's loss with respect to the teacher's logits, as the other direction has
// it with respect to b. grad may be logits or teacher.
func (l KullbackLeibler[F]) TeacherGrad(dst []float64, grad, teacher, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	const name = "KullbackLeibler.TeacherGrad"
	dst = check(name, dst, &grad, "teacher", teacher, "logits", logits)
	rows := l.rows(name, teacher, logits)
	rows.own = !rows.own
	return gradient(rows, dst, &grad, logits.Cols, run)
}

func (l KullbackLeibler[F]) rows(name string, teacher, logits relent.Matrix[F]) divergence[F] {
	t := temperature(name, l.Temperature)
	d := divergence[F]{p: teacher, q: logits, perT: 1 / t, slope: orOne(l.Scale) / t}
	if l.Reverse {
		d.p, d.q, d.own = logits, teacher, true
	}
	return d
}

// JensenShannon is β·KL(p‖m) + (1-β)·KL(q‖m), m = βp + (1-β)q, of softmaxes as [KullbackLeibler] has them: p the teacher's, as TRL and Liger
// have it. As there, the ends, where that would be 0, are the limits of it over β(1-β): β = [Zero] is KL(p‖q), and 1 is KL(q‖p). The gradient
// is with respect to b.
type JensenShannon[F relent.Float] struct {
	Beta        float64 // up to 1; 0 is ½, and Zero is 0
	Temperature float64 // T; 0 is 1
	Scale       float64 // of gradients; 0 is 1
}

// Value is the loss of each row.
func (l JensenShannon[F]) Value(dst []float64, teacher, logits relent.Matrix[F], run relent.Run) (Losses, error) {
	dst = check("JensenShannon.Value", dst, nil, "teacher", teacher, "logits", logits)
	return compute(l.rows("JensenShannon.Value", teacher, logits), dst, nil, logits.Cols, run)
}

// ValueGrad is [JensenShannon.Value] and the gradient of each row's loss. grad may be logits or teacher.
func (l JensenShannon[F]) ValueGrad(dst []float64, grad, teacher, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	const name = "JensenShannon.ValueGrad"
	dst = check(name, dst, &grad, "teacher", teacher, "logits", logits)
	return gradient(l.rows(name, teacher, logits), dst, &grad, logits.Cols, run)
}

// TeacherGrad is the loss and its gradient with respect to the teacher's logits: the divergence for 1-β, p and q in each other's place.
// grad may be logits or teacher.
func (l JensenShannon[F]) TeacherGrad(dst []float64, grad, teacher, logits relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error) {
	const name = "JensenShannon.TeacherGrad"
	dst = check(name, dst, &grad, "teacher", teacher, "logits", logits)
	rows := l.rows(name, teacher, logits)
	if rows.beta == 0 {
		rows.own = !rows.own
	} else {
		rows.p, rows.q, rows.beta = logits, teacher, 1-rows.beta
	}
	return gradient(rows, dst, &grad, logits.Cols, run)
}

func (l JensenShannon[F]) rows(name string, teacher, logits relent.Matrix[F]) divergence[F] {
	beta := l.Beta
	if beta == 0 {
		beta = 0.5
	}
	if !(beta > 0 && beta <= 1) {
		here.Panic(name, "Beta is %v, not above 0 and up to 1", beta)
	}
	d := KullbackLeibler[F]{l.Temperature, l.Scale, beta == 1}.rows(name, teacher, logits)
	if beta > Zero && beta < 1 {
		d.beta = beta
	}
	return d
}

// divergence is either of them: the Kullback–Leibler divergence for a beta of 0. Its gradient is with respect to q's logits or, if it is its
// own, to p's.
type divergence[F relent.Float] struct {
	p, q              relent.Matrix[F]
	perT, slope, beta float64
	own               bool
}

func (d divergence[F]) row(i int, grad []F) float64 {
	a, b := d.p.Row(i), d.q.Row(i)
	switch {
	case d.beta != 0:
		return d.jensenShannon(a, b, grad)
	case d.own && grad != nil:
		value := d.kullbackLeibler(a, b, nil)
		d.ownSlopes(a, b, grad, value)
		return value
	}
	return d.kullbackLeibler(a, b, grad)
}

func (d divergence[F]) kullbackLeibler(a, b, grad []F) float64 {
	if value, ok := d.once(a, b, grad); ok {
		return value
	}
	var m pass.Numbers
	switch ok := d.numbers(&m, a, b); {
	case !ok:
		fill(grad, math.NaN())
		return math.NaN()
	case grad == nil:
		return relent.Pass(pass.KL, &m, nil, a, b)[0]
	}
	return relent.Pass(pass.KLSlopes, &m, grad, a, b)[0]
}

func (d divergence[F]) jensenShannon(a, b, grad []F) float64 {
	var m pass.Numbers
	if !d.numbers(&m, a, b) {
		fill(grad, math.NaN())
		return math.NaN()
	}
	value := relent.Pass(pass.JS, &m, nil, a, b)[0]
	if grad != nil {
		d.tiltSlopes(&m, a, b, grad)
	}
	return value
}

// tiltSlopes is the gradient of the Jensen–Shannon divergence, as rowTilt has it for a class of the largest q.
func (d divergence[F]) tiltSlopes(m *pass.Numbers, a, b, grad []F) {
	k := slices.Index(b, F(m[1][0]))
	shift, lack, logRatio := m[2][0], m[3][0], m[5][0]
	rest := 1 - d.beta
	tilt, restTilt, tiltLog, near := 0.0, 1.0, logRatio+log(d.beta/rest), -1.0 // of a class that p masks
	if own := float64(a[k]); !math.IsInf(own, -1) {
		shift, lack = difference(own, m[1][0])
		ratio := float64((shift-m[2][0]+(lack-m[3][0]))*d.perT) + logRatio
		lifted := float64(d.beta * exp(ratio))
		all := rest + lifted
		tilt, restTilt, tiltLog, near = lifted/all, rest/all, log(d.beta/all)+ratio, 0.25
	}
	m.Set(tiltLog, m[1][0], shift, lack, d.perT, near, restTilt, m[7][0], -rest*d.slope, tilt)
	s := relent.Pass(pass.Tilt, m, nil, a, b)
	mean := s[1] / s[0]
	m[10] = [2]float64{mean, mean}
	relent.Pass(pass.TiltSlopes, m, grad, a, b)
}

// ownSlopes sets grad to p·(log(p/q) - value)·slope.
func (d divergence[F]) ownSlopes(a, b, grad []F, value float64) {
	if value-value != 0 {
		fill(grad, math.NaN())
		return
	}
	var m pass.Numbers
	most := relent.Pass(pass.Largest, &m, nil, a, b)
	k := slices.Index(a, F(most[0]))
	shift, lack := difference(most[0], float64(b[k]))
	m.Set(most[0], most[1], shift, lack, d.perT)
	s := relent.Pass(pass.Apart, &m, nil, a, b)
	m.Set(most[0], most[1], shift, lack, d.perT, 0, 1/s[0], 0, d.slope, 0, s[1]/s[0])
	relent.Pass(pass.ApartSlopes, &m, grad, a, b)
}

// difference is x - y as a sum of two.
func difference[F relent.Float](x, y F) (rounded, rest F) {
	rounded = x - y
	taken := rounded - x
	return rounded, (x - (rounded - taken)) - (y + taken)
}

// once is the Kullback–Leibler divergence by rowKLOnce, and the gradient. It is not taken where the difference of its terms would have lost
// digits, which is where the rows differ by little more than a constant, nor where numbers left out could count.
func (d divergence[F]) once(a, b, grad []F) (value float64, ok bool) {
	var m pass.Numbers
	most := relent.Pass(pass.Largest, &m, nil, a, b)
	topA, topB := F(most[0]), F(most[1])
	shift, lack := difference(topA, topB)
	m.Set(float64(topA), float64(topB), float64(shift), float64(lack), d.perT)
	s := relent.Pass(pass.KLOnce, &m, nil, a, b)
	value, logRatio := finish(s)
	if value != value {
		return 0, false // as it is of NaN and infinities
	}
	if grad != nil {
		first, left := d.shifted(shift, lack, logRatio)
		m.Set(float64(topA), float64(topB), first, left, d.perT, 0, 1/s[0], 1/s[1], d.slope)
		relent.Pass(pass.KLOnceSlopes, &m, grad, a, b)
	}
	return value, true
}

// finish makes the divergence of sums.
//
//go:noinline
func finish(s pass.Sums) (value, logRatio float64) {
	var out [2]float64
	relent.Pass(pass.FinishKL, nil, out[:1], s[:1], s[1:2], s[2:3], s[3:4], out[1:])
	return out[0], out[1]
}

// shifted puts what is left of log(p/q) into the shift: small numbers keep their digits.
func (d divergence[F]) shifted(shift, lack F, logRatio float64) (first, left float64) {
	whole, rest := difference(float64(shift), logRatio/d.perT)
	first = float64(F(whole))
	return first, float64(lack) + (whole - first) + rest
}

func (d divergence[F]) takesBlocks() bool { return d.beta == 0 && !d.own }

func (d divergence[F]) block(s *side[F], from int, dst []float64, gradients bool) {
	s.pack(s.a, d.p, from)
	s.pack(s.b, d.q, from)
	relent.Pass(pass.Largest, &s.Block, nil, s.a, s.b)
	m := &s.Numbers
	for i := range s.Rows {
		topA, topB := s.Sums[0][i], s.Sums[1][i]
		shift, lack := difference(F(topA), F(topB))
		m[0][i], m[1][i], m[2][i], m[3][i] = topA, topB, float64(shift), float64(lack)
	}
	s.Set(4, d.perT)
	relent.Pass(pass.KLOnce, &s.Block, nil, s.a, s.b)
	n, logRatios := s.Rows, s.given[0][:s.Rows]
	relent.Pass(pass.FinishKL, nil, dst, s.Sums[0][:n], s.Sums[1][:n], s.Sums[2][:n], s.Sums[3][:n], logRatios)
	for i, value := range dst {
		if value != value {
			s.leave(i)
		}
	}
	if !gradients {
		return
	}
	for i := range n {
		m[2][i], m[3][i] = d.shifted(F(m[2][i]), F(m[3][i]), logRatios[i])
		m[6][i], m[7][i] = 1/s.Sums[0][i], 1/s.Sums[1][i]
	}
	s.Set(8, d.slope)
	relent.Pass(pass.KLOnceSlopes, &s.Block, s.grad, s.a, s.b)
}

func (divergence[F]) after(*side[F], relent.Matrix[F], int) {}

// logOfRatio is log(1+h), also by the ratio 1+h itself.
func logOfRatio(h, ratio float64) float64 {
	if math.Abs(h) <= 0.5 {
		return log1p(h)
	}
	return log(ratio)
}

// numbers are the kernels', unless a softmax is not there.
func (d divergence[F]) numbers(m *pass.Numbers, a, b []F) bool {
	most := relent.Pass(pass.Largest, m, nil, a, b)
	topA, topB := most[0], most[1]
	if topA-topA != 0 || topB-topB != 0 {
		return false
	}
	shift, lack := difference(topA, topB)
	m.Set(topA, topB, shift, lack, d.perT)
	s := relent.Pass(pass.Pair, m, nil, a, b)
	if s[0] != s[0] || s[1] != s[1] {
		return false
	}
	logRatio := logOfRatio(s[2]/s[0], s[1]/s[0])
	m.Set(topA, topB, shift, lack, d.perT, logRatio, 1/s[0], 1/s[1], d.slope, d.beta)
	return true
}
