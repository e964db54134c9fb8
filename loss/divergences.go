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
	nothingAfter[F]
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
	own := float64(a[slices.Index(b, F(m[1][0]))])
	c := d.class(own, m[1][0], m[2][0], m[3][0], m[5][0])
	lifted := float64(d.beta * exp(c.logRatio))
	all := 1 - d.beta + lifted
	first, left := d.tilt(m[2][0], m[3][0], m[5][0]+log(d.beta/all))
	m.Set(first, m[1][0], c.shift, c.lack, d.perT, left, (1-d.beta)/all, m[7][0], -(1-d.beta)*d.slope, lifted/all)
	s := relent.Pass(pass.Tilt, m, nil, a, b)
	mean := s[1] / s[0]
	m[10] = [2]float64{mean, mean}
	relent.Pass(pass.TiltSlopes, m, grad, a, b)
}

// classOf is a class that q has most of: the shift of its logits, and log(p/q); NaN and -Inf where p masks it.
type classOf struct{ shift, lack, logRatio float64 }

// class is that with an own logit a, given the shift between the rows' largest, and log(p/q) of that.
func (d divergence[F]) class(own, topB, shift, lack, logRatio float64) classOf {
	if math.IsInf(own, -1) {
		return classOf{math.NaN(), math.NaN(), own}
	}
	s, rest := difference(own, topB)
	return classOf{s, rest, float64((s-shift+(rest-lack))*d.perT) + logRatio}
}

// tilt is the shift that leaves log(βp/m) of a class, given that between the rows' largest, and what is to be added.
func (d divergence[F]) tilt(shift, lack, plus float64) (first, left float64) {
	first, left = difference(shift, plus/d.perT)
	return first, lack + left
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
// digits, which is where the rows differ by little more than a constant, nor where numbers left out could count, nor of infinities.
func (d divergence[F]) once(a, b, grad []F) (value float64, ok bool) {
	var m pass.Numbers
	most := relent.Pass(pass.Largest, &m, nil, a, b)
	if d.areFar(a, b) {
		if value, ok := d.far(most, a, b, grad); ok {
			return value, true
		}
	}
	sums, terms, end := pass.KLOnce, pass.KLOnceTerms, pass.FinishKL
	if len(a) < pass.Lanes {
		sums, terms, end = pass.FewKL, pass.FewKLTerms, pass.FinishFewKL
		m.Set(most[0], most[1], d.perT)
	} else {
		d.shifted(&m, most)
	}
	if grad == nil {
		f := finish(end, relent.Pass(sums, &m, nil, a, b))
		return f.value, f.value-f.value == 0
	}
	s := takeSide[F]() // for grad may be one of the rows, which are needed again
	defer sidesOf[F]().Put(s)
	e, less := s.room(len(a))
	f := finish(end, relent.Pass(terms, &m, e, a, less, b))
	if f.value-f.value != 0 {
		return 0, false
	}
	m.Set(f.share, f.perSum, d.slope)
	relent.Pass(pass.KLOnceSlopes, &m, grad, e, less)
	return f.value, true
}

// shifted sets the numbers of rows with these largest elements.
func (d divergence[F]) shifted(m *pass.Numbers, most pass.Sums) {
	shift, lack := difference(F(most[0]), F(most[1]))
	m.Set(most[0], most[1], float64(shift), float64(lack), d.perT)
}

// areFar guesses from some of many classes whether the divergence is of a size that rowKLFar is right for.
func (d divergence[F]) areFar(a, b []F) bool {
	const least, some, apart = 256, 8, 3
	if len(a) < least {
		return false
	}
	low, high := math.Inf(1), math.Inf(-1)
	for i := len(a) / (2 * some); i < len(a); i += len(a) / some {
		if gap := float64(a[i]) - float64(b[i]); gap-gap == 0 {
			low, high = min(low, gap), max(high, gap)
		}
	}
	return float64((high-low)*d.perT) >= apart
}

// far is the Kullback–Leibler divergence by rowKLFar, and the gradient. It is not taken where more than four of the bits that elements have
// would be lost: the logarithms of e, of e/f and of Σf/Σe have errors of their size.
func (d divergence[F]) far(most pass.Sums, a, b, grad []F) (float64, bool) {
	var m pass.Numbers
	if grad == nil {
		m.Set(most[0], most[1], d.perT)
		s := relent.Pass(pass.KLFar, &m, nil, a, b)
		return farOf(s[0], s[1], s[2], s[3])
	}
	d.shifted(&m, most)
	s := takeSide[F]() // for grad may be one of the rows, which are needed again
	defer sidesOf[F]().Put(s)
	e, less := s.room(len(a))
	sums := relent.Pass(pass.KLFarTerms, &m, e, a, less, b)
	value, ok := farOf(sums[0], sums[1], sums[3], sums[4])
	if ok {
		m.Set(sums[2]/sums[0], 1/sums[1], d.slope)
		relent.Pass(pass.KLOnceSlopes, &m, grad, e, less)
	}
	return value, ok
}

// farOf is the divergence of the sums that rowKLFar has, and whether it is to be taken: one that is very large may be of a class that is masked.
func farOf(a, b, own, cross float64) (value float64, ok bool) {
	const fourBits, most = 1 << 4, 0x1p60
	value = cross/a + log(b/a)
	size := float64(2*math.Abs(own/a)) + math.Abs(cross/a) + float64(2*(b/a)) + 1
	return value, value >= size/fourBits && value < most
}

// finished is what is made of a row's sums: the divergence, Σ(f-e)/Σe and 1/Σf.
type finished struct{ value, share, perSum float64 }

//go:noinline
func finish(k pass.Kernel, s pass.Sums) finished {
	var out [3]float64
	relent.Pass(k, nil, out[:1], s[:1], s[1:2], s[2:3], s[3:4], out[1:2], out[2:])
	return finished{out[0], out[1], out[2]}
}

func (divergence[F]) takesBlocks(bool) bool { return true }

func (d divergence[F]) block(s *side[F], from int, dst []float64, gradients bool) {
	s.pack(s.a, d.p, from)
	s.pack(s.b, d.q, from)
	relent.Pass(pass.Largest, &s.Block, nil, s.a, s.b)
	if d.beta != 0 {
		d.jensenShannonBlock(s, from, dst, gradients)
		return
	}
	m, n := &s.Numbers, s.Rows
	m[0], m[1] = s.Sums[0], s.Sums[1]
	s.given[0] = m[0]
	s.Set(2, d.perT)
	others := gradients && !d.own
	if others {
		relent.Pass(pass.FewKLTerms, &s.Block, s.kept, s.a, s.grad, s.b)
	} else {
		relent.Pass(pass.FewKL, &s.Block, nil, s.a, s.b)
	}
	relent.Pass(pass.FinishFewKL, nil, dst, s.Sums[0][:n], s.Sums[1][:n], s.Sums[2][:n], s.Sums[3][:n], m[0][:n], m[1][:n])
	s.leaveNaN(dst)
	switch {
	case others:
		s.Set(2, d.slope)
		relent.Pass(pass.KLOnceSlopes, &s.Block, s.a, s.kept, s.grad)
		s.a, s.grad = s.grad, s.a
	case gradients:
		d.ownSlopesBlock(s, from, dst)
	}
}

// ownSlopesBlock is ownSlopes of rows whose largest a are given.
func (d divergence[F]) ownSlopesBlock(s *side[F], from int, values []float64) {
	m := &s.Numbers
	m[0] = s.given[0]
	for i, value := range values {
		if value-value != 0 {
			s.leave(i)
			continue
		}
		k := slices.Index(d.p.Row(from+i), F(m[0][i]))
		m[2][i], m[3][i] = difference(m[0][i], float64(d.q.Row(from + i)[k]))
	}
	s.Set(4, d.perT)
	s.Set(8, d.slope)
	relent.Pass(pass.Apart, &s.Block, nil, s.a, s.b)
	for i := range values {
		m[6][i], m[10][i] = 1/s.Sums[0][i], s.Sums[1][i]/s.Sums[0][i]
	}
	relent.Pass(pass.ApartSlopes, &s.Block, s.grad, s.a, s.b)
}

// jensenShannonBlock is jensenShannon of rows whose largest are known.
func (d divergence[F]) jensenShannonBlock(s *side[F], from int, dst []float64, gradients bool) {
	m, n := &s.Numbers, s.Rows
	for i := range n {
		topA, topB := s.Sums[0][i], s.Sums[1][i]
		if topA-topA != 0 || topB-topB != 0 {
			s.leave(i)
		}
		m[0][i], m[1][i] = topA, topB
		m[2][i], m[3][i] = difference(topA, topB)
	}
	s.Set(4, d.perT)
	relent.Pass(pass.Pair, &s.Block, nil, s.a, s.b)
	near, far := s.given[0][:n], s.given[1][:n]
	for i := range n {
		a, b, gap := s.Sums[0][i], s.Sums[1][i], s.Sums[2][i]
		m[5][i], far[i] = gap/a, b/a
		near[i] = max(-0.5, min(0.5, m[5][i]))
		m[6][i], m[7][i] = 1/a, 1/b
	}
	relent.Log1p(near, near)
	relent.Log(far, far)
	for i, h := range m[5][:n] {
		if m[5][i] = near[i]; !(math.Abs(h) <= 0.5) {
			m[5][i] = far[i]
		}
	}
	s.Set(9, d.beta)
	relent.Pass(pass.JS, &s.Block, nil, s.a, s.b)
	s.values(dst)
	if gradients {
		d.tiltSlopesBlock(s, from)
	}
}

// tiltSlopesBlock is tiltSlopes of rows whose numbers are those of jensenShannon.
func (d divergence[F]) tiltSlopesBlock(s *side[F], from int) {
	m, n, rest := &s.Numbers, s.Rows, 1-d.beta
	logRatios, lifted := s.given[0][:n], s.given[1][:n]
	copy(logRatios, m[5][:n])
	for i := range n {
		if s.Some && s.Alone[i] {
			continue
		}
		own := d.p.Row(from + i)[slices.Index(d.q.Row(from+i), F(m[1][i]))]
		c := d.class(float64(own), m[1][i], m[2][i], m[3][i], logRatios[i])
		m[0][i], m[5][i] = m[2][i], m[3][i]
		m[2][i], m[3][i], lifted[i] = c.shift, c.lack, c.logRatio
	}
	relent.Exp(lifted, lifted)
	logs := s.given[2][:n]
	for i := range n {
		above := float64(d.beta * lifted[i])
		all := rest + above
		m[6][i], m[9][i], logs[i] = rest/all, above/all, d.beta/all
	}
	relent.Log(logs, logs)
	for i := range n {
		m[0][i], m[5][i] = d.tilt(m[0][i], m[5][i], logRatios[i]+logs[i])
	}
	s.Set(8, -rest*d.slope)
	relent.Pass(pass.Tilt, &s.Block, nil, s.a, s.b)
	for i := range n {
		m[10][i] = s.Sums[1][i] / s.Sums[0][i]
	}
	relent.Pass(pass.TiltSlopes, &s.Block, s.grad, s.a, s.b)
}

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
