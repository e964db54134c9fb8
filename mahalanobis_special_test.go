package relent

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// Rows whose values are NaN, infinite, huge, subnormal or -0 follow each other. Those that hold a NaN give NaN, always the same
// one, infinite ones are infinitely far away; the others have the bits of the definition whatever came before them in their
// lane. Nothing of finite rows is NaN.
func TestMahalanobisConventions(t *testing.T) {
	for _, constructor := range constructors {
		t.Run(constructor, func(t *testing.T) {
			eachISA(t, func(t *testing.T) {
				t.Run("f64", func(t *testing.T) { rowConventions[float64](t, constructor) })
				t.Run("f32", func(t *testing.T) { rowConventions[float32](t, constructor) })
			})
		})
	}
}

// kinds of rows, by the element.
func rowKinds[F float]() map[string]func(r *rng) F {
	least, most := exponents[F]()
	special := specials[F]()
	sign := func(r *rng, x F) F {
		if r.below(2) == 0 {
			return -x
		}
		return x
	}
	return map[string]func(r *rng) F{
		"ordinary":      balanced[F],
		"a NaN":         func(r *rng) F { return choose(r.below(8) == 0, F(nan), balanced[F](r)) },
		"an infinity":   func(r *rng) F { return choose(r.below(8) == 0, sign(r, F(inf)), balanced[F](r)) },
		"minus zeros":   func(r *rng) F { return choose(r.below(2) == 0, F(minusZero), balanced[F](r)) },
		"subnormal":     func(r *rng) F { return sign(r, subnormal[F](r)) },
		"tiny squares":  func(r *rng) F { return sign(r, wide[F](r, least/2-10, least/2+10)) },
		"huge squares":  func(r *rng) F { return sign(r, wide[F](r, most/2-3, most/2+1)) },
		"largest":       func(r *rng) F { return sign(r, wide[F](r, most-1, most+1)) },
		"all exponents": func(r *rng) F { return sign(r, anyFinite[F](r)) },
		"special":       func(r *rng) F { return special[r.below(len(special))] },
	}
}

func rowConventions[F float](t *testing.T, constructor string) {
	r := seed(t.Name()[:strings.LastIndex(t.Name(), "/")]) // the same for each type
	kinds := rowKinds[F]()
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	most := 40
	if !deep() {
		most = 12
	}
	for d := 1; d <= most; d++ {
		m := ordinary[F](t, r, constructor, d)
		x := NewMatrix[F](2*96+5, d)
		if !deep() {
			x.Rows = 101
		}
		for i := range x.Rows {
			kind := kinds[names[r.below(len(names))]]
			if i%5 > 0 && i > x.Rows/2 {
				kind = kinds["ordinary"] // ever fewer after the others
			}
			for j := range x.Row(i) {
				x.Row(i)[j] = kind(r)
			}
		}
		want := m.defined(x)
		for k, s := range m.scorings() {
			got := s.rows(window(r, x, 0, x.Rows), 1+r.below(2))
			for i := range x.Rows {
				if fault := m.unconventional(s, x.Row(i), got.Row(i), want[k].Row(i)); fault != "" {
					t.Errorf("%s, d = %d, row %d, %v: %v, %s", s.name, d, i, x.Row(i), got.Row(i), fault)
					return
				}
			}
		}
	}
}

// unconventional tells what is wrong with the results for a row.
func (m *distribution[F]) unconventional(s scoring[F], x, got, want []F) string {
	vector := strings.HasPrefix(s.name, "Whiten") || strings.HasPrefix(s.name, "Solve")
	comparable := !strings.HasPrefix(s.name, "Solve") || allFinite(m.whitenPlainly(x)) && allFinite(want)
	for i, g := range got {
		switch {
		case g != g && toBits(g) != toBits(F(nan)):
			return fmt.Sprintf("NaN with bits %x", g)
		case !allFinite(x) && vector && g == g:
			return fmt.Sprintf("%v is not NaN", g)
		case allFinite(x) && g != g:
			return "NaN of a finite row"
		case (allFinite(x) || !vector) && comparable && toBits(g) != toBits(want[i]) && !m.nearEnough(x, g, want[i], strings.HasPrefix(s.name, "Centers") && !nearer(m.whitened[i], farOut[F]())):
			return fmt.Sprintf("not %v", want)
		}
	}
	return ""
}

// nearEnough tells whether a result is that of the definition, to the rounding of squares of extended numbers, which are taken where the
// row is near or far out or the center is, or is zero as it is.
func (m *distribution[F]) nearEnough(x []F, got, want F, center bool) bool {
	if got == want {
		return true
	}
	if square := squares(m.whitenPlainly(x)); !center && square >= leastSquares[F]() && square < farOut[F]() {
		return false
	}
	bound, least := 4*0x1p-52, math.SmallestNonzeroFloat64
	if !isFloat64[F]() {
		bound, least = 0x1p-23, math.SmallestNonzeroFloat32
	}
	return math.Abs(float64(got)-float64(want)) <= bound*math.Abs(float64(want))+least
}

// A call on rows that are all NaN leaves nothing behind for the next call.
func TestMahalanobisAfterNaN(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", afterNaN[float64])
		t.Run("f32", afterNaN[float32])
	})
}

func afterNaN[F float](t *testing.T) {
	r := seed(t.Name())
	for _, constructor := range constructors {
		for d := 1; d <= 17; d++ {
			m := ordinary[F](t, r, constructor, d)
			bad := filled(r, 100, d, func(*rng) F { return F(nan) })
			x := filled(r, 100, d, balanced[F])
			want := m.defined(x)
			scorings := m.scorings()
			for i, s := range scorings {
				for range short(3) {
					scorings[r.below(len(scorings))].rows(bad, 1)
					n := 1 + r.below(100)
					definedCase[F]{m, x, nil}.check(t, r, s, want[i], n)
				}
			}
		}
	}
}

// Pivots of any size for which the distance is in range.
func TestMahalanobisPivots(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", pivots[float64])
		t.Run("f32", pivots[float32])
	})
}

func pivots[F float](t *testing.T) {
	least, most := exponents[F]()
	r := seed(t.Name())
	for _, constructor := range constructors {
		for _, d := range []int{1, 2, 3, 7, 8, 9, 16, 17, 21} {
			lower, x := NewMatrix[F](d, d), NewMatrix[F](70, d)
			for i := range d {
				e := least + 2 + r.below(most-least-3)
				pivot := wide[F](r, e, e+1)
				lower.Row(i)[i] = pivot
				for row := range x.Rows {
					if constructor == "NewPrecisionFactor" {
						x.Row(row)[i] = balanced[F](r) / pivot
					} else {
						x.Row(row)[i] = balanced[F](r) * pivot
					}
				}
			}
			m, err := newDistribution(constructor, make([]F, d), lower, NewMatrix[F](2, d))
			if err != nil {
				t.Fatal(err)
			}
			want := m.defined(x)
			for i, s := range m.scorings()[:4] {
				definedCase[F]{m, x, nil}.check(t, r, s, want[i], x.Rows)
			}
			for i, got := range must(m.factor.SqMahalanobis(nil, x, Run{})) {
				if !(got > 0 && got < F(d)) {
					t.Errorf("%s, d = %d, pivots %v: the distance of row %d is %v", constructor, d, diagonalOf(lower), i, got)
				}
			}
		}
	}
}

// The largest and smallest pivots that the constructors take work everywhere.
func TestMahalanobisExtremePivots(t *testing.T) {
	t.Run("f64", extremePivots[float64])
	t.Run("f32", extremePivots[float32])
}

func extremePivots[F float](t *testing.T) {
	most := fromBits[F](infinityBits[F]() - 1)
	least := 1 / most // and the least whose inverse is finite
	for !finite(float64(1 / least)) {
		least = step(least, 1)
	}
	for _, constructor := range constructors {
		least := least
		if constructor == "NewPrecisionFactor" {
			least = step[F](0, 1)
		}
		for _, pivot := range []F{least, most, step(most, -1)} {
			lower := Matrix[F]{Rows: 1, Cols: 1, Stride: 1, Data: []F{pivot}}
			m, err := newDistribution(constructor, []F{0}, lower, NewMatrix[F](1, 1))
			if err != nil {
				t.Errorf("%s: pivot %v: %v", constructor, pivot, err)
				continue
			}
			x := Matrix[F]{Rows: 2, Cols: 1, Stride: 1, Data: []F{pivot, 1 / pivot}}
			want := m.defined(x)
			for k, s := range m.scorings() {
				got := s.rows(x, 1)
				for i := range x.Rows {
					if fault := m.unconventional(s, x.Row(i), got.Row(i), want[k].Row(i)); fault != "" {
						t.Errorf("%s: %s, pivot %v: %v, %s", constructor, s.name, pivot, got.Row(i), fault)
					}
				}
			}
		}
		less := Matrix[F]{Rows: 1, Cols: 1, Stride: 1, Data: []F{step(least, -1)}}
		if _, err := newDistribution(constructor, []F{0}, less, NewMatrix[F](0, 1)); err == nil {
			t.Errorf("%s: pivot %v: no error", constructor, step(least, -1))
		}
	}
}

// Errors say which number is wrong.
func TestFactorErrors(t *testing.T) {
	t.Run("f64", factorErrors[float64])
	t.Run("f32", factorErrors[float32])
}

func factorErrors[F float](t *testing.T) {
	for _, constructor := range constructors {
		for _, pivot := range []F{0, F(minusZero), -1, step[F](0, 1), F(nan), F(inf), F(-inf)} {
			if constructor == "NewPrecisionFactor" && pivot > 0 && pivot < 1 {
				continue // it needs no inverse
			}
			lower := wellConditioned[F](seed("errors"), 5)
			lower.Row(3)[3] = pivot
			_, err := newDistribution(constructor, make([]F, 5), lower, NewMatrix[F](0, 5))
			requireError(t, err, "relent: "+constructor+": ", "pivot 3 ", fmt.Sprint(pivot))
		}
		for _, bad := range []F{F(nan), F(inf), F(-inf)} {
			_, err := newDistribution(constructor, []F{0, 1, bad}, wellConditioned[F](seed("errors"), 3), NewMatrix[F](0, 3))
			requireError(t, err, "relent: "+constructor+": ", "mean[2] ", fmt.Sprint(bad))
			m := ordinary[F](t, seed("errors"), constructor, 3)
			f, err := m.factor.WithMean([]F{0, bad, 1})
			requireError(t, err, "relent: WithMean: ", "mean[1] ", fmt.Sprint(bad))
			if f != nil {
				t.Error("WithMean returned an error and a Factor")
			}
			if constructor == "NewDiagonalFactor" {
				continue
			}
			lower := wellConditioned[F](seed("errors"), 5)
			lower.Row(4)[2] = bad
			_, err = newDistribution(constructor, make([]F, 5), lower, NewMatrix[F](0, 5))
			requireError(t, err, "relent: "+constructor+": ", "lower[4][2] ", fmt.Sprint(bad))
		}
	}
}

func requireError(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("error %q has no %q", fmt.Sprint(err), part)
		}
	}
}

// Wrong sizes panic with both, and write nothing.
func TestMahalanobisSizes(t *testing.T) {
	t.Run("f64", wrongSizes[float64])
	t.Run("f32", wrongSizes[float32])
}

// requirePanicParts wants a message with all the parts.
func requirePanicParts(t *testing.T, f func(), parts ...string) {
	t.Helper()
	defer func() {
		t.Helper()
		message := fmt.Sprint(recover())
		for _, part := range append(parts, "relent: ") {
			if !strings.Contains(message, part) {
				t.Errorf("panic %q has no %q", message, part)
			}
		}
	}()
	f()
}

func wrongSizes[F float](t *testing.T) {
	r := seed(t.Name())
	square := wellConditioned[F](r, 5)
	requirePanicParts(t, func() { NewFactor(make([]F, 4), square) }, "NewFactor:", "5×5", "4 elements")
	requirePanicParts(t, func() { NewPrecisionFactor(make([]F, 6), square) }, "NewPrecisionFactor:", "5×5", "6 elements")
	requirePanicParts(t, func() { NewDiagonalFactor(make([]F, 6), make([]F, 7)) }, "NewDiagonalFactor:", "6 elements", "7")
	flat := Matrix[F]{Rows: 4, Cols: 5, Stride: 5, Data: square.Data}
	requirePanicParts(t, func() { NewFactor(make([]F, 4), flat) }, "NewFactor:", "4×5", "4 elements")
	less := Matrix[F]{Rows: 5, Cols: 5, Stride: 5, Data: square.Data[:24]}
	requirePanicParts(t, func() { NewFactor(make([]F, 5), less) }, "NewFactor:", "lower", "5×5", "25", "24")

	for _, constructor := range constructors {
		m := ordinary[F](t, r, constructor, 5)
		f, c := m.factor, m.packed
		norms := logNorms[F](c.Len())
		vector := slices.Repeat([]F{untouched}, 8)
		results, distances := newResults[F](8, 5), newResults[F](c.Len(), 8)
		x := filled(r, 8, 5, balanced[F])
		methods := map[string]func(x Matrix[F], dst []F, results, distances Matrix[F]){
			"SqMahalanobis: ": func(x Matrix[F], dst []F, _, _ Matrix[F]) { f.SqMahalanobis(dst, x, Run{}) },
			"Mahalanobis: ":   func(x Matrix[F], dst []F, _, _ Matrix[F]) { f.Mahalanobis(dst, x, Run{}) },
			"LogDensity: ":    func(x Matrix[F], dst []F, _, _ Matrix[F]) { f.LogDensity(dst, x, 0, Run{}) },
			"Whiten: ":        func(x Matrix[F], _ []F, dst, _ Matrix[F]) { f.Whiten(dst, x, Run{Workers: 2}) },
			"Solve: ":         func(x Matrix[F], _ []F, dst, _ Matrix[F]) { f.Solve(dst, x, Run{}) },
			"SqMahalanobis:":  func(x Matrix[F], _ []F, _, dst Matrix[F]) { c.SqMahalanobis(dst, x, Run{}) },
			"LogDensity:":     func(x Matrix[F], _ []F, _, dst Matrix[F]) { c.LogDensity(dst, x, norms, Run{Workers: 2}) },
		}
		for name, method := range methods {
			call := func(x Matrix[F], parts ...string) {
				t.Helper()
				requirePanicParts(t, func() { method(x, vector, results, distances) }, append(parts, "relent: "+name)...)
			}
			call(Matrix[F]{Rows: 10, Cols: 4, Stride: 4, Data: x.Data}, "4 columns", "5")
			call(Matrix[F]{Rows: 6, Cols: 6, Stride: 6, Data: x.Data}, "6 columns", "5")
			call(Matrix[F]{Rows: 8, Cols: 5, Stride: 4, Data: x.Data}, "stride 4", "5 columns")
			call(Matrix[F]{Rows: 8, Cols: 5, Stride: 5, Data: x.Data[:39]}, "8×5", "40", "39")
			call(Matrix[F]{Rows: 8, Cols: 5, Stride: 7, Data: x.Data}, "8×5", "stride 7", "54", "40")
			call(Matrix[F]{Rows: -1, Cols: 5, Stride: 5, Data: x.Data}, "-1×5")
			call(Matrix[F]{Rows: 7, Cols: 5, Stride: 5, Data: x.Data}, "8", "7") // of dst and x
			requirePanicParts(t, func() {
				method(x, vector[:0], Matrix[F]{Rows: 8, Cols: 4, Stride: 4, Data: vector}, Matrix[F]{Rows: 2, Cols: 8, Stride: 8})
			}, "relent: "+name, "8")
		}
		requirePanicParts(t, func() { c.LogDensity(distances, x, norms[1:], Run{}) }, "LogDensity:", fmt.Sprint(c.Len()), fmt.Sprint(c.Len()-1))
		requirePanicParts(t, func() { f.Centers(NewMatrix[F](2, 4)) }, "Centers:", "4 columns", "5")
		requirePanicParts(t, func() { f.WithMean(make([]F, 6)) }, "WithMean:", "6 elements", "5")
		for _, written := range [][]F{vector, results.Data, distances.Data} {
			for i, x := range written {
				if x != untouched {
					t.Errorf("%s: element %d of dst was written: %v", constructor, i, x)
				}
			}
		}
	}
}

// No rows, no columns, no centers.
func TestMahalanobisEmpty(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", emptyRows[float64])
		t.Run("f32", emptyRows[float32])
	})
}

func emptyRows[F float](t *testing.T) {
	for _, constructor := range constructors {
		for _, d := range []int{0, 1, 3, 20} {
			m := ordinary[F](t, seed(t.Name()), constructor, d)
			if m.factor.Dim() != d || m.packed.Dim() != d || m.packed.Len() != m.centers.Rows {
				t.Errorf("%s of %d columns and %d centers has Dim %d, %d and Len %d",
					constructor, d, m.centers.Rows, m.factor.Dim(), m.packed.Dim(), m.packed.Len())
			}
			for _, workers := range []int{1, 3} {
				for _, s := range m.scorings() {
					if got := s.rows(Matrix[F]{Cols: d, Stride: d}, workers); got.Rows > 0 {
						t.Errorf("%s of %s, d = %d: %d results for no rows", s.name, constructor, d, got.Rows)
					}
				}
				if d == 0 {
					noColumns(t, m, workers)
				}
			}
			none := m.factor.Centers(Matrix[F]{Cols: d, Stride: d})
			if got := must(none.SqMahalanobis(Matrix[F]{}, NewMatrix[F](7, d), Run{})); none.Len() != 0 || got.Rows != 0 || got.Cols != 7 {
				t.Errorf("no centers: %d×%d distances", got.Rows, got.Cols)
			}
		}
	}
}

// noColumns: the distance is 0, and the density that of nothing.
func noColumns[F float](t *testing.T, m *distribution[F], workers int) {
	x := Matrix[F]{Rows: 7}
	for i, s := range m.scorings() {
		got := s.rows(x, workers)
		if got.Rows != 7 {
			t.Errorf("%s of 7 rows without columns: %d rows", s.name, got.Rows)
			continue
		}
		for row := range 7 {
			for k, g := range got.Row(row) {
				want := F(0)
				if i == 2 || s.name == "Centers.LogDensity" {
					want = logNorms[F](k + 1)[k]
				}
				if toBits(g) != toBits(want) {
					t.Errorf("%s of a row without columns: %v, not %v", s.name, g, want)
				}
			}
		}
	}
}

// A Factor keeps nothing of its arguments, and another mean changes nothing in it.
func TestFactorIsImmutable(t *testing.T) {
	t.Run("f64", immutable[float64])
	t.Run("f32", immutable[float32])
}

func immutable[F float](t *testing.T) {
	r := seed(t.Name())
	for _, constructor := range constructors {
		for _, d := range []int{3, 19} {
			m := ordinary[F](t, r, constructor, d)
			x := filled(r, 30, d, balanced[F])
			want := m.defined(x)
			mean := slices.Clone(m.mean)
			lower, centers := copyOf(m.lower), copyOf(m.centers)
			diagonal := diagonalOf(lower)
			before := m.factor
			switch constructor {
			case "NewFactor":
				m.factor, _ = NewFactor(mean, lower)
			case "NewPrecisionFactor":
				m.factor, _ = NewPrecisionFactor(mean, lower)
			case "NewDiagonalFactor":
				m.factor, _ = NewDiagonalFactor(mean, diagonal)
			}
			m.packed = m.factor.Centers(centers)
			other := filled(r, 1, d, balanced[F]).Data
			moved, err := before.WithMean(other)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range [][]F{mean, lower.Data, centers.Data, diagonal} {
				for i := range s {
					s[i] = F(nan)
				}
			}
			for i, s := range m.scorings() {
				definedCase[F]{m, x, nil}.check(t, r, s, want[i], 30)
			}
			elsewhere := *m
			elsewhere.factor, elsewhere.mean, elsewhere.whitened = moved, other, nil
			elsewhere.packed = moved.Centers(m.centers)
			for k := range m.centers.Rows {
				elsewhere.whitened = append(elsewhere.whitened, elsewhere.whiten(m.centers.Row(k)))
			}
			want = elsewhere.defined(x)
			for i, s := range elsewhere.scorings() {
				definedCase[F]{&elsewhere, x, nil}.check(t, r, s, want[i], 30)
			}
		}
	}
}

// Distances stay the same bit for bit where rows, mean and L are multiplied by a power of two.
func TestMahalanobisScaling(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", scaledAll[float64])
		t.Run("f32", scaledAll[float32])
	})
}

func scaledAll[F float](t *testing.T) {
	r := seed(t.Name())
	for _, d := range []int{1, 4, 9, 17, 30} {
		m := ordinary[F](t, r, "NewFactor", d)
		x := filled(r, 33, d, balanced[F])
		scaled := func(s []F) []F {
			s = slices.Clone(s)
			for i := range s {
				s[i] *= 1 << 20
			}
			return s
		}
		lower, rows := m.lower, x
		lower.Data, rows.Data = scaled(lower.Data), scaled(rows.Data)
		f, err := NewFactor(scaled(m.mean), lower)
		if err != nil {
			t.Fatal(err)
		}
		got, want := must(f.SqMahalanobis(nil, rows, Run{})), must(m.factor.SqMahalanobis(nil, x, Run{}))
		if at := differing(got, want); at >= 0 {
			t.Errorf("d = %d, row %d: %v after scaling everything, %v before", d, at, got[at], want[at])
		}
		for i, root := range must(m.factor.Mahalanobis(nil, x, Run{})) {
			if root != F(math.Sqrt(float64(want[i]))) {
				t.Errorf("d = %d, row %d: the root of %v is %v", d, i, want[i], root)
			}
		}
	}
}

// Centers that are huge are infinitely far from the rows, never NaN; one that is NaN or infinite is NaN from all, and from no other.
func TestExtremeCenters(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", extremeCenters[float64])
		t.Run("f32", extremeCenters[float32])
	})
}

func extremeCenters[F float](t *testing.T) {
	r := seed(t.Name())
	_, most := exponents[F]()
	for _, constructor := range constructors {
		for d := 1; d <= 20; d++ {
			m := ordinary[F](t, r, constructor, d)
			x := filled(r, 70, d, balanced[F])
			means := filled(r, 5, d, balanced[F])
			bad := []F{F(nan), F(inf), F(-inf)}[r.below(3)]
			means.Row(1)[r.below(d)] = bad
			for j := range d {
				means.Row(3)[j] = wide[F](r, most, most+1) * F(1-2*r.below(2))
			}
			m.centers = filled(r, 5, d, balanced[F])
			for _, k := range []int{0, 2, 4} {
				copy(m.centers.Row(k), means.Row(k))
			}
			m.whitened = nil
			for k := range 5 {
				m.whitened = append(m.whitened, m.whiten(m.centers.Row(k)))
			}
			c := m.factor.Centers(means)
			distances, densities := must(c.SqMahalanobis(Matrix[F]{}, x, Run{})), must(c.LogDensity(Matrix[F]{}, x, make([]F, 5), Run{Workers: 2}))
			for i := range x.Rows {
				want := m.distances(x.Row(i), m.whiten(x.Row(i)))
				want[1], want[3] = F(nan), F(inf)
				for k, want := range want {
					if got := distances.Row(k)[i]; toBits(got) != toBits(want) {
						t.Errorf("%s, d = %d: distance from center %d, %v, is %v, not %v", constructor, d, k, means.Row(k), got, want)
					}
					if got := densities.Row(k)[i]; toBits(got) != toBits(logDensity(want, 0)) {
						t.Errorf("%s, d = %d: density about center %d, %v, is %v, not %v", constructor, d, k, means.Row(k), got, logDensity(want, 0))
					}
				}
			}
		}
	}
}
