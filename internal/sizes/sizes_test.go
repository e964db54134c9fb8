package sizes

import (
	"fmt"
	"math"
	"math/big"
	"testing"
)

// Sizes at which something wraps, also those of the other width of an int where they fit.
var hostile = func() (list []int) {
	for _, n := range []int64{0, 1, 2, 3, 4, 5, 7, 30, 46340, 46341, 65535, 65536, 65537, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 1,
		3037000499, 3037000500, 1<<62 - 1, 1 << 62, 1<<62 + 1, 1<<63 - 2, 1<<63 - 1, 1<<30 - 1, 1 << 30, 1<<30 + 1} {
		if n <= math.MaxInt {
			list = append(list, int(n))
		}
	}
	return list
}()

func TestProductAndSpan(t *testing.T) {
	number := func(n int) *big.Int { return big.NewInt(int64(n)) }
	most := number(math.MaxInt)
	check := func(what string, got int, ok bool, want *big.Int) {
		if fits := want.Cmp(most) <= 0; ok != fits || ok && number(got).Cmp(want) != 0 {
			t.Errorf("%s: %d, %v; it is %v", what, got, ok, want)
		}
	}
	for _, a := range hostile {
		for _, b := range hostile {
			product, ok := Product(a, b)
			check(fmt.Sprintf("%d×%d", a, b), product, ok, new(big.Int).Mul(number(a), number(b)))
			for _, stride := range hostile {
				want := new(big.Int)
				if a > 0 && b > 0 {
					want.Add(want.Mul(number(a-1), number(stride)), number(b))
				}
				span, ok := Span(a, b, stride)
				check(fmt.Sprintf("%d×%d, %d apart", a, b, stride), span, ok, want)
			}
		}
	}
}

func panics(f func()) (message any) {
	defer func() { message = recover() }()
	f()
	return nil
}

func TestPanics(t *testing.T) {
	const p, name = Package("p"), "F"
	data := make([]byte, 8)
	matrix := func(rows, cols, stride int) Matrix[byte] { return Matrix[byte]{rows, cols, data, stride} }
	const much = math.MaxInt
	for want, f := range map[string]func(){
		"p: F: x is -1×2": func() { matrix(-1, 2, 2).Check(p, name, "x") },
		"p: F: x is 2×-1": func() { matrix(2, -1, 2).Check(p, name, "x") },
		"p: F: x has stride 1, less than its 2 columns":                   func() { matrix(2, 2, 1).Check(p, name, "x") },
		"p: F: x is 3×2 with stride 4, which takes 10 elements; it has 8": func() { matrix(3, 2, 4).Check(p, name, "x") },
		fmt.Sprintf("p: F: x is %d×4 with stride 4, which takes more elements than an int counts; it has 8", much/2+2): func() {
			matrix(much/2+2, 4, 4).Check(p, name, "x")
		},
		"p: F: y has 8 elements, the result has 7 elements":                        func() { Slice(p, name, "y", data, 7) },
		"p: F: y is 4×2, the result 2×4":                                           func() { matrix(4, 2, 2).Sized(p, name, "y", 2, 4) },
		"p: F: y is 0×2, the result 2×4":                                           func() { Matrix[byte]{Cols: 2, Stride: 2}.Sized(p, name, "y", 2, 4) },
		"p: F: y is 0×0, the result 2×4":                                           func() { matrix(0, 0, 0).Sized(p, name, "y", 2, 4) },
		fmt.Sprintf("p: F: %d×2 elements are more than memory can hold", much):     func() { Make[byte](p, name, much, 2) },
		fmt.Sprintf("p: F: 1×%d elements are more than memory can hold", much):     func() { Slice[float64](p, name, "y", nil, much) },
		fmt.Sprintf("p: F: %d×1 elements are more than memory can hold", much/4+1): func() { Make[float64](p, name, much/4+1, 1) },
		fmt.Sprintf("p: F: %d×4 elements are more than memory can hold", much):     func() { Matrix[byte]{}.Sized(p, name, "y", much, 4) },
	} {
		if got := panics(f); got != want {
			t.Errorf("panics with %v, want %q", got, want)
		}
	}
}

// What has the size is taken as it is, what is not there is made.
func TestSized(t *testing.T) {
	const p = Package("p")
	data := make([]byte, 8)
	m := Matrix[byte]{Rows: 2, Cols: 3, Data: data, Stride: 5}
	if got := m.Sized(p, "F", "y", 2, 3); &got.Data[0] != &data[0] || got.Stride != 5 {
		t.Errorf("%v is not %v", got, m)
	}
	if got := (Matrix[byte]{}).Sized(p, "F", "y", 2, 3); got.Rows != 2 || got.Cols != 3 || got.Stride != 3 || len(got.Data) != 6 {
		t.Errorf("made %v", got)
	}
	if got := (Matrix[byte]{Stride: 9}).Sized(p, "F", "y", math.MaxInt, 0); got.Rows != math.MaxInt || len(got.Data) != 0 {
		t.Errorf("made %v", got)
	}
	if got := Slice(p, "F", "y", data, 8); &got[0] != &data[0] {
		t.Error("another slice")
	}
	if got := Slice[byte](p, "F", "y", nil, 0); got == nil || len(got) != 0 {
		t.Errorf("made %v", got)
	}
	for _, rows := range hostile {
		Matrix[byte]{Rows: rows, Stride: 1}.Check(p, "F", "x")
		Matrix[byte]{Cols: rows, Stride: rows}.Check(p, "F", "x")
	}
}
