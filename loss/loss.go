// Package loss computes losses of rows of logits, and their gradients, with the kernels of package relent: Kullback–Leibler and
// Jensen–Shannon divergences of softmaxes, cross-entropies, and others.
//
// Each loss is a struct of options, whose zero value is usable unless it says otherwise. Value computes a loss for each row, and ValueGrad
// the gradient of each row's loss with respect to its logits as well, times Scale: 1/N for that of a mean over N rows. dst has a loss a row,
// and grad, which may be the logits themselves, the gradients; nil, or the zero Matrix, are allocated, and nothing else is. Logits of masked
// classes are -Inf. Logarithms of probabilities are logits, too. A row whose logits are all masked, or have a +Inf or NaN, gives NaN.
//
// Losses are in nats, have the same bits on every CPU and for any [relent.Run], and never go through rounded probabilities: divergences are
// not negative, 0 for logits that differ by a constant exactly, and accurate to a relative 2⁻⁴⁴ (float32: 2⁻¹⁸) for logits that are apart by
// 1e-6 to 1e3. Gradients are as accurate relative to the row's largest. A confident right answer keeps its digits. Sums over rows are exact,
// and rounded once.
//
//	PyTorch                                    here
//	kl_div(log_softmax(b/T), log_softmax(a/T), log_target=True, reduction="batchmean")
//	                                           KullbackLeibler{Temperature: T}: Mean; times T² is the caller's
//	cross_entropy(b, class, weight, ignore_index, label_smoothing)
//	                                           CrossEntropy{Weights, Ignore, Smoothing}; z-loss: Z
//	cross_entropy(b, probabilities)            SoftCrossEntropy; optax.softmax_cross_entropy
//	binary_cross_entropy_with_logits(pos_weight)
//	                                           Binary{PositiveWeight}; optax.sigmoid_binary_cross_entropy
//	torchvision.ops.sigmoid_focal_loss         Focal{Alpha, Gamma}
//	-0.5 * sum(1 + ρ - m² - exp(ρ))            StandardNormal
//	TRL's and Liger's generalized_jsd_loss     JensenShannon{Beta}; KullbackLeibler{Reverse: true}
package loss

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/internal/sizes"
)

const here = sizes.Package("loss")

// Losses are those of rows. A row that is ignored has the loss 0.
type Losses struct {
	Rows  []float64
	Sum   float64 // of all rows
	Mean  float64 // of rows that count, as PyTorch has it: the sum over Weight; 0 if none counts
	Count int     // of rows that count
	// Weight is Count, or the sum of the weights of their classes.
	Weight float64
}

// A row computes the loss of row i and, where a gradient is wanted, that.
type row[F relent.Float] interface {
	row(i int, grad []F) float64
	// block computes those of a block of short rows from one on, side by side, and the gradient in place of the block's grad, but for rows
	// that are Alone; or it does not, as takesBlocks tells for losses with gradients or alone.
	block(s *side[F], from int, dst []float64, gradients bool)
	// after is done to the gradients of a block, when they are in their rows.
	after(s *side[F], grad relent.Matrix[F], from int)
	takesBlocks(gradients bool) bool
}

// job is all rows.
type job[F relent.Float, R row[F]] struct {
	each      R
	dst       []float64
	gradients bool
	grad      relent.Matrix[F]
	cols      int
	perTile   int
}

// tileElements are about those of a tile.
const tileElements = 1 << 14

// Size is that of the job.
func (j job[F, R]) Size() (tiles, results int) {
	return (len(j.dst) + j.perTile - 1) / j.perTile, len(j.dst)
}

// Tile computes some rows.
func (j job[F, R]) Tile(by *parallel.Worker, t int) error {
	from, to := t*j.perTile, min((t+1)*j.perTile, len(j.dst))
	if areSide(to-from, j.cols) && j.each.takesBlocks(j.gradients) {
		j.blocks(from, to)
	} else {
		for i := from; i < to; i++ {
			j.alone(i)
		}
	}
	by.Done(to - from)
	return nil
}

// alone computes a row.
func (j job[F, R]) alone(i int) {
	var grad []F
	if j.gradients {
		grad = j.grad.Row(i)
	}
	j.dst[i] = j.each.row(i, grad)
}

// gradient is a job of losses and gradients.
func gradient[F relent.Float, R row[F]](each R, dst []float64, grad *relent.Matrix[F], cols int, run relent.Run) (Losses, relent.Matrix[F], error) {
	total, err := compute(each, dst, grad, cols, run)
	return total, *grad, err
}

// compute runs a job, of gradients too unless grad is nil, and adds up.
func compute[F relent.Float, R row[F]](each R, dst []float64, grad *relent.Matrix[F], cols int, run relent.Run) (Losses, error) {
	if err := rows(each, dst, grad, cols, run); err != nil {
		return Losses{}, err
	}
	return total(dst, len(dst), float64(len(dst))), nil
}

// rows runs a job.
func rows[F relent.Float, R row[F]](each R, dst []float64, grad *relent.Matrix[F], cols int, run relent.Run) error {
	j := job[F, R]{each: each, dst: dst, gradients: grad != nil, cols: cols, perTile: max(1, tileElements/max(1, cols))}
	if grad != nil {
		j.grad = *grad
	}
	return parallel.Do(parallel.Run{Workers: run.Workers, Context: run.Context, Progress: run.Progress}, j)
}

func total(dst []float64, count int, weight float64) Losses {
	var sum exact.Sum
	for _, x := range dst {
		sum.Add(x)
	}
	l := Losses{Rows: dst, Sum: sum.Take(), Count: count, Weight: weight}
	if weight != 0 {
		l.Mean = l.Sum / weight
	}
	return l
}

// check has the shapes of a call: x and y, of the same size, results, and gradients if they are wanted.
func check[F relent.Float](name string, dst []float64, grad *relent.Matrix[F], xName string, x relent.Matrix[F], yName string, y relent.Matrix[F]) []float64 {
	sizes.Matrix[F](x).Check(here, name, xName)
	sizes.Matrix[F](y).Check(here, name, yName)
	if x.Rows != y.Rows || x.Cols != y.Cols {
		here.Panic(name, "%s is %d×%d and %s %d×%d", xName, x.Rows, x.Cols, yName, y.Rows, y.Cols)
	}
	return checkResults(name, dst, grad, y)
}

func checkResults[F relent.Float](name string, dst []float64, grad *relent.Matrix[F], logits relent.Matrix[F]) []float64 {
	if grad == nil {
		return sizes.Slice(here, name, "dst", dst, logits.Rows)
	}
	if dst != nil { // before anything is allocated or written
		sizes.Slice(here, name, "dst", dst, logits.Rows)
	}
	*grad = relent.Matrix[F](sizes.Matrix[F](*grad).Sized(here, name, "grad", logits.Rows, logits.Cols))
	return sizes.Slice(here, name, "dst", dst, logits.Rows)
}

// Zero and ClassZero are for options whose zero value stands for something else: a weight that is 0, and the class 0.
const (
	Zero      = math.SmallestNonzeroFloat64
	ClassZero = math.MinInt
)

// orOne is an option whose zero value is 1.
func orOne(x float64) float64 {
	if x == 0 {
		return 1
	}
	return x
}

// positive is an option that has to be positive and finite, or 0 for 1.
func positive(name, what string, x float64) float64 {
	x = orOne(x)
	if !(x > 0) || math.IsInf(x, 1) {
		here.Panic(name, "%s is %v", what, x)
	}
	return x
}

// temperature is an option that logits are divided by: one without a finite inverse is refused as well.
func temperature(name string, x float64) float64 {
	t := positive(name, "Temperature", x)
	if math.IsInf(1/t, 1) {
		here.Panic(name, "Temperature is %v, whose inverse is infinite", t)
	}
	return t
}

// Functions of one number have their arrays on the stack, unless they are inlined into generic ones.
//
//go:noinline
func log1p(x float64) float64 {
	v := [1]float64{x}
	relent.Log1p(v[:], v[:])
	return v[0]
}

//go:noinline
func exp(x float64) float64 {
	v := [1]float64{x}
	relent.Exp(v[:], v[:])
	return v[0]
}

//go:noinline
func log(x float64) float64 {
	v := [1]float64{x}
	relent.Log(v[:], v[:])
	return v[0]
}

func fill[F relent.Float](dst []F, x float64) {
	for i := range dst {
		dst[i] = F(x)
	}
}

// sumOf is the sum of exponentials of a row over a temperature.
type sumOf struct{ most, top, rest float64 }

// exists tells whether there is a softmax.
func (s sumOf) exists() bool { return s.most-s.most == 0 && s.rest == s.rest }

func (s sumOf) total() float64     { return s.top + s.rest }
func (s sumOf) excess() float64    { return s.top - 1 + s.rest }
func (s sumOf) logExcess() float64 { return log1p(s.excess()) }

func sum[F relent.Float](k pass.Kernel, out, x []F, perT float64) sumOf {
	var m pass.Numbers
	m.Set(perT)
	s := relent.Pass(k, &m, out, x)
	return sumOf{s[0], s[1], s[2]}
}
