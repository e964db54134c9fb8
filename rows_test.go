package relent

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func allMeasures() (list []Measure) {
	for m := range Measure(len(measureTable)) {
		if measureTable[m].name != "" { // numbers may have gaps
			list = append(list, m)
		}
	}
	return list
}

// A side is an operand, and which row of a matrix each of its rows is.
type side[F float, P Rows[F]] struct {
	kind string
	rows P
	n    int
	of   func(i int) int // -1 of a null row
}

// A rowsCall is a function of many rows with its operands.
type rowsCall[F float] struct {
	name       string
	function   rowsFunction
	rows, cols int // of the results, which of a list are one row
	// compute calls the plain function if there is no run; a dst without data is none.
	compute func(run *Run, dst Matrix[float64], m Measure) (Matrix[float64], error)
	pair    func(i, j int) (x, y int) // the rows that result (i, j) is of
}

type rowsFunction string

const (
	eachRow    rowsFunction = "EachRow"
	rowByRow   rowsFunction = "RowByRow"
	manyToMany rowsFunction = "ManyToMany"
	allPairs   rowsFunction = "AllPairs"
)

func (f rowsFunction) ofList() bool { return f == eachRow || f == rowByRow }

// fits tells whether the function takes the measure.
func (f rowsFunction) fits(m Measure) bool {
	if m.ofOne() {
		return f == eachRow && m&reverse == 0
	}
	return f != eachRow
}

func asList(results []float64, err error) (Matrix[float64], error) {
	return Matrix[float64]{1, len(results), results, len(results)}, err
}

// firstRow is the memory of the only row.
func firstRow(dst Matrix[float64]) []float64 {
	if dst.Data == nil {
		return nil
	}
	return dst.Data[:dst.Cols]
}

// callsOf are the functions of one operand.
func callsOf[F float, P Rows[F]](p side[F, P]) []rowsCall[F] {
	return []rowsCall[F]{
		{"EachRow of " + p.kind, eachRow, 1, p.n,
			func(run *Run, dst Matrix[float64], m Measure) (Matrix[float64], error) {
				if run == nil {
					return asList(EachRow(firstRow(dst), m, p.rows), nil)
				}
				return asList(RunEachRow(*run, firstRow(dst), m, p.rows))
			},
			func(_, i int) (x, y int) { return p.of(i), p.of(i) }},
		{"AllPairs of " + p.kind, allPairs, p.n, p.n,
			func(run *Run, dst Matrix[float64], m Measure) (Matrix[float64], error) {
				if run == nil {
					return AllPairs(dst, m, p.rows), nil
				}
				return RunAllPairs(*run, dst, m, p.rows)
			},
			func(i, j int) (x, y int) { return p.of(i), p.of(j) }},
	}
}

// callsOfPair are the functions of two operands.
func callsOfPair[F float, P, Q Rows[F]](p side[F, P], q side[F, Q]) []rowsCall[F] {
	kinds := fmt.Sprintf(" of %s and %s", p.kind, q.kind)
	return []rowsCall[F]{
		{"ManyToMany" + kinds, manyToMany, p.n, q.n,
			func(run *Run, dst Matrix[float64], m Measure) (Matrix[float64], error) {
				if run == nil {
					return ManyToMany(dst, m, p.rows, q.rows), nil
				}
				return RunManyToMany(*run, dst, m, p.rows, q.rows)
			},
			func(i, j int) (x, y int) { return p.of(i), q.of(j) }},
		{"RowByRow" + kinds, rowByRow, 1, max(p.n, q.n),
			func(run *Run, dst Matrix[float64], m Measure) (Matrix[float64], error) {
				if run == nil {
					return asList(RowByRow(firstRow(dst), m, p.rows, q.rows), nil)
				}
				return asList(RunRowByRow(*run, firstRow(dst), m, p.rows, q.rows))
			},
			func(_, i int) (x, y int) { return p.of(min(i, p.n-1)), q.of(min(i, q.n-1)) }},
	}
}

const vectorKind = "a vector"

// kinds are the rows of a matrix as operands of every kind, but for shares.
type kinds[F float] struct {
	dense        side[F, Matrix[F]]
	vector       side[F, Vector[F]] // one of the rows
	sparse       side[F, *Sparse[F, int32]]
	widerSparse  side[F, *Sparse[F, int64]]
	ragged       side[F, *Ragged[F, int32]] // some of them null
	largerRagged side[F, *Ragged[F, int64]]
}

func kindsOf[F float](t *testing.T, r *rng, x Matrix[F]) kinds[F] {
	t.Helper()
	itself := func(i int) int { return i }
	ragged, null := raggedOf[F, int32](t, r, x, true)
	larger, _ := raggedOf[F, int64](t, r, x, false)
	k := kinds[F]{
		side[F, Matrix[F]]{"dense rows", x, x.Rows, itself},
		side[F, Vector[F]]{vectorKind, make([]F, x.Cols), 1, itself},
		side[F, *Sparse[F, int32]]{"sparse rows", sparseOf[F, int32](t, r, x), x.Rows, itself},
		side[F, *Sparse[F, int64]]{"sparse rows of 64 bits", sparseOf[F, int64](t, r, x), x.Rows, itself},
		side[F, *Ragged[F, int32]]{"ragged rows, some null", ragged, x.Rows, func(i int) int {
			if null[i] {
				return -1
			}
			return i
		}},
		side[F, *Ragged[F, int64]]{"ragged rows of 64 bits", larger, x.Rows, itself},
	}
	if x.Rows > 0 {
		row := r.below(x.Rows)
		k.vector.rows, k.vector.of = x.Row(row), func(int) int { return row }
	}
	return k
}

// product is every function with operands of every kind on either side.
func product[F float](p, q kinds[F]) []rowsCall[F] {
	return slices.Concat(
		callsOf(p.dense), callsOf(p.vector), callsOf(p.sparse), callsOf(p.widerSparse), callsOf(p.ragged), callsOf(p.largerRagged),
		against(p.dense, q), against(p.vector, q), against(p.sparse, q), against(p.widerSparse, q), against(p.ragged, q),
		against(p.largerRagged, q))
}

func against[F float, P Rows[F]](p side[F, P], q kinds[F]) []rowsCall[F] {
	return slices.Concat(callsOfPair(p, q.dense), callsOfPair(p, q.vector), callsOfPair(p, q.sparse), callsOfPair(p, q.widerSparse),
		callsOfPair(p, q.ragged), callsOfPair(p, q.largerRagged))
}

// denseCalls are the functions of dense rows, and of one that meets each.
func denseCalls[F float](p, q Matrix[F]) []rowsCall[F] {
	itself := func(i int) int { return i }
	x, y := side[F, Matrix[F]]{"dense rows", p, p.Rows, itself}, side[F, Matrix[F]]{"dense rows", q, q.Rows, itself}
	one, other := side[F, Vector[F]]{vectorKind, p.Row(0), 1, itself}, side[F, Vector[F]]{vectorKind, q.Row(0), 1, itself}
	return slices.Concat(callsOf(x), callsOfPair(x, y), callsOfPair(one, y), callsOfPair(x, other))
}

// sparseOf has an entry wherever an element is not 0, and in some other columns.
func sparseOf[F float, I Offset](t *testing.T, r *rng, x Matrix[F]) *Sparse[F, I] {
	t.Helper()
	values := make([]F, r.below(4)) // of no row
	columns := make([]I, len(values))
	offsets := []I{I(len(values))}
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			if toBits(v) != 0 || r.below(16) == 0 && i%2 > 0 {
				columns, values = append(columns, I(j)), append(values, v)
			}
		}
		offsets = append(offsets, I(len(values)))
	}
	s, err := NewSparse(x.Cols, offsets, columns, values)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// raggedOf is the rows, some of them null, and of any length then.
func raggedOf[F float, O Offset](t *testing.T, r *rng, x Matrix[F], nulls bool) (*Ragged[F, O], []bool) {
	t.Helper()
	values, first := make([]F, r.below(5)), r.below(20)
	offsets := []O{O(len(values))}
	valid, null := make([]byte, (first+x.Rows+7)/8), make([]bool, x.Rows)
	for i := range x.Rows {
		if null[i] = nulls && r.below(4) == 0; null[i] {
			values = append(values, make([]F, r.below(2*x.Cols+3))...)
		} else {
			valid[(first+i)/8] |= 1 << ((first + i) % 8)
			values = append(values, x.Row(i)...)
		}
		offsets = append(offsets, O(len(values)))
	}
	if !nulls {
		valid = nil
	}
	s, err := NewRagged(values, offsets, valid, first)
	if err != nil {
		t.Fatal(err)
	}
	return s, null
}

// randomMatrices have rows of pairs of the families in turn, so that what is decided for one row is not for the next, and
// NaN between the rows.
func randomMatrices[F float](r *rng, rows, cols, stride int) (p, q Matrix[F]) {
	kinds := families[F]()
	fresh := func() Matrix[F] {
		m := Matrix[F]{Rows: rows, Cols: cols, Stride: stride, Data: make([]F, max(0, (rows-1)*stride+cols))}
		for i := range m.Data {
			m.Data[i] = F(nan)
		}
		return m
	}
	p, q = fresh(), fresh()
	for i := range rows {
		kind := kinds[0]
		if r.below(2) == 0 {
			kind = kinds[r.below(len(kinds))]
		}
		for j := range cols {
			p.Row(i)[j], q.Row(i)[j] = kind.pair(r)
		}
	}
	return p, q
}

// thinned makes most elements of x 0, all of some rows and none of others.
func thinned[F float](r *rng, x Matrix[F]) {
	for i := range x.Rows {
		kept := []int{0, 1, 10, 50, 100}[r.below(5)]
		from, to := 0, x.Cols
		if r.below(3) == 0 { // in a part
			from = r.below(x.Cols + 1)
			to = from + r.below(x.Cols-from+1)
		}
		lane := r.below(3 * lanes)
		for j := range x.Row(i) {
			if j < from || j >= to || r.below(100) >= kept || lane < lanes && j%lanes != lane {
				x.Row(i)[j] = 0
			}
		}
	}
}

func thinMatrices[F float](r *rng, rows, cols int) (p, q Matrix[F]) {
	p, q = randomMatrices[F](r, rows, cols, cols+[]int{0, 1, 7, 16}[r.below(4)])
	thinned(r, p)
	thinned(r, q)
	return p, q
}

// expected are the measures of pairs of rows.
type expected struct {
	pairs, own func(i, j int) float64 // of p and q, of p and p
	each       func(i int) float64    // of p
}

func expect[F float](m Measure, p, q Matrix[F]) expected {
	return expected{
		func(i, j int) float64 { return Between(m, p.Row(i), q.Row(j)) },
		func(i, j int) float64 { return Between(m, p.Row(i), p.Row(j)) },
		func(i int) float64 { return measureOf(m, p.Row(i), nil) },
	}
}

// kept computes a measure once.
func (e expected) kept(n int) expected {
	keep := func(f func(i, j int) float64) func(i, j int) float64 {
		known, values := make([]bool, n*n), make([]float64, n*n)
		return func(i, j int) float64 {
			if at := i*n + j; !known[at] {
				known[at], values[at] = true, f(i, j)
			}
			return values[i*n+j]
		}
	}
	one := keep(func(i, _ int) float64 { return e.each(i) })
	return expected{keep(e.pairs), keep(e.own), func(i int) float64 { return one(i, 0) }}
}

// want is what result (i, j) must be.
func (c rowsCall[F]) want(e expected, i, j int) float64 {
	x, y := c.pair(i, j)
	switch {
	case x < 0 || y < 0:
		return nan
	case c.function == eachRow:
		return e.each(x)
	case c.function == allPairs:
		return e.own(x, y)
	}
	return e.pairs(x, y)
}

const unwritten = -7

// room is for the results, with something between its rows.
func (c rowsCall[F]) room() Matrix[float64] {
	dst := Matrix[float64]{Rows: c.rows, Cols: c.cols, Stride: c.cols + 1, Data: make([]float64, c.rows*(c.cols+1))}
	for i := range dst.Data {
		dst.Data[i] = unwritten
	}
	return dst
}

// check wants a run, or the plain function, to have the results.
func (c rowsCall[F]) check(t *testing.T, what string, run *Run, m Measure, e expected) {
	t.Helper()
	dst := c.room()
	got, err := c.compute(run, dst, m)
	if err != nil || len(got.Data) > 0 && &got.Data[0] != &dst.Data[0] {
		t.Errorf("%s of %v, %s: error %v, or another dst", c.name, m, what, err)
		return
	}
	for i := range c.rows {
		for j, x := range dst.Row(i) {
			if want := c.want(e, i, j); !same(x, want) {
				t.Errorf("%s of %v, %s, %+v: result %d, %d is %x, of the pair %x", c.name, m, what, run, i, j, x, want)
				return
			}
		}
		if dst.Data[i*dst.Stride+dst.Cols] != unwritten {
			t.Errorf("%s of %v, %s, %+v: element %d of row %d is written", c.name, m, what, run, dst.Cols, i)
			return
		}
	}
}

// someRuns are ways to compute, the plain function the first; memory is kept from call to call.
func someRuns() []*Run {
	kept := new(Scratch)
	return []*Run{nil, {}, {Workers: 2}, {Scratch: kept}, {Workers: 3, Scratch: kept}}
}

type rowsSize struct{ rows, cols int }

// rowsSizes are about those of a register, of a chunk, of what is cleared or computed at once, and of a tile.
func rowsSizes() []rowsSize {
	if testing.Short() {
		return []rowsSize{{3, 17}, {2, chunk + 1}, {tileRows + 3, 5}}
	}
	sizes := []rowsSize{{5, 0}, {4, 1}, {5, 15}, {5, lanes}, {5, 17}, {tileRows + 3, 33}, {2, chunk}, {3, chunk + 1}, {2, 2*chunk + 5}}
	if deep() {
		sizes = append(sizes, rowsSize{1, 3}, rowsSize{2*tileRows + 1, 100}, rowsSize{2, chunk - 1}, rowsSize{2, 3*chunk - 7})
		for n := range 70 {
			sizes = append(sizes, rowsSize{1 + n%7, n})
		}
	}
	return sizes
}

// Every result has the bits of the function's on the pair of dense vectors: for every kind of operand on either side, function of
// rows, measure, length and run.
func TestRowsAreThePairs(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", rowsAreThePairs[float64])
		t.Run("f32", rowsAreThePairs[float32])
	})
}

func rowsAreThePairs[F float](t *testing.T) {
	r, runs, turn := seed(t.Name()), someRuns(), 0
	for _, size := range rowsSizes() {
		p, q := thinMatrices[F](r, size.rows, size.cols)
		calls := product(kindsOf(t, r, p), kindsOf(t, r, q))
		what := fmt.Sprintf("%d rows of %d", size.rows, size.cols)
		for _, m := range everyMeasure() {
			e := expect(m, p, q).kept(size.rows)
			for _, c := range calls {
				if !c.function.fits(m) {
					continue
				}
				turn++
				for k, run := range runs {
					if deep() || k == turn%len(runs) || k == turn/2%len(runs) {
						c.check(t, what, run, m, e)
					}
				}
			}
		}
	}
}

// Tables and lists of many tiles, for any number of workers.
func TestRowsOfManyTiles(t *testing.T) {
	t.Run("f64", rowsOfManyTiles[float64])
	t.Run("f32", rowsOfManyTiles[float32])
}

// manyTiles are operands for lists and for tables, of so many tiles or more whatever the kinds are.
func manyTiles[F float](r *rng, tiles int) (lists, tables [2]Matrix[F]) {
	lists[0], lists[1] = randomMatrices[F](r, tiles*listElements/leastRow, 2, 3)
	tables[0], tables[1] = randomMatrices[F](r, 2*tileRows+3, 700, 701)
	tables[1] = tables[1].Slice(0, 2*tileRows-2)
	for _, x := range []Matrix[F]{lists[0], lists[1], tables[0], tables[1]} {
		thinned(r, x)
	}
	return lists, tables
}

func callsOfMatrices[F float](t *testing.T, r *rng, x [2]Matrix[F]) []rowsCall[F] {
	return product(kindsOf(t, r, x[0]), kindsOf(t, r, x[1]))
}

func rowsOfManyTiles[F float](t *testing.T) {
	r := seed(t.Name())
	lists, tables := manyTiles[F](r, 4)
	for i, c := range callsOfMatrices(t, r, lists) {
		if c.function.ofList() && (i%5 == 0 || !testing.Short()) {
			c.checkWorkers(t, lists)
		}
	}
	for i, c := range callsOfMatrices(t, r, tables) {
		if !c.function.ofList() && (i%5 == 0 || !testing.Short()) {
			c.checkWorkers(t, tables)
		}
	}
}

func (c rowsCall[F]) checkWorkers(t *testing.T, x [2]Matrix[F]) {
	t.Helper()
	measures := []Measure{MeasureChiSquare.Reversed(), MeasureTotalVariation} // one is mirrored; none takes long in plain Go
	if c.function == eachRow {
		measures = []Measure{MeasureEntropy}
	}
	for _, m := range measures {
		e, want := expect(m, x[0], x[1]), make([]float64, 0, c.rows*c.cols)
		for i := range c.rows {
			for j := range c.cols {
				want = append(want, c.want(e, i, j))
			}
		}
		requireRun(t, c.name+" of "+m.String(), want, c.run(m))
	}
}

// run is the function under a Run.
func (c rowsCall[F]) run(m Measure) runCall {
	return func(run Run, dst []float64) ([]float64, error) {
		room := Matrix[float64]{c.rows, c.cols, dst, c.cols}
		if dst == nil {
			room = Matrix[float64]{}
		}
		got, err := c.compute(&run, room, m)
		return got.Data, err
	}
}

// NaN results have the same bits, too, wherever they come from.
func TestRowsNaN(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		rows := Matrix[float64]{Rows: 3, Cols: 2, Stride: 2, Data: []float64{1, -1, 1, nan, 1, math.Inf(1)}}
		for _, m := range measuresOfTwo() {
			for i, x := range RowByRow(nil, m, Vector[float64]{1, 1}, rows) {
				if want := Between(m, []float64{1, 1}, rows.Row(i)); math.Float64bits(x) != math.Float64bits(want) || x == x {
					t.Errorf("%v of row %d: %x, of the pair %x", m, i, math.Float64bits(x), math.Float64bits(want))
				}
			}
		}
		huge := []float64{math.MaxFloat64, 1}
		for _, x := range []float64{kl(append(make([]float64, 2*chunk), huge...), append(make([]float64, 2*chunk), 1, math.NaN())), kl([]float64{1}, []float64{-1})} {
			if math.Float64bits(x) != math.Float64bits(math.NaN()) {
				t.Errorf("a kernel's NaN is %x", math.Float64bits(x))
			}
		}
	})
}

// No rows are something, of every kind; so is a dst for them.
func TestNoRows(t *testing.T) {
	r := seed(t.Name())
	none := Matrix[float32]{Cols: 3, Stride: 3}
	for _, c := range product(kindsOf(t, r, none), kindsOf(t, r, none)) {
		for _, m := range []Measure{MeasureKullbackLeibler, MeasureEntropy} {
			if !c.function.fits(m) || c.rows*c.cols > 0 {
				continue
			}
			for _, run := range someRuns() {
				if got, err := c.compute(run, Matrix[float64]{}, m); err != nil || got.Data == nil || len(got.Data) != 0 || got.Cols != c.cols || !c.function.ofList() && got.Rows != c.rows {
					t.Errorf("%s: %v, %v", c.name, got, err)
				}
			}
		}
	}
}

// message is what f panics with.
func message(f func()) (text string) {
	defer func() {
		if value := recover(); value != nil {
			text = fmt.Sprint(value)
		}
	}()
	f()
	return ""
}

// What does not fit panics, or is an error of a run, names both sizes, and leaves dst as it is: for every kind of operand.
func TestRowsRefuse(t *testing.T) {
	r := seed(t.Name())
	operands := func(rows, cols int) kinds[float64] {
		x, _ := randomMatrices[float64](r, rows, cols, cols+1)
		k := kindsOf(t, r, x)
		k.ragged.rows, _ = raggedOf[float64, int32](t, r, x, false) // a null row would meet any
		return k
	}
	few, wide, many := operands(3, 4), operands(3, 6), operands(5, 4)
	refuse := func(c rowsCall[float64], m Measure, dst Matrix[float64], words ...string) {
		t.Helper()
		for _, run := range someRuns() {
			text := message(func() {
				if _, err := c.compute(run, dst, m); err != nil {
					panic(err)
				}
			})
			if !strings.HasPrefix(text, "relent: ") || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
				t.Errorf("%s of %v, %+v: it says %q, want %q", c.name, m, run, text, words)
			}
			if slices.ContainsFunc(dst.Data, func(x float64) bool { return x != unwritten }) {
				t.Errorf("%s of %v: dst is %v", c.name, m, dst)
			}
		}
	}
	some := map[bool]Measure{true: MeasureEntropy, false: MeasureJensenShannon}
	for _, c := range product(few, wide) {
		if c.function == rowByRow || c.function == manyToMany {
			refuse(c, MeasureKullbackLeibler, c.room(), string(c.function), "4", "6")
		}
	}
	for _, c := range product(few, few) {
		ofOne := c.function == eachRow
		refuse(c, some[!ofOne], c.room(), string(c.function), some[!ofOne].String(), "one", "two")
		refuse(c, 100, c.room(), string(c.function), "Measure(100) is unknown")
		if ofOne {
			refuse(c, MeasureEntropy.Reversed(), c.room(), "EachRow", "Entropy reversed")
		}
		other := c
		other.cols += 2
		refuse(c, some[ofOne], other.room(), string(c.function), "dst", fmt.Sprint(c.cols), fmt.Sprint(other.cols))
	}
	for _, c := range product(few, many) {
		if c.function == rowByRow && !strings.Contains(c.name, vectorKind) {
			refuse(c, MeasureKullbackLeibler, c.room(), "RowByRow: p has 3 rows, q has 5")
		}
	}
}

// What is wrong with a matrix, or with dst, by words.
func TestRowsPanics(t *testing.T) {
	dst := []float64{unwritten, unwritten, unwritten, unwritten}
	m := func(rows, cols int) Matrix[float64] { return NewMatrix[float64](rows, cols) }
	table := func(rows, cols int) Matrix[float64] {
		return Matrix[float64]{Rows: rows, Cols: cols, Stride: cols, Data: dst}
	}
	for want, f := range map[string]func(){
		"RowByRow: dst has 4 elements, the result has 3 elements":              func() { RowByRow(dst, MeasureKullbackLeibler, Vector[float64]{1, 2}, m(3, 2)) },
		"RowByRow: p has 5 elements in a row, q has 2":                         func() { RowByRow(dst, MeasureKullbackLeibler, make(Vector[float64], 5), m(4, 2)) },
		"RowByRow: p has 4 rows, q has 3":                                      func() { RowByRow(dst, MeasureKullbackLeibler, m(4, 2), m(3, 2)) },
		"EachRow: dst has 4 elements, the result has 5 elements":               func() { EachRow(dst, MeasureEntropy, m(5, 2)) },
		"ManyToMany: dst is 2×2, the result 3×2":                               func() { ManyToMany(table(2, 2), MeasureKullbackLeibler, m(3, 2), m(2, 2)) },
		"AllPairs: dst is 1×4, the result 2×2":                                 func() { AllPairs(table(1, 4), MeasureKullbackLeibler, m(2, 2)) },
		"AllPairs: dst is 2×3 with stride 3, which takes 6 elements; it has 4": func() { AllPairs(table(2, 3), MeasureKullbackLeibler, m(2, 2)) },
		"AllPairs: x has stride 1, less than its 2 columns":                    func() { AllPairs(table(2, 2), MeasureKullbackLeibler, Matrix[float64]{Rows: 2, Cols: 2, Stride: 1}) },
		"NewMatrix: 4 elements for 2×3":                                        func() { NewMatrix(2, 3, dst...) },
		"RowByRow: q is -1×2": func() {
			RowByRow(dst, MeasureKullbackLeibler, Vector[float64]{1, 2}, Matrix[float64]{Rows: -1, Cols: 2})
		},
		"RowByRow: Entropy is a measure of one vector, not of two vectors":      func() { RowByRow(dst, MeasureEntropy, m(4, 2), m(4, 2)) },
		"EachRow: JensenShannon is a measure of two vectors, not of one vector": func() { EachRow(dst, MeasureJensenShannon, m(4, 2)) },
		"EachRow: there is no second vector for Entropy reversed":               func() { EachRow(dst, MeasureEntropy.Reversed(), m(4, 2)) },
		"Between: BinaryEntropy is a measure of one vector, not of two vectors": func() { Between(MeasureBinaryEntropy, dst, dst) },
		"RowByRow: Measure(200) is unknown":                                     func() { RowByRow(dst, 200, m(4, 2), m(4, 2)) },
	} {
		if got := message(f); got != "relent: "+want {
			t.Errorf("panic %q, want %q", got, "relent: "+want)
		}
		if slices.ContainsFunc(dst, func(x float64) bool { return x != unwritten }) {
			t.Errorf("%s: dst is %v", want, dst)
		}
	}
}

// With dst given nothing is allocated, whatever the kinds are, plain and under a run of one worker.
func TestRowsDoNotAllocate(t *testing.T) {
	t.Run("f64", rowsDoNotAllocate[float64])
	t.Run("f32", rowsDoNotAllocate[float32])
}

func rowsDoNotAllocate[F float](t *testing.T) {
	r := seed(t.Name())
	p, q := thinMatrices[F](r, 5, 40)
	calls := product(kindsOf(t, r, p), kindsOf(t, r, q))
	for i, run := range []*Run{nil, {Scratch: new(Scratch)}, {Progress: func(done, total int) {}, Scratch: new(Scratch)}} {
		if run == nil && racing {
			continue
		}
		for j, m := range everyMeasure() {
			for k, c := range calls {
				if c.function.fits(m) && (deep() || (i+j+k)%4 == 0) {
					dst := c.room()
					if n := testing.AllocsPerRun(10, func() { c.compute(run, dst, m) }); n != 0 {
						t.Errorf("%s of %v, %+v: %v allocations", c.name, m, run, n)
					}
				}
			}
		}
	}
}

func TestMeasure(t *testing.T) {
	p, q := []float64{0.5, 0.5}, []float64{0.25, 0.75}
	for _, m := range everyMeasure() {
		if name := m.String(); name == "" || strings.Contains(name, "(") {
			t.Errorf("measure %d is called %q", uint8(m), name)
		}
		text, err := m.MarshalText()
		if parsed, other := ParseMeasure(m.String()); err != nil || other != nil || parsed != m || string(text) != m.String() {
			t.Errorf("%v is written %q, %v, and read as %v, %v", m, text, err, parsed, other)
		}
		var read Measure
		if err := read.UnmarshalText(text); err != nil || read != m {
			t.Errorf("%q is read as %v, %v", text, read, err)
		}
		if m.ofOne() {
			continue
		}
		if got, want := Between(m, p, q), single(m, p, q); !same(got, want) || !same(Between(m.Reversed(), q, p), got) {
			t.Errorf("%v: %v, not %v; reversed %v", m, got, want, Between(m.Reversed(), q, p))
		}
		if m.Symmetric() != same(Between(m, p, q), Between(m, q, p)) {
			t.Errorf("%v: symmetric %v; %v and %v", m, m.Symmetric(), Between(m, p, q), Between(m, q, p))
		}
	}
	for _, m := range []Measure{0, Measure(len(measureTable)), 200} {
		if got, want := m.String(), fmt.Sprintf("Measure(%d)", uint8(m)); got != want {
			t.Error(got)
		}
		if text, err := m.MarshalText(); err == nil {
			t.Errorf("%v is written %q", m, text)
		}
	}
	for _, name := range []string{"", "KL", " reversed", "Measure(0)", "JensenShannon reversed", "Entropy  reversed", "kullbackleibler"} {
		var read Measure = MeasureEntropy
		if err := read.UnmarshalText([]byte(name)); err == nil || read != MeasureEntropy || !strings.HasPrefix(err.Error(), "relent: ") {
			t.Errorf("%q is read as %v, %v", name, read, err)
		}
	}
}

// Rows of any bits, of any length and stride, are the pairs.
func FuzzRows(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range levels() {
			useISA(t, l)
			fuzzRows[float64](t, data)
			fuzzRows[float32](t, data)
		}
	})
}

func fuzzRows[F float](t *testing.T, data []byte) {
	if len(data) < 2 {
		return
	}
	n, gap := 1+int(data[0])%40, int(data[1])%5
	x, y := fuzzed[F](data, 500)
	rows := min((len(x)+gap)/(n+gap), 12)
	if rows == 0 {
		return
	}
	r := rng(len(data)) + rng(data[0])<<8
	p, q := Matrix[F]{rows, n, x, n + gap}, Matrix[F]{rows, n, y, n + gap}
	calls := product(kindsOf(t, &r, p), kindsOf(t, &r, q))
	for i, m := range everyMeasure() {
		e := expect(m, p, q).kept(rows)
		for j, c := range calls {
			if c.function.fits(m) && (i+j+int(data[1]))%7 == 0 {
				c.check(t, "fuzzed", nil, m, e)
			}
		}
	}
}

// Short rows are computed several at a time, of which all take the same path and pass its guards, or are computed one at a time: rows of
// every length, of elements of one family, and of those with some of another.
func TestShortRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", shortRowsAreThePairs[float64])
		t.Run("f32", shortRowsAreThePairs[float32])
	})
}

func shortRowsAreThePairs[F float](t *testing.T) {
	r := seed(t.Name())
	for _, kind := range families[F]() {
		for n := 1; n <= mostShort+1; n++ {
			if testing.Short() && r.below(3) > 0 {
				continue
			}
			p, q := randomMatrices[F](r, 24+r.below(24), n, n+r.below(2))
			spoiled := r.below(4)
			for i := range p.Rows {
				if i%16 >= spoiled {
					for j := range n {
						p.Row(i)[j], q.Row(i)[j] = kind.pair(r)
					}
				}
			}
			what := fmt.Sprintf("%s, %d of 16 rows spoiled, rows of %d", kind.name, spoiled, n)
			for _, m := range everyMeasure() {
				e := expect(m, p, q)
				for _, c := range denseCalls(p, q) {
					if c.function.fits(m) && c.function.ofList() {
						c.check(t, what, nil, m, e)
					}
				}
			}
		}
	}
}
