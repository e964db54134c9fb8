package relent

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// longestCall is what a call of a kernel may take: two and a half times what is promised, for slower machines than those that it was
// measured on. Nothing stops a goroutine during a call, so that a garbage collection, and everybody with it, waits for as long.
const longestCall = 250 * time.Microsecond

// A timing is the least of several times that a call takes: what others take of the machine is not in it.
type timing struct {
	call string
	time time.Duration
}

func (l *timing) add(call string, f func()) {
	least := time.Hour
	for range 7 {
		begin := time.Now()
		f()
		least = min(least, time.Since(begin))
	}
	if least > l.time {
		*l = timing{call, least}
	}
}

// No call of a kernel takes long: of any measure, length and kind of elements, and of any number of columns.
func TestCallsAreShort(t *testing.T) {
	if testing.Short() || os.Getenv("RELENT_EMULATED") != "" {
		t.Skip("times say nothing under an emulator, and take a while")
	}
	eachISA(t, func(t *testing.T) {
		if ISA() == "generic" {
			t.Skip("Go can be stopped everywhere")
		}
		t.Run("f64", callsAreShort[float64])
		t.Run("f32", callsAreShort[float32])
	})
}

func callsAreShort[F float](t *testing.T) {
	for name, measure := range map[string]func(t *testing.T, l *timing){
		"measures": timeMeasures[F],
		"factors":  timeFactors[F],
		"others":   timeOthers[F],
	} {
		var longest timing
		measure(t, &longest)
		t.Logf("%s: %v, %s", name, longest.time, longest.call)
		if longest.time > longestCall {
			t.Errorf("%s takes %v", longest.call, longest.time)
		}
	}
}

func timeMeasures[F float](t *testing.T, l *timing) {
	r := seed(t.Name())
	elements := func(element func(i int) F) []F {
		x := make([]F, kernelElements+chunk)
		for i := range x {
			x[i] = element(i)
		}
		return x
	}
	p, q := elements(func(int) F { return unit[F](r) }), elements(func(int) F { return unit[F](r) })
	zeros := elements(func(int) F { return 0 })
	subnormal := elements(func(i int) F { return fromBits[F](uint64(i%1000 + 1)) })
	holes := elements(func(i int) F { return p[i] * F(i%7) })
	for name, x := range map[string][2][]F{
		"ordinary": {p, q}, "equal": {p, p}, "zeros": {zeros, zeros}, "q = 0": {p, zeros}, "holes": {holes, p},
		"subnormal": {subnormal, subnormal}, "subnormal q": {p, subnormal}, "NaN": {elements(func(int) F { return F(nan) }), q},
	} {
		for _, m := range allMeasures() {
			for _, n := range []int{1, 10, 17, 100, chunk} {
				dst := make([]float64, rowsWithin(kernelElements, n))
				l.add(fmt.Sprintf("%v, %s, %d rows of %d", m, name, len(dst), n), func() {
					measureRows(m, dst, x[0], x[1], n, n, n)
				})
			}
		}
	}
}

// timeFactors leaves out the kind of call that mahalanobis_panel.go names.
func timeFactors[F float](t *testing.T, l *timing) {
	timeLongRows[F](t, l)
	for _, d := range []int{1, 2, 3, 8, 9, 16, 64, 300, 1000, 3000} {
		mean, one := make([]F, d), make([]F, d)
		for i := range one {
			one[i] = 1
		}
		diagonal, err := NewDiagonalFactor(mean, one)
		if err != nil {
			t.Fatal(err)
		}
		inverse := diagonal.full()
		factor, err := NewFactor(mean, inverse.lower)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]*Factor[F]{"diagonal": diagonal, "inverse": inverse, "full": factor} {
			r := f.start(nil)
			switch {
			case name == "diagonal":
				r.use(deviations, 1)
			case name == "full" && d <= r.unrolled:
				r.use(unrolled, int(r.side[unrolled.width(d, size[F]())]))
			}
			x := NewMatrix[F](r.together(), max(d, r.width))
			dst := make([]F, x.Rows)
			what := fmt.Sprintf("%s factor of %d columns", name, d)
			if r.kernel != tiles {
				l.add(what, func() { r.refuses(dst, x) })
				continue
			}
			r.refuses(dst, x)
			timeTiles(r, l, what, dst, x)
		}
	}
}

// timeLongRows times the longest call for rows of very many columns.
func timeLongRows[F float](t *testing.T, l *timing) {
	const d = 1 << 18
	mean, one := make([]F, d), make([]F, d)
	for i := range one {
		one[i] = 1
	}
	f, err := NewDiagonalFactor(mean, one)
	if err != nil {
		t.Fatal(err)
	}
	r := f.start(nil)
	r.use(deviations, 1)
	x, dst := NewMatrix[F](r.tile, d), make([]F, r.tile)
	for from := 0; from < d; from += 5 * longRow {
		l.add("a part of a long row", func() { r.refusesPart(dst, x, from, from+longRow) })
	}
}

// timeTiles times each call for a tile.
func timeTiles[F float](r run[F], l *timing, what string, dst []F, x Matrix[F]) {
	panel, ahead := r.panel[:r.group*r.span()], r.panel[r.group*r.span():]
	rows, width := wholeTiles(r.width), wholeTiles(r.width)
	excess, blocks := make([]F, len(dst)), make([]F, r.tile)
	groups := max(1, min(x.Rows/r.tile-1, callFlops/r.tile/r.width/r.width))
	for from := 0; from < rows; {
		to, single := r.rowsOfCall(from, rows, groups*r.tile), r.rowsOfCall(from, rows, r.tile)
		quads := r.quads[2*from*(from/quad+1):]
		if r.inverse {
			l.add(what+", multiply", func() {
				multiply(dst, excess, blocks, panel, quads, r.mean, r.span(), from, single, 1, r.group*r.span(), max(squareBlock, from), 0, 0)
			})
			from = single
			continue
		}
		l.add(what+", substitute", func() {
			substitute(dst, excess, blocks, panel, ahead, quads, r.mean, x.Data, r.span(), x.Stride, r.width, r.fetch(x.Stride), from, to, groups,
				max(squareBlock, from), 0, 0)
		})
		from = to
	}
	centers := make([]F, centersTogether(r.tile, width)*width)
	between := make([]F, len(centers)/width*r.tile)
	l.add(what+", squareDistances", func() {
		squareDistances(between, panel, centers, r.span(), r.tile, width, len(centers)/width, centerBlock)
	})
	if !isFloat64[F]() { // as an index has them
		span := panelShape[F]().lanes * sketchWidth
		panels, distances := make([]F, panelsFromOne*span), make([]F, span)
		l.add(what+", squareDistancesFromOne", func() {
			squareDistancesFromOne(distances, panels, panels, span, 0, sketchWidth, 1, sketchWidth)
		})
	}
}

func timeOthers[F float](t *testing.T, l *timing) {
	x, y, z := make([]F, callElements), make([]F, callElements), make([]F, callElements)
	for i := range x {
		x[i], y[i] = F(i%97)/97, F(i%89)/89
	}
	x, y, z = x[:chunk], y[:chunk], z[:chunk]
	for name, f := range map[string]func(){
		"exp":                func() { exp(z, x) },
		"log":                func() { log(z, x) },
		"nextTerm":           func() { nextTerm(z, x, y, x) },
		"firstTerm":          func() { firstTerm(z, x, y, x) },
		"exactTotals":        func() { var sums exactTotalsSums; exactTotals(&sums, x, y) },
		"softmax":            func() { softmax(z, x, y, y) },
		"logSumExp":          func() { logSumExp(z, x, y) },
		"klTerms":            func() { klTerms(z, x, y) },
		"entropyTerms":       func() { entropyTerms(z, x) },
		"generalizedKLTerms": func() { generalizedKLTerms(z, x, y) },
		"difference":         func() { difference(z, x, y) },
		"divergences":        func() { var sums divergencesSums; divergences(&sums, x, y) },
		"affine":             func() { logDensities(z[:cap(z)], x[:cap(x)], 1) },
	} {
		l.add(name, f)
	}
}
