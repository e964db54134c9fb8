package loss

import (
	"os"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/hostile"
)

// Every function with a parameter either works or refuses, see package hostile.
func TestHostileShapes(t *testing.T) {
	memory := make([][]byte, 16)
	for i := range memory {
		memory[i] = make([]byte, 1<<16)
	}
	times := 300
	if os.Getenv("RELENT_DEEP") == "1" {
		times = 2000
	}
	t.Run("f64", func(t *testing.T) { hostile.Run(t, ".", "loss: ", times, memory, hostileCalls[float64]()) })
	t.Run("f32", func(t *testing.T) { hostile.Run(t, ".", "loss: ", times, memory, hostileCalls[float32]()) })
}

// arguments are those of a trial, for elements of a type.
type arguments[F float32 | float64] struct{ *hostile.Trial }

func (h arguments[F]) vector() []F        { return hostile.Vector[F](h.Trial, h.Cols) }
func (h arguments[F]) results() []float64 { return hostile.Dst[float64](h.Trial, h.Rows) }
func (h arguments[F]) logits() relent.Matrix[F] {
	return relent.Matrix[F](hostile.Matrix[F](h.Trial, h.Rows, h.Cols))
}
func (h arguments[F]) grad() relent.Matrix[F] {
	return relent.Matrix[F](hostile.DstMatrix[F](h.Trial, h.Rows, h.Cols))
}
func (h arguments[F]) classes(n int) []int {
	return hostile.Slice(h.Trial, n, func() int { return h.Below(6) - 1 })
}
func (h arguments[F]) run() relent.Run {
	return relent.Run{Workers: h.Workers(), Context: h.Context()}
}

func hostileCalls[F float32 | float64]() map[string]hostile.Call {
	calls := map[string]hostile.Call{}
	of := func(name string, call func(h arguments[F]) error) {
		calls[name] = func(t *hostile.Trial) error { return call(arguments[F]{t}) }
	}
	of("StandardNormalKullbackLeibler", func(h arguments[F]) error {
		StandardNormalKullbackLeibler(h.vector(), h.vector())
		return nil
	})
	of("DiagonalNormalKullbackLeibler", func(h arguments[F]) error {
		DiagonalNormalKullbackLeibler(h.vector(), h.vector(), h.vector(), h.vector())
		return nil
	})
	of("CrossEntropy.Value", func(h arguments[F]) error {
		_, err := CrossEntropy[F]{Smoothing: .1}.Value(h.results(), h.logits(), h.classes(h.Rows), h.run())
		return err
	})
	of("CrossEntropy.ValueGrad", func(h arguments[F]) error {
		_, _, err := CrossEntropy[F]{Weights: h.vector()}.ValueGrad(h.results(), h.grad(), h.logits(), h.classes(h.Rows), h.run())
		return err
	})
	of("StandardNormal.Value", func(h arguments[F]) error {
		_, err := StandardNormal[F]{}.Value(h.results(), h.logits(), h.logits(), h.run())
		return err
	})
	of("StandardNormal.ValueGrad", func(h arguments[F]) error {
		_, _, _, err := StandardNormal[F]{}.ValueGrad(h.results(), h.grad(), h.grad(), h.logits(), h.logits(), h.run())
		return err
	})
	of("TopK.Value", func(h arguments[F]) error {
		_, err := TopK[F]{}.Value(h.results(), h.classes(h.Rows*h.Below(3)), h.logits(), h.logits(), h.run())
		return err
	})
	of("TopK.ValueGrad", func(h arguments[F]) error {
		_, _, err := TopK[F]{}.ValueGrad(h.results(), h.grad(), h.classes(h.Rows*h.Below(3)), h.logits(), h.logits(), h.run())
		return err
	})
	type ofMatrices interface {
		Value(dst []float64, x, y relent.Matrix[F], run relent.Run) (Losses, error)
		ValueGrad(dst []float64, grad, x, y relent.Matrix[F], run relent.Run) (Losses, relent.Matrix[F], error)
	}
	for name, l := range map[string]ofMatrices{
		"Binary": Binary[F]{}, "Focal": Focal[F]{}, "SoftCrossEntropy": SoftCrossEntropy[F]{},
		"KullbackLeibler": KullbackLeibler[F]{}, "JensenShannon": JensenShannon[F]{},
	} {
		of(name+".Value", func(h arguments[F]) error {
			_, err := l.Value(h.results(), h.logits(), h.logits(), h.run())
			return err
		})
		of(name+".ValueGrad", func(h arguments[F]) error {
			_, _, err := l.ValueGrad(h.results(), h.grad(), h.logits(), h.logits(), h.run())
			return err
		})
	}
	of("KullbackLeibler.TeacherGrad", func(h arguments[F]) error {
		_, _, err := KullbackLeibler[F]{}.TeacherGrad(h.results(), h.grad(), h.logits(), h.logits(), h.run())
		return err
	})
	of("JensenShannon.TeacherGrad", func(h arguments[F]) error {
		_, _, err := JensenShannon[F]{}.TeacherGrad(h.results(), h.grad(), h.logits(), h.logits(), h.run())
		return err
	})
	return calls
}
