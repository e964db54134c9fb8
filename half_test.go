package relent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"unsafe"
)

// widenedExactly is the value of a number of 16 bits by the definition of its format, and its bits where that is NaN.
func widenedExactly(stored uint16, exponentBits int) (value float64, nan bool) {
	digits := 15 - exponentBits
	bias := 1<<(exponentBits-1) - 1
	exponent, significand := int(stored>>digits&(1<<exponentBits-1)), int(stored)&(1<<digits-1)
	sign := 1.
	if stored>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 1<<exponentBits-1 && significand != 0:
		return 0, true
	case exponent == 1<<exponentBits-1:
		return math.Inf(int(sign)), false
	case exponent == 0:
		return math.Copysign(math.Ldexp(float64(significand), 1-bias-digits), sign), false
	}
	return sign * math.Ldexp(float64(significand+1<<digits), exponent-bias-digits), false
}

// Every number of 16 bits widens to its value, wherever it stands, on every instruction set; and comes back.
func TestWiden(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f16", func(t *testing.T) { widensAll[Float16](t, 5) })
		t.Run("bf16", func(t *testing.T) { widensAll[BFloat16](t, 8) })
	})
}

func widensAll[H Half](t *testing.T, exponentBits int) {
	bits := make([]uint16, 1<<16)
	for i := range bits {
		bits[i] = uint16(i)
	}
	wide := Widen(nil, Halves[H](bits))
	for i, x := range wide {
		value, isNaN := widenedExactly(bits[i], exponentBits)
		if isNaN != (x != x) || !isNaN && math.Float64bits(float64(x)) != math.Float64bits(value) {
			t.Fatalf("%04x widens to %x, not %x", i, x, value)
		}
		one := ofFloat16
		if exponentBits == 8 {
			one = ofBFloat16
		}
		if math.Float32bits(x) != math.Float32bits(one(bits[i])) {
			t.Fatalf("%04x widens to %08x, in Go to %08x", i, math.Float32bits(x), math.Float32bits(one(bits[i])))
		}
	}
	for i, x := range as[uint16](Narrow[H](nil, wide)) {
		if _, isNaN := widenedExactly(bits[i], exponentBits); !isNaN && x != bits[i] {
			t.Fatalf("%04x came back as %04x", i, x)
		}
		if back, isNaN := widenedExactly(x, exponentBits); wide[i] != wide[i] && !isNaN {
			t.Fatalf("NaN %04x came back as %v", i, back)
		}
	}
	for n := range 70 {
		for from := range 3 {
			part := Halves[H](bits[0x3bf0+from:][:n:n])
			dst, untouched := make([]float32, n+1), float32(-1)
			dst[n] = untouched
			Widen(dst[:n], part)
			for i, x := range dst[:n] {
				if x != wide[0x3bf0+from+i] {
					t.Fatalf("element %d of %d, from %d: %x", i, n, from, x)
				}
			}
			if dst[n] != untouched {
				t.Fatalf("%d elements, from %d: one more is written", n, from)
			}
		}
	}
}

// Numbers between two of 16 bits are rounded to the nearer one, those in the middle to the even one.
func TestNarrow(t *testing.T) {
	t.Run("f16", func(t *testing.T) { narrowsAll[Float16](t, 0x7c00) })
	t.Run("bf16", func(t *testing.T) { narrowsAll[BFloat16](t, 0x7f80) })
}

func narrowsAll[H Half](t *testing.T, infinite uint16) {
	step := uint16(1 + 6*(1-min(1, short(7)/7)))
	for b := uint16(0); b < infinite; b += step {
		pair := Widen(nil, Halves[H]([]uint16{b, b + 1}))
		low, high := float64(pair[0]), float64(pair[1])
		if b+1 == infinite { // as if the exponents went on
			below := float64(Widen(nil, Halves[H]([]uint16{b - 1}))[0])
			high = low + (low - below)
		}
		middle := float32(low + (high-low)/2)
		even := b + b&1
		for sign, flip := range map[float32]uint16{1: 0, -1: 0x8000} {
			x := []float32{sign * middle, sign * math.Nextafter32(middle, 0), sign * math.Nextafter32(middle, float32(math.Inf(1)))}
			got := as[uint16](Narrow[H](nil, x))
			if want := []uint16{even | flip, b | flip, b + 1 | flip}; !slices.Equal(got, want) {
				t.Fatalf("%x are rounded to %04x, not %04x", x, got, want)
			}
		}
	}
	if got := as[uint16](Narrow[H](nil, []float32{math.MaxFloat32, float32(math.Inf(-1)), math.SmallestNonzeroFloat32})); !slices.Equal(got,
		[]uint16{infinite, infinite | 0x8000, 0}) {
		t.Errorf("extremes are %04x", got)
	}
}

// halvesOf are the numbers, rounded, and what those widen to.
func halvesOf[H Half](x []float32) ([]H, []float32) {
	h := Narrow[H](nil, x)
	return h, Widen(nil, h)
}

// Every measure of halves has the bits of the float32 that they widen to, of any length and values.
func TestMeasuresOfHalves(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f16", measuresOfHalves[Float16])
		t.Run("bf16", measuresOfHalves[BFloat16])
	})
}

func measuresOfHalves[H Half](t *testing.T) {
	r := seed(t.Name())
	for _, n := range []int{0, 1, 2, 7, 8, 15, 16, 17, 31, 33, 100, chunk - 1, chunk, chunk + 1, 3*chunk + 5} {
		for k, family := range families[float32]() {
			if k%2 == n%2 && !deep() {
				continue
			}
			p, q := pairs(r, n, family.pair)
			hp, p := halvesOf[H](p)
			hq, q := halvesOf[H](q)
			if k%3 == 0 {
				hq, q = hp, p
			}
			for _, m := range measuresOfTwo() {
				for _, m := range []Measure{m, m.Reversed()} {
					if got, want := Between(m, hp, hq), Between(m, p, q); !same(got, want) {
						t.Errorf("%v of %d %s: %x, of float32 %x", m, n, family.name, got, want)
					}
				}
			}
			for _, m := range allMeasures() {
				if m.ofOne() {
					if got, want := EachRow(nil, m, HalfVector[H](hp))[0], measureOf(m, p, p); !same(got, want) {
						t.Errorf("%v of %d %s: %x, of float32 %x", m, n, family.name, got, want)
					}
				}
			}
		}
	}
	if n := testing.AllocsPerRun(10, func() { result += Between(MeasureJensenShannon, make([]H, 100), make([]H, 100)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Rows of halves meet rows of every kind, and each other, as their float32 do.
func TestRowsOfHalves(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f16", rowsOfHalvesMeet[Float16])
		t.Run("bf16", rowsOfHalvesMeet[BFloat16])
	})
}

func rowsOfHalvesMeet[H Half](t *testing.T) {
	r := seed(t.Name())
	for _, n := range []int{0, 1, 5, 16, 40, 300, chunk + 3} {
		for _, rows := range []int{0, 1, 3, tileRows + 3} {
			if rows*n > 1000 && rows > 3 && !deep() {
				continue
			}
			p, q := randomMatrices[float32](r, rows, n, n+r.below(3))
			hp, p := halfMatrix[H](r, p)
			hq, q := halfMatrix[H](r, q)
			one := func(m Matrix[float32]) []float32 {
				if m.Rows == 0 {
					return make([]float32, n)
				}
				return m.Row(0)
			}
			vector := one(q)
			half := HalfVector[H](Narrow[H](nil, vector))
			for _, m := range []Measure{MeasureKullbackLeibler, MeasureKullbackLeibler.Reversed(), MeasureBhattacharyya} {
				check := func(what string, got, want []float64) {
					t.Helper()
					for i := range want {
						if !same(got[i], want[i]) {
							t.Fatalf("%v of %s, %d rows of %d: result %d is %x, want %x", m, what, rows, n, i, got[i], want[i])
						}
					}
				}
				list := RowByRow(nil, m, p, q)
				check("halves and halves", RowByRow(nil, m, hp, hq), list)
				check("halves and float32", RowByRow(nil, m, hp, q), list)
				check("float32 and halves", must(RunRowByRow(Run{Workers: 3}, nil, m, p, hq)), list)
				check("halves and a vector", RowByRow(nil, m, hp, half), RowByRow(nil, m, p, Vector[float32](vector)))
				check("a vector and float32", RowByRow(nil, m, half, p), RowByRow(nil, m, Vector[float32](vector), p))
				table := ManyToMany(Matrix[float64]{}, m, p, q).Data
				check("a table of halves", ManyToMany(Matrix[float64]{}, m, hp, hq).Data, table)
				check("a table of halves and float32", ManyToMany(Matrix[float64]{}, m, hp, q).Data, table)
				check("a table of float32 and halves", must(RunManyToMany(Run{Workers: 2}, Matrix[float64]{}, m, p, hq)).Data, table)
				check("all pairs", AllPairs(Matrix[float64]{}, m, hp).Data, AllPairs(Matrix[float64]{}, m, p).Data)
				sparse := sparseOf[float32, int32](t, r, q)
				check("halves and sparse rows", RowByRow(nil, m, hp, sparse), list)
				check("sparse rows and halves", ManyToMany(Matrix[float64]{}, m, sparse, hp).Data, ManyToMany(Matrix[float64]{}, m, q, p).Data)
			}
			if got, want := EachRow(nil, MeasureEntropy, hp), EachRow(nil, MeasureEntropy, p); !slices.EqualFunc(got, want, same) {
				t.Fatalf("entropies of %d rows of %d: %x, want %x", rows, n, got, want)
			}
		}
	}
}

// halfMatrix is a matrix rounded, with another stride, and what that widens to.
func halfMatrix[H Half](r *rng, m Matrix[float32]) (HalfMatrix[H], Matrix[float32]) {
	h := HalfMatrix[H]{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols + r.below(3)}
	wide := NewMatrix[float32](m.Rows, m.Cols)
	for i := range m.Rows {
		row := Narrow[H](nil, m.Row(i))
		Widen(wide.Row(i), row)
		h.Data = append(h.Data, append(row, make([]H, h.Stride-m.Cols)...)...)
	}
	return h, wide
}

// Blocks are all rows, each once, whatever kind they are; a workspace is left as it was.
func TestDenseBlocks(t *testing.T) {
	r := seed(t.Name())
	for _, n := range []int{0, 1, 3, 100, 5000} {
		m, _ := randomMatrices[float32](r, 50, n, n+1)
		half, wide := halfMatrix[Float16](r, m)
		blocksAre(t, "dense", m, m)
		blocksAre(t, "halves", half, wide)
		blocksAre(t, "sparse", sparseOf[float32, int64](t, r, m), m)
	}
	counts := Matrix[int]{Rows: 2, Cols: 2, Data: []int{1, 3, 2, 2}, Stride: 2}.Shares(Strict)
	blocksAre(t, "shares", counts, NewMatrix(2, 2, .25, .75, .5, .5))
	ragged := must(NewRagged([]float64{1, 2, 3, 4, 5, 6}, []int32{0, 2, 4, 6}, []byte{5}, 0))
	blocksAre(t, "ragged", ragged, NewMatrix(3, 2, 1, 2, nan, nan, 5, 6))
	uneven := must(NewRagged([]float64{1, 2, 3}, []int32{0, 2, 3}, nil, 0))
	var layout *LayoutError
	if err := DenseBlocks(Run{}, uneven, func(int, Matrix[float64]) error { return nil }); !errors.As(err, &layout) || layout.Row != 1 {
		t.Errorf("rows of two lengths: %v", err)
	}
	failure := errors.New("failure")
	if err := DenseBlocks(Run{}, NewMatrix(1, 1, 2.), func(int, Matrix[float64]) error { return failure }); err != failure {
		t.Errorf("an error is %v", err)
	}
}

func blocksAre[F float, P Rows[F]](t *testing.T, what string, rows P, want Matrix[F]) {
	t.Helper()
	for _, workers := range []int{1, 3} {
		seen := NewMatrix[F](want.Rows, want.Cols)
		scratch := new(Scratch)
		for range 2 { // the second time in what the first has left
			err := DenseBlocks(Run{Workers: workers, Scratch: scratch}, rows, func(from int, block Matrix[F]) error {
				for i := range block.Rows {
					for j, x := range block.Row(i) {
						seen.Row(from + i)[j] += x
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range want.Rows {
			for j, x := range want.Row(i) {
				if got := seen.Row(i)[j]; got != 2*x && x == x {
					t.Fatalf("%s, %d columns, %d workers: twice element %d, %d is %v, want %v", what, want.Cols, workers, i, j, got, 2*x)
				}
			}
		}
	}
}

// Logits may be rows of any kind: results have the bits of the same rows as a Matrix.
func TestLogitsOfAnyRows(t *testing.T) {
	r := seed(t.Name())
	for _, n := range []int{0, 1, 5, 16, 1000} {
		for _, rows := range []int{1, 40, 300} {
			x := filled(r, rows, n, balanced[float32])
			half, wide := halfMatrix[Float16](r, x)
			logitsAre(t, "halves", half, wide)
			logitsAre(t, "sparse", sparseOf[float32, int32](t, r, x), x)
		}
	}
	logitsAre(t, "one vector", Vector[float64]{1, 3, 2}, NewMatrix(1, 3, 1., 3, 2))
	logitsAre(t, "ragged", must(NewRagged([]float64{1, 2, 3, 4, 5, 6}, []int32{0, 2, 4, 6}, []byte{5}, 0)), NewMatrix(3, 2, 1, 2, nan, nan, 5, 6))
	uneven := must(NewRagged([]float64{1, 2, 3}, []int32{0, 2, 3}, nil, 0))
	var layout *LayoutError
	if _, err := RunSoftmax(Run{}, Matrix[float64]{}, uneven); !errors.As(err, &layout) || layout.Row != 1 {
		t.Errorf("rows of two lengths: %v", err)
	}
}

func logitsAre[F float, P Rows[F]](t *testing.T, what string, rows P, x Matrix[F]) {
	t.Helper()
	sums, shares, logs := LogSumExp(nil, x), Softmax(Matrix[F]{}, x), LogSoftmax(Matrix[F]{}, x)
	for _, workers := range []int{1, 3} {
		run := Run{Workers: workers, Scratch: new(Scratch)}
		for range 2 { // the second time in what the first has left
			sameBits(t, what+", LogSumExp", must(RunLogSumExp(run, nil, rows)), sums)
			sameBits(t, what+", Softmax", must(RunSoftmax(run, Matrix[F]{}, rows)).Data, shares.Data)
			sameBits(t, what+", LogSoftmax", must(RunLogSoftmax(run, Matrix[F]{}, rows)).Data, logs.Data)
		}
	}
	if n := testing.AllocsPerRun(5, func() { LogSumExp(sums, rows); Softmax(shares, rows); LogSoftmax(logs, rows) }); n != 0 && !racing {
		t.Errorf("%s: %v allocations", what, n)
	}
}

func sameBits[F float](t *testing.T, what string, got, want []F) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(x, y F) bool { return same(float64(x), float64(y)) }) {
		t.Fatalf("%s of %d elements: other bits than of a Matrix", what, len(want))
	}
}

// A stream of halves has the bits of one call, in whatever pieces they come.
func TestStreamOfHalves(t *testing.T) {
	r := seed(t.Name())
	p, q := pairs(r, 3*chunk+17, families[float32]()[0].pair)
	hp, _ := halvesOf[BFloat16](p)
	hq, _ := halvesOf[BFloat16](q)
	for _, m := range []Measure{MeasureKullbackLeibler, MeasureKullbackLeibler.Reversed(), MeasureBhattacharyya, MeasureEntropy} {
		s := NewStream[float32](m)
		for from := 0; from < len(hp); {
			to := min(len(hp), from+r.below(2*chunk))
			if m.ofOne() {
				AddHalves(s, hp[from:to], nil)
			} else {
				AddHalves(s, hp[from:to], hq[from:to])
			}
			from = to
		}
		var want float64
		if m.ofOne() {
			want = EachRow(nil, m, HalfVector[BFloat16](hp))[0]
		} else {
			want = Between(m, hp, hq)
		}
		if got := s.Value(); !same(got, want) {
			t.Errorf("%v: %x, want %x", m, got, want)
		}
	}
	s := NewStream[float32](MeasureJensenShannon)
	if n := testing.AllocsPerRun(10, func() { AddHalves(s, hp, hq) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What takes a Matrix takes halves by blocks: a Factor has the bits of the float32 that they widen to.
func TestFactorOfHalves(t *testing.T) {
	r := seed(t.Name())
	m := ordinary[float32](t, r, "NewFactor", 7)
	half, wide := halfMatrix[BFloat16](r, filled(r, 5000, 7, balanced[float32]))
	want := must(m.factor.LogDensity(nil, wide, -1, Run{}))
	got := make([]float32, half.Rows)
	err := DenseBlocks(Run{Workers: 2}, half, func(from int, block Matrix[float32]) error {
		_, err := m.factor.LogDensity(got[from:from+block.Rows], block, -1, Run{})
		return err
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("error %v, or other log densities", err)
	}
}

// No number outside the slices is read or written.
func TestHalvesInFencedMemory(t *testing.T) {
	x, y := fencedMemory(t), fencedMemory(t)
	eachISA(t, func(t *testing.T) {
		for n := range 70 {
			for _, half := range [][]byte{x[:2*n], x[len(x)-2*n:]} {
				for _, wide := range [][]byte{y[:4*n], y[len(y)-4*n:]} {
					p := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(wide))), n)
					bits := unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(half))), n)
					Narrow(Halves[Float16](bits), Widen(p, Halves[BFloat16](bits)))
					Widen(p, Halves[Float16](bits))
				}
			}
		}
	})
}

// Any bits, as halves, have the measures of the float32 that they widen to.
func FuzzHalves(f *testing.F) {
	for _, data := range []string{"", "\x00\x38\x66\x2e", "\x01\x00\x00\x80\xff\x7f\x00\x7c\x00\xfc\x01\xfc"} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bits := make([]uint16, len(data)/4*2)
		for i := range bits {
			bits[i] = binary.LittleEndian.Uint16(data[2*i:])
		}
		fuzzHalves[Float16](t, bits[:len(bits)/2], bits[len(bits)/2:])
		fuzzHalves[BFloat16](t, bits[:len(bits)/2], bits[len(bits)/2:])
	})
}

func fuzzHalves[H Half](t *testing.T, p, q []uint16) {
	hp, hq := Halves[H](p), Halves[H](q)
	wp, wq := Widen(nil, hp), Widen(nil, hq)
	for _, l := range levels() {
		useISA(t, l)
		for i, x := range Widen(nil, hp) {
			if math.Float32bits(x) != math.Float32bits(wp[i]) {
				t.Errorf("%v: %04x widens to %08x, not %08x", l, p[i], math.Float32bits(x), math.Float32bits(wp[i]))
			}
		}
		for _, m := range measuresOfTwo() {
			if got, want := Between(m, hp, hq), Between(m, wp, wq); !same(got, want) {
				t.Errorf("%v, %v of %04x, %04x: %x, of float32 %x", l, m, p, q, got, want)
			}
		}
	}
}

func ExampleAddHalves() {
	p, q := Halves[Float16]([]uint16{0x3800, 0x3400, 0x3400}), Halves[Float16]([]uint16{0x3400, 0x3400, 0x3800})
	s := NewStream[float32](MeasureKullbackLeibler)
	AddHalves(s, p[:2], q[:2])
	AddHalves(s, p[2:], q[2:])
	fmt.Printf("%.4f nats\n", s.Value())
	// Output: 0.1733 nats
}

func ExampleNarrow() {
	fmt.Println(Widen(nil, Narrow[BFloat16](nil, []float32{0.1, 1e6})))
	// Output: [0.100097656 999424]
}

func ExampleWiden() {
	fmt.Println(Widen(nil, Halves[Float16]([]uint16{0x3c00, 0x0001, 0x7bff})))
	// Output: [1 5.9604645e-08 65504]
}

// A Factor takes halves by blocks.
func ExampleDenseBlocks() {
	x := HalfMatrix[Float16]{Rows: 2, Cols: 2, Data: Narrow[Float16](nil, []float32{3, 4, 0, 1}), Stride: 2}
	f, err := NewDiagonalFactor([]float32{0, 0}, []float32{1, 1})
	if err != nil {
		panic(err)
	}
	distances := make([]float32, x.Rows)
	err = DenseBlocks(Run{}, x, func(from int, block Matrix[float32]) error {
		_, err := f.SqMahalanobis(distances[from:from+block.Rows], block, Run{})
		return err
	})
	fmt.Println(distances, err)
	// Output: [25 1] <nil>
}

func ExampleHalves() {
	p := Halves[Float16]([]uint16{0x3800, 0x3800}) // as files and Arrow store them: ½, ½
	q := Narrow[Float16](nil, []float32{0.9, 0.1})
	fmt.Printf("%.4f nats\n", Between(MeasureKullbackLeibler, p, q))
	fmt.Println(Widen(nil, p))
	// Output:
	// 0.5110 nats
	// [0.5 0.5]
}
