//go:build race

package relent

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent/internal/pass"
)

const racing = true

// A raceCase is a call, and what writes elements of its at the same time: those that the call reads or writes, each of which the
// race detector must report, and others beside them, none of which it may.
type raceCase struct {
	name             string
	call             func()
	touched, between []func()
}

// The race detector sees what the kernels read and write, in assembly too: exactly that.
func TestRacesAreReported(t *testing.T) {
	const marker, races = "relent case ", "RELENT_RACES"
	all := append(raceElements[float64]("f64"), raceElements[float32]("f32")...)
	if os.Getenv(races) != "" {
		for i, e := range all {
			fmt.Fprintf(os.Stderr, "\n%s%d\n", marker, i)
			e.report()
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(self, "-test.run=^TestRacesAreReported$")
	program.Env = append(os.Environ(), races+"=1",
		"GORACE=halt_on_error=0 exitcode=66 suppress_equal_stacks=0 suppress_equal_addresses=0 history_size=7")
	output, err := program.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("it ends with %v:\n%s", err, output)
	}
	parts := strings.Split(string(output), "\n"+marker)[1:]
	if len(parts) != len(all) {
		t.Fatalf("%d of %d cases:\n%s", len(parts), len(all), output)
	}
	for i, e := range all {
		if reported := strings.Contains(parts[i], "WARNING: DATA RACE"); reported != e.touched {
			t.Errorf("%s: reported %v, must be %v\n%s", e.name, reported, e.touched, parts[i])
		}
	}
}

// A raceElement is a case and one of its elements.
type raceElement struct {
	name    string
	touched bool
	meet    func()
}

// report meets the case until there is a report, if there must be one: of an address the detector keeps only a few accesses, by
// chance.
func (e raceElement) report() {
	for range 1000 {
		before := runtime.RaceErrors()
		e.meet()
		if !e.touched || runtime.RaceErrors() > before {
			return
		}
	}
}

// raceElements are those of all cases. Each meets a case of its own: of an address there is but one report.
func raceElements[F float](of string) (all []raceElement) {
	for _, section := range raceSections[F]() {
		cases := func() []raceCase {
			var r races[F]
			section(&r)
			return r.cases
		}
		for i, c := range cases() {
			for j := range c.touched {
				all = append(all, raceElement{fmt.Sprintf("%s: %s, touched %d", of, c.name, j), true, func() {
					c := cases()[i]
					meet(c.call, c.touched[j])
				}})
			}
			for j := range c.between {
				all = append(all, raceElement{fmt.Sprintf("%s: %s, between %d", of, c.name, j), false, func() {
					c := cases()[i]
					meet(c.call, c.between[j])
				}})
			}
		}
	}
	return all
}

// meet makes the call while somebody writes, who lives on until it is done: of the dead the detector may not know enough to report.
func meet(call, write func()) {
	called, ended := make(chan struct{}), make(chan struct{})
	go func() {
		write()
		<-called
		close(ended)
	}()
	call()
	close(called)
	<-ended
}

// element writes element i of x as it is.
func element[E any](x []E, i int) func() {
	e := x[i]
	return func() { x[i] = e }
}

// ends are the first and the last element.
func ends[E any](x []E) []func() { return []func(){element(x, 0), element(x, len(x)-1)} }

// ridge is x with two elements more, before and after it, and those.
func ridge[E any](x []E) (inner []E, beside []func()) {
	all := append(append(make([]E, 1), x...), x[0])
	return all[1 : len(all)-1 : len(all)-1], ends(all)
}

// apart is a matrix with an element between its rows, and one after it, and those.
func apart[F float](rows, cols int) (m Matrix[F], between []func()) {
	m = Matrix[F]{Rows: rows, Cols: cols, Stride: cols + 1, Data: make([]F, rows*(cols+1))}
	for i := range m.Data {
		m.Data[i] = 0.25
	}
	return m, []func(){element(m.Data, cols), element(m.Data, rows*(cols+1)-1)}
}

// corners are the first element of a matrix and the last.
func corners[F float](m Matrix[F]) []func() {
	return []func(){element(m.Row(0), 0), element(m.Row(m.Rows-1), m.Cols-1)}
}

// races are the cases of one type of elements.
type races[F float] struct{ cases []raceCase }

func (r *races[F]) add(name string, call func(), touched, between []func()) {
	r.cases = append(r.cases, raceCase{name, call, touched, between})
}

// vector has n elements and one before and after them.
func (*races[F]) vector(n int) (x []F, beside []func()) { return ridge(slices.Repeat([]F{0.25}, n)) }

func raceSections[F float]() []func(r *races[F]) {
	sections := []func(r *races[F]){(*races[F]).sparse, (*races[F]).shares, (*races[F]).nearest}
	for _, n := range []int{17, chunk + 40} {
		sections = append(sections,
			func(r *races[F]) { r.pairs(n) }, func(r *races[F]) { r.maps(n) }, func(r *races[F]) { r.counts(n) })
	}
	for _, n := range []int{5, chunk + 3} {
		sections = append(sections, func(r *races[F]) { r.rows(n) })
	}
	for _, constructor := range constructors {
		for _, d := range []int{2, 13, 29} {
			sections = append(sections, func(r *races[F]) { r.factor(constructor, d) })
		}
	}
	for _, cols := range []int{1, 3, 40} {
		sections = append(sections, func(r *races[F]) { r.columns(cols) })
	}
	return sections
}

func (r *races[F]) pairs(n int) {
	p, besideP := r.vector(n)
	q, besideQ := r.vector(n)
	both, beside := slices.Concat(ends(p), ends(q)), slices.Concat(besideP, besideQ)
	for _, m := range allMeasures() {
		touched, between := both, beside
		if m.ofOne() {
			touched, between = ends(p), slices.Concat(besideP, ends(q))
		}
		r.add(fmt.Sprintf("%v, %d", m, n), func() { single(m, p, q) }, touched, between)
		if n > chunk {
			r.add(fmt.Sprintf("Stream of %v", m), func() { fed(m, p, q) }, touched, between)
		}
	}
	r.add("Measures", func() {
		Measures(nil, []Measure{MeasureJensenShannon, MeasureKullbackLeibler, MeasureJeffreys, MeasureCrossEntropy, MeasureTotalVariation, MeasureChiSquare, MeasureGeneralizedKullbackLeibler}, p, q)
	}, both, beside)
	r.add("Pass of StandardNormal", func() { Pass(pass.StandardNormal, nil, nil, p, q) }, both, beside)
	x, besideX := r.vector(n)
	y, besideY := r.vector(n)
	r.add("Pass of DiagonalNormal", func() { Pass(pass.DiagonalNormal, nil, nil, p, q, x, y) },
		slices.Concat(both, ends(x), ends(y)), slices.Concat(beside, besideX, besideY))
}

func (r *races[F]) maps(n int) {
	p, besideP := r.vector(n)
	q, besideQ := r.vector(n)
	dst, besideDst := r.vector(n)
	one, besideOne := slices.Concat(ends(p), ends(dst)), slices.Concat(besideP, besideDst)
	both, beside := slices.Concat(one, ends(q)), slices.Concat(besideOne, besideQ)
	r.add("KullbackLeiblerTerms", func() { KullbackLeiblerTerms(dst, p, q) }, both, beside)
	r.add("GeneralizedKullbackLeiblerTerms", func() { GeneralizedKullbackLeiblerTerms(dst, p, q) }, both, beside)
	r.add("EntropyTerms", func() { EntropyTerms(dst, p) }, one, besideOne)
	r.add("Exp", func() { Exp(dst, p) }, one, besideOne)
	dq, besideDq := r.vector(n)
	r.add("Gradient", func() { Gradient(dst, dq, MeasureHellinger, p, q) }, slices.Concat(both, ends(dq)), slices.Concat(beside, besideDq))
	r.add("Log", func() { Log(dst, p) }, one, besideOne)
}

func (r *races[F]) counts(n int) {
	p, besideP := ridge(slices.Repeat([]uint32{3}, n))
	q, besideQ := ridge(slices.Repeat([]uint32{4}, n))
	both, beside := slices.Concat(ends(p), ends(q)), slices.Concat(besideP, besideQ)
	r.add("BetweenCounts", func() { BetweenCounts(MeasureJensenShannon, p, q, Additive(1)) }, both, beside)
	r.add("EntropyOfCounts", func() { EntropyOfCounts(p, Strict) }, ends(p), besideP)
	x, besideX := r.vector(n)
	y, besideY := r.vector(n)
	x8, besideX8 := ridge(slices.Repeat([]int8{3}, n))
	r.add("counts of another type", func() { EntropyOfCounts(x8, Floor(1e-9)) }, ends(x8), besideX8)
	r.add("PopulationStabilityIndex", func() { PopulationStabilityIndex(x, y, Strict) },
		slices.Concat(ends(x), ends(y)), slices.Concat(besideX, besideY))
}

func (r *races[F]) rows(n int) {
	const rows = 4
	p, betweenP := apart[F](rows, n)
	q, betweenQ := apart[F](rows, n)
	both, between := slices.Concat(corners(p), corners(q)), slices.Concat(betweenP, betweenQ)
	for _, c := range denseCalls(p, q) {
		m, touched := MeasureJensenShannon, both
		switch {
		case c.function == eachRow:
			m, touched = MeasureEntropy, corners(p)
		case c.function == allPairs:
			touched = corners(p)
		case strings.Contains(c.name, vectorKind+" and"):
			touched = slices.Concat(ends(p.Row(0)), corners(q))
		case strings.HasSuffix(c.name, vectorKind):
			touched = slices.Concat(corners(p), ends(q.Row(0)))
		}
		data, beside := ridge(make([]float64, c.rows*c.cols))
		dst := Matrix[float64]{c.rows, c.cols, data, c.cols}
		touched, beside = slices.Concat(touched, ends(data)), slices.Concat(beside, between)
		r.add(fmt.Sprintf("%s, %d", c.name, n), func() { c.compute(nil, dst, m) }, touched, beside)
		r.add(fmt.Sprintf("%s, %d, by two", c.name, n), func() { c.compute(&Run{Workers: 2}, dst, m) }, touched, beside)
	}
	dp, betweenDp := apart[F](rows, n)
	dq, betweenDq := apart[F](rows, n)
	values, besideValues := ridge(make([]float64, rows))
	r.add("GradientRows", func() { GradientRows(values, dp, dq, MeasureJeffreys, p, q) },
		slices.Concat(both, corners(dp), corners(dq), ends(values)), slices.Concat(between, betweenDp, betweenDq, besideValues))
	table, beside := apart[float64](rows, rows)
	r.add("ManyToMany, into rows that are apart", func() { ManyToMany(table, MeasureKullbackLeibler, p, q) },
		slices.Concat(both, corners(table)), slices.Concat(between, beside))
}

func (r *races[F]) factor(constructor string, d int) {
	const rows = 150 // whole tiles and a rest
	m, err := newDistribution(constructor, make([]F, d), unitLower[F](d), NewMatrix[F](2, d))
	if err != nil {
		panic(err)
	}
	x, between := apart[F](rows, d)
	list, besideList := r.vector(rows)
	z, betweenZ := apart[F](rows, d)
	distances, betweenDistances := apart[F](2, rows)
	name := fmt.Sprintf("%s of %d columns", constructor, d)
	f, c := m.factor, m.packed
	touched, beside := slices.Concat(corners(x), ends(list)), slices.Concat(between, besideList)
	r.add("SqMahalanobis, "+name, func() { f.SqMahalanobis(list, x, Run{}) }, touched, beside)
	r.add("Mahalanobis, "+name, func() { f.Mahalanobis(list, x, Run{Workers: 2}) }, touched, beside)
	r.add("LogDensity, "+name, func() { f.LogDensity(list, x, 1, Run{}) }, touched, beside)
	touched, beside = slices.Concat(corners(x), corners(z)), slices.Concat(between, betweenZ)
	r.add("Whiten, "+name, func() { f.Whiten(z, x, Run{}) }, touched, beside)
	r.add("Solve, "+name, func() { f.Solve(z, x, Run{Workers: 2}) }, touched, beside)
	touched, beside = slices.Concat(corners(x), corners(distances)), slices.Concat(between, betweenDistances)
	r.add("Centers.SqMahalanobis, "+name, func() { c.SqMahalanobis(distances, x, Run{}) }, touched, beside)
	r.add("Centers.LogDensity, "+name, func() { c.LogDensity(distances, x, make([]F, 2), Run{Workers: 2}) }, touched, beside)
	r.add("Centers, "+name, func() { m.factor.Centers(x) }, corners(x), between)
}

func unitLower[F float](d int) Matrix[F] {
	m := NewMatrix[F](d, d)
	for i := range d {
		m.Row(i)[i] = 1
	}
	return m
}

func (r *races[F]) columns(cols int) {
	for _, rows := range []int{3, 70} {
		x, between := apart[F](rows, cols)
		dst, betweenDst := apart[F](rows, cols)
		if cols == 1 { // side by side
			x, between = NewMatrix[F](rows, cols), nil
		}
		sums, beside := r.vector(cols)
		name := fmt.Sprintf(", %d×%d", rows, cols)
		logSums := make([]F, x.Rows)
		r.add("LogSumExp"+name, func() { LogSumExp(logSums, x) }, slices.Concat(corners(x), ends(logSums)), between)
		r.add("Softmax"+name, func() { Softmax(dst, x) }, slices.Concat(corners(x), corners(dst)), slices.Concat(between, betweenDst))
		r.add("LogSoftmax"+name, func() { LogSoftmax(dst, x) }, slices.Concat(corners(x), corners(dst)), slices.Concat(between, betweenDst))
		r.add("LogSumExpColumns"+name, func() { LogSumExpColumns(sums, x, Run{}) }, slices.Concat(corners(x), ends(sums)), slices.Concat(between, beside))
		r.add("SoftmaxColumns"+name, func() { SoftmaxColumns(dst, sums, x, Run{}) },
			slices.Concat(corners(x), corners(dst), ends(sums)), slices.Concat(between, betweenDst, beside))
	}
}

func (r *races[F]) sparse() {
	offsets, columns := []int32{0, 2, 5, 6}, []int32{1, 3, 0, 1, 4, 2}
	values, besideValues := r.vector(6)
	p, err := NewSparse(5, offsets, columns, values)
	if err != nil {
		panic(err)
	}
	dense, between := apart[F](3, 5)
	vector, besideVector := r.vector(5)
	list, besideList := ridge(make([]float64, 3))
	table, betweenTable := apart[float64](3, 3)
	entries, beside := slices.Concat(ends(values), ends(columns)), slices.Concat(besideValues, besideList)
	r.add("EachRow of sparse rows", func() { EachRow(list, MeasureEntropy, p) }, slices.Concat(entries, ends(list)), beside)
	r.add("RowByRow of sparse rows", func() { RowByRow(list, MeasureJensenShannon, p, p) }, slices.Concat(entries, ends(list)), beside)
	r.add("AllPairs of sparse rows", func() { AllPairs(table, MeasureJensenShannon, p) },
		slices.Concat(entries, corners(table)), slices.Concat(besideValues, betweenTable))
	both := slices.Concat(entries, corners(dense))
	r.add("ManyToMany of sparse and dense rows", func() { ManyToMany(table, MeasureJensenShannon, p, dense) },
		slices.Concat(both, corners(table)), slices.Concat(between, betweenTable))
	r.add("ManyToMany of dense and sparse rows", func() { ManyToMany(table, MeasureJensenShannon, dense, p) },
		slices.Concat(both, corners(table)), slices.Concat(between, betweenTable))
	r.add("RowByRow of sparse and dense rows", func() { RowByRow(list, MeasureJensenShannon, p, dense) },
		slices.Concat(both, ends(list)), slices.Concat(between, besideList))
	r.add("RowByRow of a vector and sparse rows", func() { RowByRow(list, MeasureJensenShannon, Vector[F](vector), p) },
		slices.Concat(entries, ends(vector), ends(list)), slices.Concat(besideVector, beside))

	bounds := []int64{0, 2, 4, 6}
	ragged, err := NewRagged(values, bounds, nil, 0)
	if err != nil {
		panic(err)
	}
	touched := slices.Concat(ends(values), ends(list))
	r.add("EachRow of ragged rows", func() { EachRow(list, MeasureEntropy, ragged) }, touched, beside)
	r.add("RowByRow of ragged rows", func() { RunRowByRow(Run{Workers: 2}, list, MeasureJensenShannon, ragged, ragged) }, touched, beside)
	r.add("RowByRow of a vector and ragged rows", func() { RowByRow(list, MeasureJensenShannon, Vector[F](vector[:2]), ragged) },
		slices.Concat(touched, ends(vector[:2])), slices.Concat(beside, ends(vector[2:])))
}

func (r *races[F]) shares() {
	data, besideData := ridge([]uint16{1, 2, 3, 4, 5, 6})
	counts := Matrix[uint16]{2, 3, data, 3}.Shares(Additive(1))
	dense, between := apart[float64](2, 3)
	list, besideList := ridge(make([]float64, 2))
	touched, beside := slices.Concat(ends(data), ends(list)), slices.Concat(besideData, besideList)
	r.add("EachRow of shares", func() { EachRow(list, MeasureEntropy, counts) }, touched, beside)
	r.add("RowByRow of shares", func() { RowByRow(list, MeasureJensenShannon, counts, counts) }, touched, beside)
	r.add("RowByRow of shares and dense rows", func() { RowByRow(list, MeasureJensenShannon, counts, dense) },
		slices.Concat(touched, corners(dense)), slices.Concat(beside, between))
}

func (r *races[F]) nearest() {
	rows, between := apart[F](40, 7)
	query, beside := r.vector(7)
	found, besideFound := ridge(make([]Neighbor, 3))
	x := NewIndex(MeasureJensenShannon, rows)
	r.add("NewIndex", func() { NewIndex(MeasureJensenShannon, rows) }, corners(rows), between)
	r.add("Nearest", func() { x.Nearest(found, query, 3) }, slices.Concat(ends(query), ends(found)), slices.Concat(beside, besideFound))
}
