package relent

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent/internal/exact"
)

// kernelEntry is a row of the generated list: a reduction for the instruction set in force, and one chunk in plain Go.
type kernelEntry struct {
	name               string
	args               int
	sumF64, genericF64 func(x ...[]float64) float64
	sumF32, genericF32 func(x ...[]float32) float64
}

// jointEntry is the same for a kernel of several sums. Where a guard fails they are NaN.
type jointEntry struct {
	name                string
	sumsF64, genericF64 func(p, q []float64) []float64
	sumsF32, genericF32 func(p, q []float32) []float64
}

// wrapJoint makes one chunk's kernel one of any length, whose sums are slices.
func wrapJoint[F float, S any](slice func(*S) []float64, kernel func(sums *S, p, q []F)) func(p, q []F) []float64 {
	return func(p, q []F) []float64 {
		var s S
		var totals []exact.Sum
		for first := true; first || len(p) > 0; first = false {
			n := min(chunk, len(p))
			for i := range slice(&s) {
				slice(&s)[i] = nan
			}
			kernel(&s, p[:n], q[:n])
			for i, x := range slice(&s) {
				if first {
					totals = append(totals, exact.Sum{})
				}
				totals[i].Add(x)
			}
			p, q = p[n:], q[n:]
		}
		results := make([]float64, len(totals))
		for i := range totals {
			results[i] = totals[i].Take()
		}
		return results
	}
}

// outputsEntry is a kernel of sums and elements, from arrays to arrays.
type outputsEntry struct {
	name                   string
	elements, args         int
	computeF64, genericF64 func(out, in [][]float64) []float64
	computeF32, genericF32 func(out, in [][]float32) []float64
}

type mapEntry struct {
	name               string
	args               int
	mapF64, genericF64 func(dst []float64, x ...[]float64)
	mapF32, genericF32 func(dst []float32, x ...[]float32)
}

func wrap1[F any](f func(p []F) float64) func(x ...[]F) float64 {
	return func(x ...[]F) float64 { return f(x[0]) }
}

func wrap2[F any](f func(p, q []F) float64) func(x ...[]F) float64 {
	return func(x ...[]F) float64 { return f(x[0], x[1]) }
}

func wrapMap1[F any](f func(dst, p []F)) func(dst []F, x ...[]F) {
	return func(dst []F, x ...[]F) { f(dst, x[0]) }
}

func wrapMap2[F any](f func(dst, p, q []F)) func(dst []F, x ...[]F) {
	return func(dst []F, x ...[]F) { f(dst, x[0], x[1]) }
}

func wrapMap3[F any](f func(dst, p, q, r []F)) func(dst []F, x ...[]F) {
	return func(dst []F, x ...[]F) { f(dst, x[0], x[1], x[2]) }
}

// A reduction is a kernelEntry's half for one type of element.
type reduction[F float] struct {
	name         string
	args         int
	sum, generic func(x ...[]F) float64
}

type elementwise[F float] struct {
	name            string
	args            int
	mapped, generic func(dst []F, x ...[]F)
}

func reductions[F float]() (list []reduction[F]) {
	for _, k := range kernelList {
		var entry any = reduction[float64]{k.name, k.args, k.sumF64, k.genericF64}
		if !isFloat64[F]() {
			entry = reduction[float32]{k.name, k.args, k.sumF32, k.genericF32}
		}
		list = append(list, entry.(reduction[F]))
	}
	return list
}

// numbersFor are numbers of a kernel: 1.5, 0.5, 0.25 and so on, as often as there is room for in 16 bytes.
func numbersFor[F float](n int) [][2]float64 {
	list := make([][2]float64, n)
	for i := range list {
		x := 1.5 / float64(2*i+1)
		if isFloat64[F]() {
			list[i] = [2]float64{x, x}
			continue
		}
		half := uint64(math.Float32bits(float32(x)))
		pair := math.Float64frombits(half<<32 | half)
		list[i] = [2]float64{pair, pair}
	}
	return list
}

// An outputs is an outputsEntry's half for one type of element.
type outputs[F float] struct {
	name           string
	elements, args int
	compute        func(out, in [][]F) []float64
}

func severalOutputs[F float]() (list []outputs[F]) {
	for _, k := range outputsList {
		var entry any = outputs[float64]{k.name, k.elements, k.args, k.computeF64}
		if !isFloat64[F]() {
			entry = outputs[float32]{k.name, k.elements, k.args, k.computeF32}
		}
		list = append(list, entry.(outputs[F]))
	}
	return list
}

// arrays are as many inputs as the kernel takes.
func (k outputs[F]) arrays(p, q []F) [][]F { return [][]F{p, q, reversed(p), reversed(q), p}[:k.args] }

// results are all of a kernel's outputs, of which it computes the elements at an offset from where memory begins.
func (k outputs[F]) results(p, q []F) []float64 {
	out := make([][]F, k.elements)
	for i := range out {
		out[i] = placed(make([]F, len(p)), i)
	}
	list := k.compute(out, k.arrays(p, q))
	for _, elements := range out {
		for _, x := range elements {
			list = append(list, float64(x))
		}
	}
	return list
}

// sums are the reductions, and the kernels of several sums or of sums and elements: of these a number that tells of all their outputs.
func sums[F float]() []reduction[F] {
	list := reductions[F]()
	for _, j := range jointList {
		var entry any = reduction[float64]{j.name, 2, digest(j.sumsF64), digest(j.genericF64)}
		if !isFloat64[F]() {
			entry = reduction[float32]{j.name, 2, digest(j.sumsF32), digest(j.genericF32)}
		}
		list = append(list, entry.(reduction[F]))
	}
	for _, k := range severalOutputs[F]() {
		f := digest(k.results)
		inGo := func(x ...[]F) float64 { return withGeneric(func() float64 { return f(x...) }) }
		list = append(list, reduction[F]{k.name, 2, f, inGo})
	}
	return list
}

// digest makes one number of many, in which a NaN is a NaN: a hash of 53 bits.
func digest[F float](sums func(p, q []F) []float64) func(x ...[]F) float64 {
	return func(x ...[]F) float64 {
		hash := uint64(14695981039346656037)
		for _, sum := range sums(x[0], x[1]) {
			hash = (hash ^ math.Float64bits(canonical(sum))) * 1099511628211
			hash ^= hash >> 32
		}
		return float64(hash >> 11)
	}
}

func elementwises[F float]() (list []elementwise[F]) {
	for _, k := range mapList {
		var entry any = elementwise[float64]{k.name, k.args, k.mapF64, k.genericF64}
		if !isFloat64[F]() {
			entry = elementwise[float32]{k.name, k.args, k.mapF32, k.genericF32}
		}
		list = append(list, entry.(elementwise[F]))
	}
	return list
}

// levels are those to test: all of this CPU, or the one that RELENT_ISA puts in force.
func levels() []level {
	if name := os.Getenv("RELENT_ISA"); name != "" {
		l, _ := chooseISA(name, available())
		return []level{l}
	}
	return available()
}

// eachISA runs f with each level in force. One that RELENT_REQUIRE names (separated by commas) and is not there fails.
func eachISA(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	var names []string
	for _, l := range levels() {
		names = append(names, l.String())
		t.Run(l.String(), func(t *testing.T) {
			useISA(t, l)
			f(t)
		})
	}
	for _, name := range strings.FieldsFunc(os.Getenv("RELENT_REQUIRE"), func(c rune) bool { return c == ',' }) {
		if !slices.Contains(names, name) {
			t.Errorf("RELENT_REQUIRE names %s; tested: %v", name, names)
		}
	}
}

// useISA puts l in force until the test ends.
func useISA(t testing.TB, l level) {
	before := isa
	t.Cleanup(func() {
		if isa != l {
			t.Errorf("%v was in force, and then %v: a kernel wrote where it should not", l, isa)
		}
		isa = before
	})
	isa = l
}

// eachAssembly is eachISA without generic, which the others are compared with.
func eachAssembly(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	eachISA(t, func(t *testing.T) {
		if isa == generic {
			t.Skip("generic is what the others are compared with")
		}
		f(t)
	})
}

// withGeneric computes f in plain Go.
func withGeneric[T any](f func() T) T {
	before := isa
	defer func() { isa = before }()
	isa = generic
	return f()
}

// same compares bits. A NaN is a NaN: kernels do not fix its bits, the exported functions do.
func same(x, y float64) bool {
	return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
}

// deep tells whether tests are to take all the time they need: RELENT_DEEP=1, and not short mode.
func deep() bool { return os.Getenv("RELENT_DEEP") == "1" && !testing.Short() }

// short is n in deep tests, an eighth of it otherwise, a tenth in short mode, and less under an emulator, which takes ten times as long.
func short(n int) int {
	switch {
	case testing.Short() && os.Getenv("RELENT_EMULATED") == "1":
		return (n + 29) / 30
	case testing.Short():
		return (n + 9) / 10
	case deep():
		return n
	}
	return (n + 7) / 8
}

// agreeLengths are the lengths at which a tail, a stripe or a chunk may go wrong.
func agreeLengths() (n []int) {
	every, rest := 200, []int{255, 256, 257, 1000, chunk - 1, chunk, chunk + 1, 2*chunk + 5}
	if !deep() {
		every, rest = 35, []int{63, 64, 65, chunk + 1}
	}
	for i := range every + 1 {
		n = append(n, i)
	}
	return append(n, rest...)
}

// placed is x at an offset, in elements, from wherever memory begins.
func placed[F float](x []F, offset int) []F {
	return append(make([]F, offset, offset+len(x)), x...)[offset:]
}

// reversed makes the third input of the maps that take so many.
func reversed[F float](x []F) []F {
	x = slices.Clone(x)
	slices.Reverse(x)
	return x
}

func TestAgree(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		t.Run("f64", agree[float64])
		t.Run("f32", agree[float32])
	})
}

func agree[F float](t *testing.T) {
	r := seed(t.Name())
	for _, kind := range families[F]() {
		for _, n := range agreeLengths() {
			p, q := pairs(r, n, kind.pair)
			x := [][2][]F{{p, q}, {placed(p, r.below(8)), placed(q, 1+r.below(31))}}
			for _, k := range sums[F]() {
				want := withGeneric(func() float64 { return k.sum(p, q) })
				for _, x := range x {
					if got := k.sum(x[0], x[1]); !same(got, want) {
						t.Errorf("%s of %d %s: %x, generic %x", k.name, n, kind.name, got, want)
					}
				}
			}
			for _, k := range elementwises[F]() {
				want := make([]F, n)
				k.generic(want, p, q, reversed(p))
				for _, x := range x {
					agreeMap(t, k, kind.name, want, x[0], x[1], r.below(33))
				}
			}
		}
	}
}

// A zero of each sign in a pair, either way round and beside elements that decide the path: which of two zeros is the larger,
// instruction sets disagree about.
func TestAgreeZerosOfBothSigns(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		t.Run("f64", agreeZeros[float64])
		t.Run("f32", agreeZeros[float32])
	})
}

func agreeZeros[F float](t *testing.T) {
	negative := F(math.Copysign(0, -1))
	for _, beside := range [][2]F{{0x1p120, 0.5}, {0.3, 0.7}, {0.3, 0.3}, {0, 0}, {0, 1}} {
		for n := 1; n <= 40; n++ {
			p, q := make([]F, n), make([]F, n)
			for i := range p {
				p[i], q[i] = beside[0], beside[1]
			}
			p[n/2], q[n/2] = 0, negative
			for _, k := range sums[F]() {
				for _, x := range [][2][]F{{p, q}, {q, p}} {
					want := withGeneric(func() float64 { return k.sum(x[0], x[1]) })
					if got := k.sum(x[0], x[1]); !same(got, want) {
						t.Errorf("%s of %d beside %x: %x, generic %x", k.name, n, beside, got, want)
					}
				}
			}
		}
	}
}

// agreeMap compares a map's output, at an offset, and that nothing around it is written.
func agreeMap[F float](t *testing.T, k elementwise[F], kind string, want, p, q []F, offset int) {
	const guard, around = -12345, 40
	n := len(p)
	buffer := make([]F, offset+n+around)
	for i := range buffer {
		buffer[i] = guard
	}
	k.mapped(buffer[offset:offset+n], p, q, reversed(p))
	for i, got := range buffer {
		i -= offset
		if i < 0 || i >= n {
			if got != guard {
				t.Errorf("%s of %d %s wrote element %d", k.name, n, kind, i)
			}
		} else if !same(float64(got), float64(want[i])) {
			t.Errorf("%s of %d %s: element %d of %x, %x is %x, generic %x", k.name, n, kind, i, p[i], q[i], got, want[i])
		}
	}
}

// Inputs may share memory in any way: all the same slice, or one shifted against the other.
func TestAgreeOverlap(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		t.Run("f64", agreeOverlap[float64])
		t.Run("f32", agreeOverlap[float32])
	})
}

func agreeOverlap[F float](t *testing.T) {
	r := seed(t.Name())
	for _, n := range agreeLengths() {
		memory, _ := pairs(r, n+40, families[F]()[0].pair)
		for _, shift := range []int{0, 1, 3, 16, 33} {
			p, q := memory[:n], memory[shift:shift+n]
			for _, k := range sums[F]() {
				want := withGeneric(func() float64 { return k.sum(p, q) })
				if got := k.sum(p, q); !same(got, want) {
					t.Errorf("%s of %d shifted by %d: %x, generic %x", k.name, n, shift, got, want)
				}
			}
		}
	}
}

// A map's output may be one of its inputs.
func TestAgreeInPlace(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", agreeInPlace[float64])
		t.Run("f32", agreeInPlace[float32])
	})
}

func agreeInPlace[F float](t *testing.T) {
	r := seed(t.Name())
	for _, n := range agreeLengths() {
		p, q := pairs(r, n, families[F]()[0].pair)
		for _, k := range elementwises[F]() {
			r, want := reversed(p), make([]F, n)
			k.generic(want, p, q, r)
			first, second, third := slices.Clone(p), slices.Clone(q), slices.Clone(r)
			k.mapped(first, first, q, r)
			agreeAll(t, k.name+" onto p", first, want)
			if k.args > 1 {
				k.mapped(second, p, second, r)
				agreeAll(t, k.name+" onto q", second, want)
			}
			if k.args > 2 {
				k.mapped(third, p, q, third)
				agreeAll(t, k.name+" onto the third", third, want)
			}
		}
		for _, k := range severalOutputs[F]() {
			outputsInPlace(t, k, p, q)
		}
	}
}

// outputsInPlace puts each output in the place of each input.
func outputsInPlace[F float](t *testing.T, k outputs[F], p, q []F) {
	want := freshOutputs(k, p)
	k.compute(want, k.arrays(p, q))
	for i := range k.elements {
		for j := range k.args {
			in, out := k.arrays(slices.Clone(p), slices.Clone(q)), freshOutputs(k, p)
			out[i] = in[j]
			k.compute(out, in)
			for o := range out {
				agreeAll(t, fmt.Sprintf("%s with output %d onto input %d: output %d", k.name, i, j, o), out[o], want[o])
			}
		}
	}
}

func freshOutputs[F float](k outputs[F], p []F) [][]F {
	out := make([][]F, k.elements)
	for i := range out {
		out[i] = make([]F, len(p))
	}
	return out
}

func agreeAll[F float](t *testing.T, what string, got, want []F) {
	t.Helper()
	for i := range want {
		if !same(float64(got[i]), float64(want[i])) {
			t.Errorf("%s: element %d of %d is %x, not %x", what, i, len(want), got[i], want[i])
		}
	}
}

// Every special value, in p, in q and in both, at every position of every tail, alone and after whole stripes.
func TestAgreeSpecialTails(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		t.Run("f64", agreeSpecialTails[float64])
		t.Run("f32", agreeSpecialTails[float32])
	})
}

func agreeSpecialTails[F float](t *testing.T) {
	const stripe = 32 // of float32, and two of float64
	ordinary, _ := pairs(seed(t.Name()), 4*stripe, families[F]()[0].pair)
	for tail := 1; tail <= stripe; tail++ {
		for at := range tail {
			if !deep() && at%7 != tail%7 {
				continue
			}
			for i, special := range specials[F]() {
				agreeSpecial(t, ordinary[:2*tail], special, at, i%3)
				agreeSpecial(t, ordinary[:2*(stripe+tail)], special, stripe+at, (i+at)%3)
			}
		}
	}
}

// agreeSpecial takes the two halves of x for p and q, with special at one place of p (where = 0), q (1) or both.
func agreeSpecial[F float](t *testing.T, x []F, special F, at, where int) {
	x = slices.Clone(x)
	p, q := x[:len(x)/2], x[len(x)/2:]
	if where != 1 {
		p[at] = special
	}
	if where != 0 {
		q[at] = special
	}
	for _, k := range sums[F]() {
		if got, want := k.sum(p, q), k.generic(p, q); !same(got, want) {
			t.Errorf("%s of %d with %x at %d of side %d: %x, generic %x", k.name, len(p), special, at, where, got, want)
		}
	}
	for _, k := range elementwises[F]() {
		got, want := make([]F, len(p)), make([]F, len(p))
		k.mapped(got, p, q, reversed(p))
		k.generic(want, p, q, reversed(p))
		agreeAll(t, k.name, got, want)
	}
}

var agreeElements = flag.Float64("agree.elements", 2e6, "pairs of elements per instruction set that TestAgreeLong compares")

// Random lengths and offsets of random families, half of the vectors spoilt by random bit patterns.
func TestAgreeLong(t *testing.T) {
	eachAssembly(t, func(t *testing.T) {
		var n agreed
		for want, r := short(int(*agreeElements)), seed(t.Name()); n.elements < want; {
			agreeRandom[float64](t, r, &n)
			agreeRandom[float32](t, r, &n)
		}
		t.Logf("%d pairs of elements in %d results, of which %d finite: %d differences", n.elements, n.results, n.finite, n.different)
	})
}

type agreed struct{ elements, results, finite, different int }

func agreeRandom[F float](t *testing.T, r *rng, total *agreed) {
	kinds := families[F]()
	kind := kinds[r.below(len(kinds))]
	p, q := pairs(r, r.below(1<<(1+r.below(9))), kind.pair)
	if n := len(p); n > 0 && r.below(2) == 0 {
		for range 1 + r.below(n)/8 {
			p[r.below(n)], q[r.below(n)] = fromBits[F](r.next()), anyFinite[F](r)
		}
	}
	for _, k := range sums[F]() {
		want := k.generic(p, q)
		got := k.sum(placed(p, r.below(16)), placed(q, r.below(16)))
		total.elements += len(p)
		total.results++
		if finite(want) {
			total.finite++
		}
		if !same(got, want) {
			total.different++
			t.Errorf("%s of %d %s: %x, generic %x: %s", k.name, len(p), kind.name, got, want, smallest(k, p, q))
		}
	}
}

// smallest is the shortest stretch of p and q at which k still differs from generic, as hex floats.
func smallest[F float](k reduction[F], p, q []F) string {
	differs := func(p, q []F) bool { return !same(k.sum(p, q), k.generic(p, q)) }
	for n := len(p); n > 0; n = len(p) {
		if differs(p[1:], q[1:]) {
			p, q = p[1:], q[1:]
		} else if differs(p[:n-1], q[:n-1]) {
			p, q = p[:n-1], q[:n-1]
		} else {
			break
		}
	}
	return fmt.Sprintf("%x, %x", p, q)
}
