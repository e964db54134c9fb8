package mvn

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// robustCases are by testdata/robust.py.
type robustCases struct {
	Consistency []struct {
		D, H, N int
		Want    float64
	}
	Small []struct {
		D, N                   int
		Alpha, Raw, Reweighted float64
	}
	Data []struct {
		Name          string
		Columns, Rows int
		LogDet        float64
		Support       []int
	}
}

func readRobust(t *testing.T) (c robustCases) {
	t.Helper()
	text, err := os.ReadFile("testdata/robust.json")
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || len(c.Consistency) < 10 || len(c.Small) < 50 || len(c.Data) != 2 {
		t.Fatal(err, c)
	}
	return c
}

func TestRobustFactors(t *testing.T) {
	cases := readRobust(t)
	for _, c := range cases.Consistency {
		near(t, fmt.Sprint(c), consistency(c.D, float64(c.H)/float64(c.N)), c.Want, 1e-11)
	}
	for _, c := range cases.Small {
		near(t, fmt.Sprint(c, " raw"), smallSample(c.D, c.N, c.Alpha, &rawCorrection), c.Raw, 1e-12)
		near(t, fmt.Sprint(c, " reweighted"), smallSample(c.D, c.N, c.Alpha, &reweightedCorrection), c.Reweighted, 1e-12)
	}
	if f := smallSample(1, 1, 0.5, &rawCorrection); f != 1 {
		t.Errorf("the factor of one row is %v", f)
	}
}

// readColumns are the first columns of a file of the benchmarks.
func readColumns(t *testing.T, name string, columns int) *mat.Dense {
	t.Helper()
	file, err := os.Open("../bench/data/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := csv.NewReader(file)
	lines.FieldsPerRecord = -1
	records, err := lines.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(len(records)-1, columns, nil)
	for i, record := range records[1:] {
		for j := range columns {
			x.Set(i, j, must(strconv.ParseFloat(record[j], 64)))
		}
	}
	return x
}

// The determinant is at most that of the best of 20 fits of scikit-learn's, and is that of the rows that the report names.
func TestRobustOfRealData(t *testing.T) {
	for _, c := range readRobust(t).Data {
		x := readColumns(t, c.Name, c.Columns)
		_, report, err := FitRobust(x, RobustOptions{}, relent.Run{})
		if err != nil {
			t.Fatal(c.Name, err)
		}
		if !(report.LogDet <= c.LogDet+1e-9*math.Abs(c.LogDet)) {
			t.Errorf("%s: log determinant %.12g, scikit-learn's %.12g", c.Name, report.LogDet, c.LogDet)
		}
		if report.LogDet > c.LogDet-1e-9*math.Abs(c.LogDet) && !slices.Equal(numbersOf(report.RawSupport), c.Support) {
			t.Errorf("%s: of other rows than scikit-learn's", c.Name)
		}
		m := momentsOfSupport(t, x, report.RawSupport, c.Rows)
		n := must(m.Normal(Estimate{MaximumLikelihood: true}))
		near(t, c.Name+": log determinant", n.LogDet(), report.LogDet, 1e-10)
		nearAll(t, c.Name+": raw mean", report.Raw.Mean(nil), m.Mean(nil), 1e-12)
	}
}

func numbersOf(support []bool) (numbers []int) {
	for i, in := range support {
		if in {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

// momentsOfSupport are those of rows, so many, or any number if that is 0.
func momentsOfSupport(t *testing.T, x *mat.Dense, support []bool, rows int) *Moments {
	t.Helper()
	_, d := x.Dims()
	m := NewMoments(d, RefuseNaN)
	numbers := numbersOf(support)
	if rows > 0 && len(numbers) != rows {
		t.Errorf("%d rows, want %d", len(numbers), rows)
	}
	for _, i := range numbers {
		if err := m.AddRows(mat.NewDense(1, d, x.RawRowView(i)), nil, relent.Run{}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// Far rows, nearly half of them, do not move the estimate, which is that of the near rows by the documented factors.
func TestFarRowsDoNotMove(t *testing.T) {
	for _, c := range []struct{ rows, d, far int }{{100, 1, 40}, {90, 2, 30}, {599, 4, 200}, {700, 3, 300}, {5000, 5, 2000}, {30, 3, 10}} {
		r := seed(fmt.Sprint(t.Name(), c))
		x := r.dense(c.rows, c.d)
		for i := range c.far {
			for j := range c.d {
				x.Set(i, j, 50+r.bell())
			}
		}
		n, report, err := FitRobust(x, RobustOptions{Seed: 1}, relent.Run{})
		if err != nil {
			t.Fatal(c, err)
		}
		for i := range c.far {
			if report.Support[i] || report.RawSupport[i] {
				t.Errorf("%v: far row %d is in the support", c, i)
			}
		}
		for j, v := range n.Variances(nil) {
			if mean := n.Mean(nil)[j]; math.Abs(mean) > 0.8 || v < 0.2 || v > 2.5 {
				t.Errorf("%v: mean %v, variances %v", c, n.Mean(nil), n.Variances(nil))
			}
		}
		h := (c.rows + c.d + 1) / 2
		raw := must(momentsOfSupport(t, x, report.RawSupport, h).Normal(Estimate{}))
		factor := consistency(c.d, float64(h)/float64(c.rows)) * smallSample(c.d, c.rows, 0.5, &rawCorrection)
		near(t, fmt.Sprint(c, " raw"), report.Raw.Variances(nil)[0], raw.Variances(nil)[0]*factor, 1e-12)
		reweighted := must(momentsOfSupport(t, x, report.Support, 0).Normal(Estimate{}))
		factor = consistency(c.d, 0.975) * smallSample(c.d, c.rows, 0.5, &reweightedCorrection)
		near(t, fmt.Sprint(c, " reweighted"), n.Variances(nil)[0], reweighted.Variances(nil)[0]*factor, 1e-12)
		limit := chiSquareQuantile(c.d, 0.975)
		for i, distance := range must(report.Raw.SqMahalanobisRows(nil, x, relent.Run{})) {
			if (distance <= limit) != report.Support[i] {
				t.Errorf("%v: row %d at %v, within %v: %v", c, i, distance, limit, report.Support[i])
			}
		}
		other, _, err := FitRobustRows(rowsOf(x), RobustOptions{Seed: 1}, relent.Run{Workers: 3})
		requireBits(t, fmt.Sprint(c, " workers"), append(other.Variances(nil), must(other, err).Mean(nil)...), append(n.Variances(nil), n.Mean(nil)...))
	}
}

// Of normal rows, on average, the factors make the size of the covariance that of all: the root of order d of the determinant.
func TestRobustIsConsistent(t *testing.T) {
	const trials, rows, d = 40, 200, 3
	r := rand.New(seed(t.Name()))
	raw, reweighted := 0.0, 0.0
	for range trials {
		x := mat.NewDense(rows, d, nil)
		for i := range x.RawMatrix().Data {
			x.RawMatrix().Data[i] = r.NormFloat64()
		}
		n, report, err := FitRobust(x, RobustOptions{Starts: 100}, relent.Run{})
		if err != nil {
			t.Fatal(err)
		}
		raw += math.Exp(report.Raw.LogDet()/d) / trials
		reweighted += math.Exp(n.LogDet()/d) / trials
	}
	if math.Abs(raw-1) > 0.08 || math.Abs(reweighted-1) > 0.06 {
		t.Errorf("sizes of the covariance, of rows of variance 1: %v raw, %v reweighted", raw, reweighted)
	}
}

// With all rows the raw estimate is that of Fit.
func TestRobustOfAllRows(t *testing.T) {
	x := seed(t.Name()).dense(60, 4)
	_, report, err := FitRobust(x, RobustOptions{Rows: 60}, relent.Run{})
	if err != nil {
		t.Fatal(err)
	}
	nearAll(t, "variances", report.Raw.Variances(nil), must(Fit(x, nil, relent.Run{})).Variances(nil), 1e-13)
}

func TestLeastOf(t *testing.T) {
	r := seed(t.Name())
	for trial := range 200 {
		x := make([]float64, 1+int(r.next()%100))
		for i := range x {
			x[i] = math.Abs(math.Ldexp(r.around(), int(r.next()%uint64(1+trial*8))-trial*4))
			if r.next()%4 == 0 {
				x[i] = []float64{0, 1, math.Inf(1), 0x1p-1074}[r.next()%4]
			}
		}
		sorted := slices.Sorted(slices.Values(x))
		k := int(r.next() % uint64(len(x)))
		if got := leastOf(x, k); got != sorted[k] {
			t.Errorf("%v: number %d is %v, want %v", x, k, got, sorted[k])
		}
		sum := total(chooseLeast(x, k+1))
		if sum != float64(k+1) {
			t.Errorf("%v are chosen, want %d", sum, k+1)
		}
	}
}

func TestFitRobustErrors(t *testing.T) {
	r := seed(t.Name())
	x := r.dense(30, 2)
	plane := r.dense(800, 2)
	for i := range 500 {
		plane.Set(i, 1, 3)
	}
	line := r.dense(40, 3)
	for i := range 30 {
		line.Set(i, 2, line.At(i, 0)+line.At(i, 1))
	}
	x.Set(3, 1, math.NaN())
	ok := r.dense(30, 2)
	for want, err := range map[string]error{
		"needs 3 rows, there are 2":   third(FitRobust(r.dense(2, 2), RobustOptions{}, relent.Run{})),
		"there are 0":                 third(FitRobust(nil, RobustOptions{}, relent.Run{})),
		"element (3, 1)":              third(FitRobust(x, RobustOptions{}, relent.Run{})),
		"of 15 of 30 rows, want from": third(FitRobust(ok, RobustOptions{Rows: 15}, relent.Run{})),
		"of 31 of 30 rows":            third(FitRobust(ok, RobustOptions{Rows: 31}, relent.Run{})),
		"-1 starts":                   third(FitRobust(ok, RobustOptions{Starts: -1}, relent.Run{})),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "mvn: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	flat := r.dense(2*mcdGroup, 20) // every start lies in a plane, however many rows it takes
	for i := range flat.RawMatrix().Rows {
		flat.Set(i, 3, 1)
	}
	sum := r.dense(40, 4)
	for i := range 40 {
		sum.Set(i, 3, sum.At(i, 0)-sum.At(i, 2))
	}
	for name, c := range map[string]struct {
		x    *mat.Dense
		want string
	}{
		"constant, in most": {plane, "in a plane"}, "dependent, in most": {line, "in a plane"},
		"constant": {flat, "column 3 is constant"}, "dependent": {sum, "columns 0, 2 and 3 are linearly dependent"},
		"equal": {mat.NewDense(20, 2, nil), "columns 0 and 1 are constant"},
	} {
		var singular *NotPositiveDefiniteError
		if _, _, err := FitRobust(c.x, RobustOptions{}, relent.Run{}); !errors.As(err, &singular) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
