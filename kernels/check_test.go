package kernels

import (
	"fmt"
	"math"
	"testing"
)

// What users have often, and is not ordinary, is not for the careful path: it costs several times as much.
func TestCarefulPathIsForTheRare(t *testing.T) {
	const n = 40
	for name, change := range map[string]func(i int, p, q *float64){
		"equal":            func(_ int, p, q *float64) { *q = *p },
		"equal, and zeros": func(i int, p, q *float64) { *p *= float64(i % 2); *q = *p },
		"zeros":            func(_ int, p, q *float64) { *p, *q = 0, 0 },
		"p 0":              func(_ int, p, _ *float64) { *p = 0 },
		"q 0":              func(_ int, _, q *float64) { *q = 0 },
		"one hot": func(i int, p, q *float64) {
			*p, *q = 0, 0
			if i == n/2 {
				*p, *q = 1, 1
			}
		},
		"a hole in q": func(i int, _, q *float64) {
			if i == n/2 {
				*q = 0
			}
		},
		"holes in both": func(i int, p, q *float64) { *p *= float64(i % 3); *q *= float64(i / 2 % 2) },
		"few ulps apart": func(i int, p, q *float64) {
			*q = *p
			if i == n/2 {
				*q *= 1 + 0x1p-22
			}
		},
		"ordinary": func(int, *float64, *float64) {},
	} {
		for _, r := range Reductions {
			for _, typ := range []Type{F64, F32} {
				if r.Measures == nil {
					continue
				}
				p, q := make([]float64, n), make([]float64, n)
				for i := range p {
					p[i], q[i] = float64(1+i*7%n)/(2*n), float64(1+i*11%n)/(2*n)
					change(i, &p[i], &q[i])
					p[i], q[i] = decode(typ, typ.Bits(p[i])), decode(typ, typ.Bits(q[i]))
				}
				if careful(r, typ, p, q) {
					t.Errorf("%s%v, %s", r.Name, typ, name)
				}
			}
		}
	}
}

// careful tells whether a chunk is for the careful path.
func careful(r Reduction, t Type, p, q []float64) bool {
	paths := r.Paths(t)
	for _, path := range paths[:len(paths)-1] {
		sum, ok := sumOf(path.Program, p, q)
		finite := !math.IsInf(sum, 0) && sum == sum
		if ok && (path.Decisive || finite && (math.Abs(sum) >= path.Floor || holds(path.Small, p, q))) {
			return false
		}
	}
	return !holds(paths[len(paths)-1].Infinite, p, q)
}

func sumOf(program Program, p, q []float64) (sum float64, ok bool) {
	for i := range p {
		if sum, ok = evaluate(program, sum, []float64{p[i], q[i]}); !ok {
			return sum, false
		}
	}
	return sum, true
}

func holds(check *Program, p, q []float64) bool {
	if check == nil {
		return false
	}
	asksSome, some := false, false
	for _, in := range check.Code {
		asksSome = asksSome || in.Op == GuardSome
	}
	for i := range p {
		_, ok, here := run(*check, 0, []float64{p[i], q[i]})
		if !ok {
			return false
		}
		some = some || here
	}
	return some || !asksSome
}

// A check of small sums holds for the pads, one of infinite sums does not: what stands past the end decides nothing.
func TestChecksOfPads(t *testing.T) {
	for _, r := range Reductions {
		for _, typ := range []Type{F64, F32} {
			if r.Numbers && typ == F32 {
				continue
			}
			for i, path := range r.Paths(typ) {
				name, pads := fmt.Sprintf("%s%v path %d", r.Name, typ, i), [][]float64{{r.Pad[0]}, {r.Pad[len(r.Pad)-1]}}
				if path.Small != nil && !holds(path.Small, pads[0], pads[1]) {
					t.Errorf("%s: the check of small sums fails", name)
				}
				if path.Infinite == nil {
					continue
				}
				if _, ok, some := run(*path.Infinite, 0, r.Pad); !ok || some {
					t.Errorf("%s: the check of infinite sums: valid %v, infinite %v", name, ok, some)
				}
			}
		}
	}
}
