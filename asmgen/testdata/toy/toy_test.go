package relent

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// outputsEntry is a row of the generated list.
type outputsEntry struct {
	name                   string
	elements, args         int
	computeF64, genericF64 func(out, in [][]float64) []float64
	computeF32, genericF32 func(out, in [][]float32) []float64
}

// The lists of other kinds of kernel are empty.
type (
	kernelEntry struct{}
	halfEntry   struct{}
	jointEntry  struct{}
	scaledEntry struct{}
	mapEntry    struct{}
)

func lengths() (list []int) {
	for n := range 135 {
		list = append(list, n)
	}
	return append(list, chunk-1, chunk, chunk+1, 2*chunk+37)
}

// Every instruction set has to be there that RELENT_REQUIRE names.
func eachISA(t *testing.T, f func(t *testing.T)) {
	var names []string
	for _, l := range available() {
		names = append(names, l.String())
		t.Run(l.String(), func(t *testing.T) {
			before := isa
			defer func() { isa = before }()
			isa = l
			f(t)
			if isa != l { // a kernel wrote there
				t.Errorf("after the test the instruction set is %v", isa)
			}
		})
	}
	for _, name := range strings.Split(os.Getenv("RELENT_REQUIRE"), ",") {
		if name != "" && !strings.Contains(strings.Join(names, " "), name) {
			t.Errorf("%s is not there: %v", name, names)
		}
	}
}

// wall is a multiple of every page size.
const wall = 64 << 10

// guarded is memory between pages without access; an emulated amd64 faults falsely.
func guarded(t *testing.T) []byte {
	all, err := syscall.Mmap(-1, 0, 4*wall, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	begin := wall - int(uintptr(unsafe.Pointer(&all[0]))%wall)
	if os.Getenv("RELENT_EMULATED") != "1" || runtime.GOARCH != "amd64" {
		for _, outside := range [][]byte{all[:begin], all[begin+wall:]} {
			if err := syscall.Mprotect(outside, syscall.PROT_NONE); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all[begin : begin+wall : begin+wall]
}

func within[F Float](memory []byte, n int, atEnd bool) []F {
	all := unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(memory))), len(memory)/int(unsafe.Sizeof(F(0))))
	for i := range all {
		all[i] = -77
	}
	if atEnd {
		return all[len(all)-n:]
	}
	return all[:n:n]
}

// untouched tells that nothing around x was written.
func untouched[F Float](memory []byte, n int, atEnd bool) bool {
	all := unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(memory))), len(memory)/int(unsafe.Sizeof(F(0))))
	rest := all[n:]
	if atEnd {
		rest = all[:len(all)-n]
	}
	for _, x := range rest {
		if x != -77 {
			return false
		}
	}
	return true
}

// Sums and elements of integers are exact: all of them are right, at every length, and nothing outside the slices is read or written.
func TestLoss(t *testing.T) {
	var memory [3][]byte
	for i := range memory {
		memory[i] = guarded(t)
	}
	eachISA(t, func(t *testing.T) {
		t.Run("f64", func(t *testing.T) { loss[float64](t, memory) })
		t.Run("f32", func(t *testing.T) { loss[float32](t, memory) })
	})
}

func loss[F Float](t *testing.T, memory [3][]byte) {
	for _, n := range lengths() {
		for _, atEnd := range []bool{false, true} {
			gradient, p, q := within[F](memory[0], n, atEnd), within[F](memory[1], n, atEnd), within[F](memory[2], n, atEnd)
			want, slopes := 0.0, make([]F, n)
			for i := range p {
				p[i], q[i] = F(i%91), F(i%17*3)
				d := float64(p[i] - q[i])
				want, slopes[i] = want+d*d, F(2*d)
			}
			if got := Loss(gradient, p, q); got != want {
				t.Errorf("%d elements: %v, not %v", n, got, want)
			}
			equal(t, fmt.Sprint("gradient of ", n), gradient, slopes)
			if !untouched[F](memory[0], n, atEnd) {
				t.Errorf("%d elements: wrote outside", n)
			}
			if got := Loss(p, p, q); got != want { // in place
				t.Errorf("%d elements in place: %v, not %v", n, got, want)
			}
			equal(t, fmt.Sprint("gradient in place of ", n), p, slopes)
		}
	}
}

func equal[F Float](t *testing.T, what string, got, want []F) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: element %d is %v, not %v", what, i, got[i], want[i])
			return
		}
	}
}

// Several sums and several elements of three inputs keep apart; so do elements without a sum.
func TestSeveralOutputs(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", several[float64])
		t.Run("f32", several[float32])
	})
}

func several[F Float](t *testing.T) {
	for _, n := range lengths() {
		var in, want [3][]F
		for i := range in {
			in[i], want[i] = make([]F, n), make([]F, n)
		}
		var a, bc float64
		for i := range n {
			in[0][i], in[1][i], in[2][i] = F(i%7), F(i%13-6), F(i%5)
			a, bc = a+float64(in[0][i]), bc+float64(in[1][i]*in[2][i])
			want[0][i], want[1][i] = in[0][i]*in[1][i], in[0][i]+in[2][i]
		}
		first, second := make([]F, n), make([]F, n)
		var sums toyManySums
		toyMany(&sums, first, second, in[0], in[1], in[2])
		if sums != (toyManySums{a, bc}) {
			t.Errorf("%d elements: %v, not %v and %v", n, sums, a, bc)
		}
		equal(t, fmt.Sprint("first of ", n), first, want[0])
		equal(t, fmt.Sprint("second of ", n), second, want[1])
		clear(first)
		clear(second)
		toyPair(first, second, in[0], in[1], in[2])
		equal(t, fmt.Sprint("first alone of ", n), first, want[0])
		equal(t, fmt.Sprint("second alone of ", n), second, want[1])
	}
}

// A NaN has the same bits on every instruction set, and the list for the tests has every kernel.
func TestListAgrees(t *testing.T) {
	if len(outputsList) != 4 || len(kernelList)+len(jointList)+len(scaledList)+len(mapList) != 0 {
		t.Fatal("not the kernels of the test")
	}
	eachISA(t, func(t *testing.T) {
		for _, k := range outputsList {
			for _, n := range lengths()[:90] {
				in := make([][]float64, k.args)
				got, want := make([][]float64, k.elements), make([][]float64, k.elements)
				for i := range in {
					in[i] = make([]float64, n)
					for j := range in[i] {
						in[i][j] = float64(1+j) / float64(2+i)
					}
				}
				if n > 3 && n%2 == 1 {
					in[0][n/2] = math.NaN()
				}
				for i := range got {
					got[i], want[i] = make([]float64, n), make([]float64, n)
				}
				sums, wanted := k.computeF64(got, in), k.genericF64(want, in)
				for i := range wanted {
					if math.Float64bits(sums[i]) != math.Float64bits(canonical(wanted[i])) {
						t.Errorf("%s of %d: sum %d is %x, generic %x", k.name, n, i, sums[i], wanted[i])
					}
				}
				for i := range want {
					for j := range want[i] {
						if x, y := canonical(got[i][j]), canonical(want[i][j]); math.Float64bits(x) != math.Float64bits(y) {
							t.Errorf("%s of %d: element %d is %x, generic %x", k.name, n, j, x, y)
						}
					}
				}
			}
		}
	})
}

func TestLengthsDiffer(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != "relent: Loss: lengths 2 and 3 differ" {
			t.Error(got)
		}
	}()
	Loss(make([]float64, 2), make([]float64, 3), make([]float64, 3))
}
