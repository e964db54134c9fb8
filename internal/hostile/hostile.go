// Package hostile tries functions with arguments of all shapes, for tests: a function either works or panics, or returns an error, with
// words of its own. There is no run-time error, nothing is read or written outside, and where there is no result dst is as it was.
package hostile

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/relent-go/relent/internal/sizes"
	"github.com/relent-go/relent/internal/sources"
)

// A Call calls a function with arguments of the trial.
type Call func(t *Trial) error

// Run tries each of the calls so many times. There must be one, by the name of the function or as Type.Method, for every exported
// function and method with a parameter of the package in the folder, which has panics and errors begin with the prefix.
// Memory is what arguments are in: at its end.
func Run(t *testing.T, folder, prefix string, times int, memory [][]byte, calls map[string]Call) {
	names, err := sources.ExportedWithAny(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if calls[name] == nil {
			t.Errorf("%s is not tried", name)
		}
	}
	for name, call := range calls {
		if !slices.Contains(names, name) {
			t.Errorf("there is no %s", name)
		}
		trial, worked := &Trial{state: uint64(len(name)) << 32, memory: memory}, 0
		for _, c := range []byte(name) {
			trial.state = trial.next() + uint64(c)
		}
		for range times {
			switch ok, err := trial.try(prefix, call); {
			case err != nil:
				t.Fatalf("%s of %s: %v", name, strings.Join(trial.args, ", "), err)
			case ok:
				worked++
			}
		}
		if worked == 0 {
			t.Errorf("%s never works", name)
		}
	}
}

// A Trial makes the arguments of a call: most of them of its size, some of none, of negative and of wrapping sizes.
type Trial struct {
	Rows, Cols int

	state  uint64 // of splitmix64
	memory [][]byte
	used   int           // of memory
	kept   []func() bool // whether each dst is as it was
	args   []string
}

// try tells whether the call returns without an error, and, by an error of its own, what must not be.
func (t *Trial) try(prefix string, call Call) (worked bool, err error) {
	t.Rows, t.Cols = t.Below(6), t.Below(5)
	t.used, t.kept, t.args = 0, nil, nil
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch message := recover().(type) {
		case nil:
		case string:
			err = t.refused(prefix, message)
		default:
			err = fmt.Errorf("panic %T %v\n%s", message, message, debug.Stack())
		}
	}()
	if err := call(t); err != nil && !errors.Is(err, context.Canceled) {
		return false, t.refused(prefix, err.Error())
	}
	return true, nil
}

// refused is an error of what a function that does not work must not do.
func (t *Trial) refused(prefix, message string) error {
	if !strings.HasPrefix(message, prefix) {
		return fmt.Errorf("it says %q", message)
	}
	for _, same := range t.kept {
		if !same() {
			return fmt.Errorf("it says %q after it has written to dst", message)
		}
	}
	return nil
}

func (t *Trial) next() uint64 {
	t.state += 0x9E3779B97F4A7C15
	z := t.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Below is from 0 to below n.
func (t *Trial) Below(n int) int { return int(t.next() >> 1 % uint64(n)) }

// Size is n, or seldom another number: one more or less, negative, or so large that memory cannot be, or that its products wrap.
func (t *Trial) Size(n int) int {
	switch t.Below(24) {
	case 0:
		return n + 1
	case 1:
		return max(0, n-1)
	case 2:
		odd := []int{math.MaxInt, math.MinInt, -1, -3, math.MaxInt/2 + 1, math.MaxInt/2 + 2, math.MaxInt - 1}
		if bits.UintSize == 32 {
			odd = append(odd, 1<<16, 1<<16+1, 46341)
		} else {
			odd = append(odd, math.MaxInt/4+1, 1<<(bits.UintSize-14), 1<<(bits.UintSize-14)+1)
		}
		return odd[t.Below(len(odd))]
	}
	return n
}

// Note is x, which a failure tells of.
func Note[T any](t *Trial, x T) T {
	text := fmt.Sprintf("%+v", x)
	t.args = append(t.args, text[:min(len(text), 120)])
	return x
}

// Number is a size of a few.
func (t *Trial) Number() int { return Note(t, t.Size(t.Below(4))) }

// Workers are few: what many take is for other tests.
func (t *Trial) Workers() int { return Note(t, t.Below(5)-1) }

// Context is done already, now and then.
func (t *Trial) Context() context.Context {
	if t.Below(8) > 0 {
		return context.Background()
	}
	done, end := context.WithCancel(context.Background())
	end()
	return done
}

// Float is a number of any kind.
func Float[F float](t *Trial) F {
	switch t.Below(12) {
	case 0:
		return F(math.NaN())
	case 1:
		return F(math.Inf(1))
	case 2:
		return 0
	}
	return F(1+t.Below(1000)) / 1024
}

// Extreme is a number of any kind, or one at an end of what there is: negative, subnormal, or the largest.
func Extreme[F float](t *Trial) F {
	least, largest := F(math.SmallestNonzeroFloat32), F(math.MaxFloat32)
	if unsafe.Sizeof(least) == 8 {
		least, largest = F(math.Float64frombits(1)), F(math.Float64frombits(math.Float64bits(math.Inf(1))-1))
	}
	ends := []F{F(math.Inf(-1)), -1, F(math.Copysign(0, -1)), -largest, largest, largest / 2, 1 << 53, 1 / largest, least}
	if t.Below(2) == 0 {
		return Note(t, ends[t.Below(len(ends))])
	}
	return Note(t, Float[F](t))
}

type float interface{ ~float32 | ~float64 }

// Slice is n elements that end where memory does.
func Slice[E any](t *Trial, n int, value func() E) []E {
	var e E
	memory := t.memory[t.used]
	t.used++
	x := unsafe.Slice((*E)(unsafe.Pointer(&memory[len(memory)-max(1, n)*int(unsafe.Sizeof(e))])), n)
	for i := range x {
		x[i] = value()
	}
	return x
}

// few is a size of a slice that there can be.
func (t *Trial) few(n int) int {
	if n = t.Size(n); n < 0 || n > 100 {
		return 100
	}
	return n
}

// Vector has about n elements, or is nil.
func Vector[F float](t *Trial, n int) []F {
	if t.Below(24) == 0 {
		return Note(t, []F(nil))
	}
	return Note(t, Slice(t, t.few(n), func() F { return Float[F](t) }))
}

// Dst is for about n results, or nil.
func Dst[E comparable](t *Trial, n int) []E {
	if t.Below(6) == 0 {
		return Note(t, []E(nil))
	}
	return Note(t, keep(t, Slice(t, t.few(n), zero[E])))
}

func zero[E any]() (e E) { return e }

// keep notes that x, all zeros, must stay so.
func keep[E comparable](t *Trial, x []E) []E {
	t.kept = append(t.kept, func() bool {
		return !slices.ContainsFunc(x, func(e E) bool { return e != zero[E]() })
	})
	return x
}

// Matrix has about so many rows and columns. The data may be too few, or the stride.
func Matrix[F float](t *Trial, rows, cols int) sizes.Matrix[F] {
	return Note(t, matrix(t, rows, cols, func() F { return Float[F](t) }))
}

// DstMatrix is for about so many rows and columns of results, or the zero Matrix.
func DstMatrix[F float](t *Trial, rows, cols int) sizes.Matrix[F] {
	if t.Below(6) == 0 {
		return Note(t, sizes.Matrix[F]{})
	}
	m := matrix(t, rows, cols, zero[F])
	keep(t, m.Data)
	return Note(t, m)
}

func matrix[F float](t *Trial, rows, cols int, value func() F) sizes.Matrix[F] {
	m := sizes.Matrix[F]{Rows: t.Size(rows), Cols: t.Size(cols)}
	m.Stride = m.Cols
	if t.Below(3) == 0 {
		m.Stride = t.Size(m.Cols + t.Below(3))
	}
	n := 0
	if m.Rows > 0 && m.Rows < 100 && m.Cols > 0 && m.Cols < 100 && m.Stride >= 0 && m.Stride < 100 {
		n = (m.Rows-1)*m.Stride + m.Cols
	}
	switch t.Below(20) {
	case 0:
		n = max(0, n-1)
	case 1:
		n += t.Below(5)
	case 2:
		n = 4
	}
	if n > 0 {
		m.Data = Slice(t, n, value)
	}
	return m
}
