package relent

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A distribution is a mean, the L or L⁻¹ of one of the constructors, and the Factor made of them, with the definition of
// every method written out for a row, one rounding after the other. The kernels give its bits.
type distribution[F float] struct {
	constructor string
	mean        []F
	lower       Matrix[F]
	factor      *Factor[F]
	centers     Matrix[F] // some other means
	packed      *Centers[F]
	whitened    [][]F // the centers
}

var constructors = []string{"NewFactor", "NewPrecisionFactor", "NewDiagonalFactor"}

// newDistribution gives a diagonal factor the diagonal of lower.
func newDistribution[F float](constructor string, mean []F, lower, centers Matrix[F]) (*distribution[F], error) {
	m := &distribution[F]{constructor: constructor, mean: mean, lower: lower, centers: centers}
	var err error
	switch constructor {
	case "NewFactor":
		m.factor, err = NewFactor(mean, lower)
	case "NewPrecisionFactor":
		m.factor, err = NewPrecisionFactor(mean, lower)
	case "NewDiagonalFactor":
		m.factor, err = NewDiagonalFactor(mean, diagonalOf(lower))
	}
	if err != nil {
		return nil, err
	}
	m.packed = m.factor.Centers(centers)
	for k := range centers.Rows {
		m.whitened = append(m.whitened, m.whiten(centers.Row(k)))
	}
	return m, nil
}

func diagonalOf[F float](m Matrix[F]) []F {
	diagonal := make([]F, m.Rows)
	for i := range diagonal {
		diagonal[i] = m.Row(i)[i]
	}
	return diagonal
}

// fused is x*y + z with one rounding.
func fused[F float](x, y, z F) F {
	if isFloat64[F]() {
		return F(math.FMA(float64(x), float64(y), float64(z)))
	}
	return F(fma32(float32(x), float32(y), float32(z)))
}

// center is x-μ.
func (m *distribution[F]) center(x []F) []F {
	y := slices.Clone(x)
	for i := range y {
		y[i] -= m.mean[i]
	}
	return y
}

// whiten is z, of extended numbers if something of a finite row is too large for F.
func (m *distribution[F]) whiten(x []F) []F {
	z := m.whitenPlainly(x)
	if !allFinite(z) && allFinite(x) {
		for i, v := range m.extendedZ(x, m.mean) {
			z[i] = roundedTo[F](v)
		}
	}
	return z
}

// whitenPlainly is z: one unknown after the other, the known ones taken out of its equation from the first to the last.
func (m *distribution[F]) whitenPlainly(x []F) []F {
	y := m.center(x)
	z := make([]F, len(y))
	for i := range z {
		switch l := m.lower.Row(i); m.constructor {
		case "NewFactor":
			for k := range i {
				y[i] = fused(-l[k], z[k], y[i])
			}
			z[i] = y[i] * (1 / l[i])
		case "NewPrecisionFactor":
			for k := range i + 1 {
				z[i] = fused(l[k], y[k], z[i])
			}
		case "NewDiagonalFactor":
			z[i] = y[i] * (1 / l[i])
		}
	}
	return z
}

// solve is L⁻ᵀz, from the last element to the first.
func (m *distribution[F]) solve(_, z []F) []F {
	z = slices.Clone(z)
	w := make([]F, len(z))
	for i := len(z) - 1; i >= 0; i-- {
		pivot := m.lower.Row(i)[i]
		switch m.constructor {
		case "NewFactor":
			for k := len(z) - 1; k > i; k-- {
				z[i] = fused(-m.lower.Row(k)[i], w[k], z[i])
			}
			w[i] = z[i] * (1 / pivot)
		case "NewPrecisionFactor":
			for k := len(z) - 1; k >= i; k-- {
				w[i] = fused(m.lower.Row(k)[i], z[k], w[i])
			}
		case "NewDiagonalFactor":
			w[i] = z[i] * (1 / pivot)
		}
	}
	return w
}

// distance is the sum of the squares of z; of extended numbers where it is too large for F.
func (m *distribution[F]) distance(x, z []F) F {
	distance := squares(z)
	switch {
	case !allFinite(x):
		return distanceOfUnbounded(x)
	case !finite(float64(distance)):
		return roundedTo[F](m.extendedDistance(x, m.mean))
	}
	return distance
}

// squares adds the squares of z in groups of four, and those in blocks of four, and takes off what the sum came out too large by
// before the last block.
func squares[F float](z []F) F {
	var sum, excess, part F
	for block := range slices.Chunk(z, squareBlock) {
		before := sum
		sum += part
		excess += (sum - before) - part
		part = 0
		for group := range slices.Chunk(block, quad) {
			squares := F(group[0] * group[0]) // rounded: Go fuses sums of products
			for _, z := range group[1:] {
				squares = fused(z, z, squares)
			}
			part += squares
		}
	}
	return sum + (part - excess)
}

// distances are those from the centers: of z from theirs, one square after the other in blocks of columns, or of the difference
// before it is whitened where the numbers on the way to z do not fit.
func (m *distribution[F]) distances(x, z []F) []F {
	sums := make([]F, m.centers.Rows)
	fits := allFinite(m.whitenPlainly(x))
	for k := range sums {
		for from := 0; from < len(z); from += centerBlock {
			var sum F
			for j := from; j < min(from+centerBlock, len(z)); j++ {
				d := z[j] - m.whitened[k][j]
				sum = fused(d, d, sum)
			}
			sums[k] += sum
		}
		switch {
		case !allFinite(m.centers.Row(k)):
			sums[k] = F(nan)
		case !allFinite(x):
			sums[k] = distanceOfUnbounded(x)
		case !fits || !finite(float64(sums[k])) || !nearer(m.whitened[k], farOut[F]()):
			sums[k] = roundedTo[F](m.extendedDistance(x, m.centers.Row(k)))
		}
	}
	return sums
}

func logNorms[F float](n int) []F {
	norms := make([]F, n)
	for i := range norms {
		norms[i] = -1.375 - F(i)
	}
	return norms
}

func logDensity[F float](distance, logNorm F) F { return canonicalOf(fused(-0.5, distance, logNorm)) }

// density is the log density of a row, of which the distance from a mean may be too large for F.
func (m *distribution[F]) density(x, mean []F, distance, logNorm F) F {
	if finite(float64(distance)) || !allFinite(x) || !allFinite(mean) {
		return logDensity(distance, logNorm)
	}
	half := new(big.Float).Quo(m.extendedDistance(x, mean), big.NewFloat(2))
	return roundedTo[F](half.Sub(big.NewFloat(float64(logNorm)), half))
}

// root is the distance of a row, of which the square may be out of F's range.
func (m *distribution[F]) root(x []F, square F) F {
	if square >= leastSquares[F]() && square <= mostFinite[F]() || !allFinite(x) {
		return root(square)
	}
	return roundedTo[F](new(big.Float).Sqrt(m.extendedDistance(x, m.mean)))
}

// A scoring is a method: what it gives for rows, and its definition for one and its z. Either is a row of results for a row
// of data.
type scoring[F float] struct {
	name string
	rows func(x Matrix[F], workers int) Matrix[F]
	row  func(x, z []F) []F
}

// newResults is a matrix for results, with a few elements between the rows that must stay as they are.
func newResults[F float](rows, cols int) Matrix[F] {
	m := NewMatrix[F](rows, cols+3)
	for i := range m.Data {
		m.Data[i] = untouched
	}
	m.Cols = cols
	return m
}

const untouched = -12345

// requireGaps makes sure that only the elements of a matrix were written.
func requireGaps[F float](m Matrix[F]) Matrix[F] {
	for i := range m.Rows {
		for j, x := range m.Data[i*m.Stride:][m.Cols:m.Stride] {
			if x != untouched {
				panic(fmt.Sprintf("%d elements after row %d of %d×%d, %v was written", j, i, m.Rows, m.Cols, x))
			}
		}
	}
	return m
}

// oneEach is a vector of results, one a row.
func oneEach[F float](dst []F) Matrix[F] {
	return Matrix[F]{Rows: len(dst), Cols: 1, Stride: 1, Data: dst}
}

func transposed[F float](m Matrix[F]) Matrix[F] {
	t := NewMatrix[F](m.Cols, m.Rows)
	for i := range m.Rows {
		for j, x := range m.Row(i) {
			t.Row(j)[i] = x
		}
	}
	return t
}

// copyOf has the same stride.
func copyOf[F float](m Matrix[F]) Matrix[F] {
	m.Data = slices.Clone(m.Data)
	return m
}

func (m *distribution[F]) scorings() []scoring[F] {
	f, c := m.factor, m.packed
	one := func(of func(x []F, distance F) F) func(x, z []F) []F {
		return func(x, z []F) []F { return []F{of(x, m.distance(x, z))} }
	}
	whitened := func(_, z []F) []F { return z }
	norms := logNorms[F](m.centers.Rows)
	return []scoring[F]{
		{"SqMahalanobis", func(x Matrix[F], workers int) Matrix[F] {
			return oneEach(must(f.SqMahalanobis(nil, x, Run{Workers: workers})))
		}, one(func(_ []F, d F) F { return d })},
		{"Mahalanobis", func(x Matrix[F], workers int) Matrix[F] {
			return oneEach(must(f.Mahalanobis(make([]F, x.Rows), x, Run{Workers: workers})))
		}, one(m.root)},
		{"LogDensity", func(x Matrix[F], workers int) Matrix[F] {
			return oneEach(must(f.LogDensity(make([]F, x.Rows), x, norms[0], Run{Workers: workers})))
		}, one(func(x []F, d F) F { return m.density(x, m.mean, d, norms[0]) })},
		{"Whiten", func(x Matrix[F], workers int) Matrix[F] {
			return requireGaps(must(f.Whiten(newResults[F](x.Rows, x.Cols), x, Run{Workers: workers})))
		}, whitened},
		{"Whiten in place", func(x Matrix[F], workers int) Matrix[F] {
			x = copyOf(x)
			return must(f.Whiten(x, x, Run{Workers: workers}))
		}, whitened},
		{"Solve", func(x Matrix[F], workers int) Matrix[F] {
			return requireGaps(must(f.Solve(newResults[F](x.Rows, x.Cols), x, Run{Workers: workers})))
		}, m.solve},
		{"Solve in place", func(x Matrix[F], workers int) Matrix[F] {
			x = copyOf(x)
			return must(f.Solve(x, x, Run{Workers: workers}))
		}, m.solve},
		{"Centers.SqMahalanobis", func(x Matrix[F], workers int) Matrix[F] {
			return transposed(requireGaps(must(c.SqMahalanobis(newResults[F](c.Len(), x.Rows), x, Run{Workers: workers}))))
		}, m.distances},
		{"Centers.LogDensity", func(x Matrix[F], workers int) Matrix[F] {
			return transposed(requireGaps(must(c.LogDensity(newResults[F](c.Len(), x.Rows), x, norms, Run{Workers: workers}))))
		}, func(x, z []F) []F {
			sums := m.distances(x, z)
			for k := range sums {
				sums[k] = m.density(x, m.centers.Row(k), sums[k], norms[k])
			}
			return sums
		}},
	}
}

func root[F float](x F) F { return canonicalOf(F(math.Sqrt(float64(x)))) }

func canonicalOf[F float](x F) F {
	if x != x {
		return F(nan)
	}
	return x
}

// defined is what the definitions give for all rows, by scoring.
func (m *distribution[F]) defined(x Matrix[F]) []Matrix[F] {
	scorings := m.scorings()
	all := make([]Matrix[F], len(scorings))
	for i := range x.Rows {
		z := m.whiten(x.Row(i))
		for k, s := range scorings {
			row := s.row(x.Row(i), z)
			if i == 0 {
				all[k] = NewMatrix[F](x.Rows, len(row))
			}
			copy(all[k].Row(i), row)
		}
	}
	return all
}

// balanced is from -1 to below 1.
func balanced[F float](r *rng) F { return 2*unit[F](r) - 1 }

func filled[F float](r *rng, rows, cols int, element func(r *rng) F) Matrix[F] {
	m := NewMatrix[F](rows, cols)
	for i := range m.Data {
		m.Data[i] = element(r)
	}
	return m
}

// wellConditioned has a diagonal from 1 to 2, and below it elements of about 1/√d.
func wellConditioned[F float](r *rng, dim int) Matrix[F] {
	scale := 1
	for scale*scale*4 < dim {
		scale *= 2
	}
	m := filled(r, dim, dim, func(r *rng) F { return balanced[F](r) / F(2*scale) })
	for i := range dim {
		m.Row(i)[i] = 1 + unit[F](r)
		for j := i + 1; j < dim; j++ {
			m.Row(i)[j] = F(nan) // nobody reads it
		}
	}
	return m
}

// ordinary is a well-conditioned distribution.
func ordinary[F float](t testing.TB, r *rng, constructor string, dim int) *distribution[F] {
	t.Helper()
	mean := filled(r, 1, dim, balanced[F])
	m, err := newDistribution(constructor, mean.Data, wellConditioned[F](r, dim), filled(r, 1+r.below(11), dim, balanced[F]))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// window is rows of x from one on, copied to another stride and another place in memory. No element follows the last.
func window[F float](r *rng, x Matrix[F], from, rows int) Matrix[F] {
	w := Matrix[F]{Rows: rows, Cols: x.Cols, Stride: x.Cols + []int{0, 1, 7, 2*x.Cols + 64}[r.below(4)]}
	if rows == 0 {
		return w
	}
	offset := r.below(9)
	w.Data = make([]F, offset+(rows-1)*w.Stride+w.Cols)[offset:]
	for i := range w.Data {
		w.Data[i] = F(nan)
	}
	for i := range rows {
		copy(w.Row(i), x.Row(from+i))
	}
	w.Data = slices.Clip(w.Data)
	return w
}

// tilings are numbers of rows about the multiples of what kernels take at once.
func tilings[F float](dim, most int) []int {
	s := panelShape[F]()
	sizes := []int{0, 1, 2, 3, 95, 96, 97}
	for _, panels := range []int{s.group, int(s.side[min(dim, maxUnrolled)])} {
		for many := 1; many <= 3; many++ {
			tile := many * panels * s.lanes
			sizes = append(sizes, tile-1, tile, tile+1)
		}
	}
	slices.Sort(sizes)
	sizes = slices.Compact(sizes)
	return slices.DeleteFunc(sizes, func(n int) bool { return n < 0 || n > most })
}

func dims() []int {
	if !deep() {
		return []int{1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 33}
	}
	var list []int
	for d := range 70 {
		list = append(list, d+1)
	}
	return append(list, 127, 128, 129, 130, 256, 512, 530)
}

// rowsFor is how many rows are enough at so many columns: the definition takes d² steps for each.
func rowsFor(dim int) int {
	switch {
	case !deep():
		return 50
	case dim <= 16:
		return 200
	case dim <= 130:
		return 101
	}
	return 27
}

// The same bits as the definition, for every instruction set, cut out of any number of rows, at any stride, by any number
// of workers.
func TestMahalanobisDefinition(t *testing.T) {
	for _, constructor := range constructors {
		t.Run(constructor, func(t *testing.T) {
			t.Run("f64", func(t *testing.T) { definition[float64](t, constructor) })
			t.Run("f32", func(t *testing.T) { definition[float32](t, constructor) })
		})
	}
}

type definedCase[F float] struct {
	*distribution[F]
	x    Matrix[F]
	want []Matrix[F] // by scoring
}

func definition[F float](t *testing.T, constructor string) {
	r := seed(t.Name())
	var cases []definedCase[F]
	for _, d := range dims() {
		c := definedCase[F]{distribution: ordinary[F](t, r, constructor, d), x: filled(r, rowsFor(d), d, balanced[F])}
		c.want = c.defined(c.x)
		cases = append(cases, c)
	}
	eachISA(t, func(t *testing.T) {
		for _, c := range cases {
			for i, s := range c.scorings() {
				sizes := tilings[F](c.x.Cols, c.x.Rows)
				if i > 0 || isa == generic {
					sizes = []int{sizes[r.below(len(sizes))], sizes[r.below(len(sizes))], r.below(c.x.Rows + 1)}
				}
				for _, n := range sizes {
					c.check(t, r, s, c.want[i], n)
				}
			}
		}
	})
}

func (c definedCase[F]) check(t *testing.T, r *rng, s scoring[F], want Matrix[F], n int) {
	t.Helper()
	from := r.below(c.x.Rows - n + 1)
	x := window(r, c.x, from, n)
	workers := []int{0, 1, 1, 2, 3, 8}[r.below(6)]
	got := s.rows(x, workers)
	for i := range n {
		if at := differing(got.Row(i), want.Row(from+i)); at >= 0 {
			t.Errorf("%s by %d workers of %d×%d, stride %d: row %d, element %d is %x, not %x",
				s.name, workers, n, x.Cols, x.Stride, i, at, got.Row(i)[at], want.Row(from + i)[at])
			return
		}
	}
}

// differing is the first place where bits differ, or -1.
func differing[F float](x, y []F) int {
	for i := range x {
		if toBits(x[i]) != toBits(y[i]) {
			return i
		}
	}
	return -1
}

// Many rows take several calls of a kernel, and several copies of rows that are too narrow for it.
func TestMahalanobisManyRows(t *testing.T) {
	for _, constructor := range constructors {
		t.Run(constructor, func(t *testing.T) {
			t.Run("f64", func(t *testing.T) { manyRows[float64](t, constructor) })
			t.Run("f32", func(t *testing.T) { manyRows[float32](t, constructor) })
		})
	}
}

func manyRows[F float](t *testing.T, constructor string) {
	r := seed(t.Name())
	for _, d := range []int{1, 2, 3, 8, 16, 20} {
		rows := callFlops/(d*(d+16)) + 100
		if d == 1 || !deep() {
			rows = 1100 // above densityRows
		}
		m := ordinary[F](t, r, constructor, d)
		x := filled(r, rows, d, balanced[F])
		want := m.defined(x)
		for i, s := range m.scorings() {
			if strings.HasPrefix(s.name, "Centers") || strings.HasSuffix(s.name, "in place") {
				continue
			}
			c := definedCase[F]{m, x, nil}
			for _, l := range levels() {
				useISA(t, l)
				c.check(t, r, s, want[i], rows)
			}
		}
	}
}

// A Factor is shared by many goroutines; the race detector watches.
func TestMahalanobisConcurrently(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", concurrently[float64])
		t.Run("f32", concurrently[float32])
	})
}

func concurrently[F float](t *testing.T) {
	r := seed(t.Name())
	for _, constructor := range constructors {
		for _, d := range []int{3, 13, 29} {
			m := ordinary[F](t, r, constructor, d)
			x := filled(r, 61, d, balanced[F])
			want := m.defined(x)
			var group sync.WaitGroup
			for i := range 8 {
				group.Add(1)
				go func() {
					defer group.Done()
					scorings := m.scorings()
					for k := range scorings {
						at := (k + i) % len(scorings)
						got := scorings[at].rows(x, 1+i%3)
						if !slices.Equal(got.Data[:got.Cols], want[at].Data[:got.Cols]) || differing(got.Row(60), want[at].Row(60)) >= 0 {
							t.Errorf("%s of %s, d = %d: other results among others", scorings[at].name, constructor, d)
						}
					}
				}()
			}
			group.Wait()
		}
	}
}
