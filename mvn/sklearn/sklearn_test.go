package sklearn

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

var kinds = map[string]mvn.Structure{
	"full": mvn.FullCovariance, "tied": mvn.TiedCovariance, "diag": mvn.DiagonalCovariance, "spherical": mvn.SphericalCovariance,
}

func arrayOf(t *testing.T, file, name string) array {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	a, err := read(archive, int64(len(data)), name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Log densities, responsibilities and predictions are those that scikit-learn has computed, which testdata/make.py has put beside the
// parameters.
func TestScores(t *testing.T) {
	for kind, structure := range kinds {
		for _, suffix := range []string{"", "_precisions"} {
			file := "testdata/" + kind + suffix + ".npz"
			m, err := OpenMixture(file, structure)
			if err != nil {
				t.Fatal(file, err)
			}
			rows := arrayOf(t, file, "x")
			x := mat.NewDense(rows.shape[0], rows.shape[1], rows.data)
			got, _ := m.LogProbRows(nil, x, relent.Run{})
			for i, want := range arrayOf(t, file, "log_density").data {
				if !(math.Abs(got[i]-want) <= 1e-11*math.Abs(want)) {
					t.Errorf("%s: log density of row %d is %.17g, scikit-learn's %.17g", file, i, got[i], want)
				}
			}
			shares, _ := m.ResponsibilitiesRows(nil, x, relent.Run{})
			for i, want := range arrayOf(t, file, "shares").data {
				if !(math.Abs(shares.RawMatrix().Data[i]-want) <= 1e-10) {
					t.Errorf("%s: share %d is %.17g, scikit-learn's %.17g", file, i, shares.RawMatrix().Data[i], want)
				}
			}
			labels, _ := m.PredictRows(nil, x, relent.Run{})
			for i, want := range arrayOf(t, file, "labels").data {
				if float64(labels[i]) != want {
					t.Errorf("%s: row %d is of component %d, scikit-learn's is %v", file, i, labels[i], want)
				}
			}
		}
	}
}

func TestFloat32(t *testing.T) {
	m, err := OpenMixture("testdata/float32.npz", mvn.FullCovariance)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := OpenMixture("testdata/full.npz", mvn.FullCovariance)
	if err != nil {
		t.Fatal(err)
	}
	x := arrayOf(t, "testdata/full.npz", "x")
	for i := range x.shape[0] {
		row := x.data[4*i:][:4]
		if a, b := m.LogProb(row), wide.LogProb(row); math.Abs(a-b) > 1e-3 {
			t.Errorf("row %d: %v of float32 parameters, %v of float64", i, a, b)
		}
	}
}

func TestErrors(t *testing.T) {
	full, err := os.ReadFile("testdata/full.npz")
	if err != nil {
		t.Fatal(err)
	}
	of := func(data []byte, s mvn.Structure) error {
		_, err := ReadMixture(bytes.NewReader(data), int64(len(data)), s)
		return err
	}
	open := func(name string, s mvn.Structure) error {
		_, err := OpenMixture("testdata/"+name, s)
		return err
	}
	for want, err := range map[string]error{
		"the shape of covariances is [4 4 4], want [4 4] for diagonal": of(full, mvn.DiagonalCovariance),
		"there is no structure Structure(9)":                           of(full, 9),
		"not a valid zip":                                              of(full[:200], mvn.FullCovariance),
		"weights: elements are of type":                                open("integers.npz", mvn.FullCovariance),
		"there is no array precisions_cholesky":                        of(without(t, full, "covariances"), mvn.FullCovariance),
		"there is no array means":                                      of(without(t, full, "means"), mvn.FullCovariance),
		"there is no array weights":                                    of(without(t, full, "weights"), mvn.FullCovariance),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "sklearn: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := of(renamed(t, full, func(name string) string { return strings.TrimSuffix(name, ".npy") + "_.npy" }), mvn.FullCovariance); err != nil {
		t.Error(err)
	}
	if err := open("none.npz", mvn.FullCovariance); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// A header that says to be of 4 GB takes no more memory than there is of it, nor does an entry.
func TestHugeHeader(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	header := append([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), make([]byte, 100)...)
	if _, err := decode(header); err == nil || !strings.Contains(err.Error(), "the header is of 4294967295 bytes, of 112") {
		t.Error(err)
	}
	const claimed = 1 << 30
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.CreateRaw(&zip.FileHeader{Name: "weights.npy", Method: zip.Store, CompressedSize64: 2 << 20, UncompressedSize64: claimed})
	if err != nil {
		t.Fatal(err)
	}
	entry.Write([]byte(fmt.Sprintf("\x93NUMPY\x01\x00\x76\x00%-117s\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (100000000,), }")))
	entry.Write(make([]byte, 2<<20-128))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadMixture(bytes.NewReader(b.Bytes()), int64(b.Len()), mvn.FullCovariance); err == nil {
		t.Error("an entry that is not there is read")
	}
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 64<<20 {
		t.Errorf("%d bytes are allocated", after.TotalAlloc-before.TotalAlloc)
	}
}

// A tied precision stays one for all components, as a tied covariance does.
func TestTiedPrecision(t *testing.T) {
	var sizes []int
	for _, file := range []string{"tied.npz", "tied_precisions.npz"} {
		m, err := OpenMixture("testdata/"+file, mvn.TiedCovariance)
		if err != nil {
			t.Fatal(err)
		}
		data, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(data))
	}
	if sizes[0] != sizes[1] {
		t.Errorf("of a covariance there are %d bytes, of a precision %d", sizes[0], sizes[1])
	}
	for _, u := range []float64{0, -1, math.NaN()} {
		p := parameters{[]float64{1}, mat.NewDense(1, 2, nil)}
		if _, err := p.ofPrecisions([]float64{1, 2, 0, u}, mvn.TiedCovariance); err == nil || !strings.Contains(err.Error(), "element (1, 1) of precisions_cholesky") {
			t.Error(err)
		}
	}
}

// without is an archive but for an array.
func without(t *testing.T, data []byte, name string) []byte {
	return renamed(t, data, func(entry string) string {
		if entry == name+".npy" {
			return ""
		}
		return entry
	})
}

// renamed is an archive whose entries have other names, or are not there.
func renamed(t *testing.T, data []byte, name func(entry string) string) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	w := zip.NewWriter(&other)
	for _, f := range archive.File {
		if f.Name = name(f.Name); f.Name == "" {
			continue
		}
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return other.Bytes()
}

// Whatever an array's bytes are, they are refused, or as many numbers as the shape says.
func FuzzDecode(f *testing.F) {
	for _, file := range []string{"testdata/full.npz", "testdata/tied_precisions.npz", "testdata/float32.npz", "testdata/integers.npz"} {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			f.Fatal(err)
		}
		for _, entry := range archive.File {
			body, err := entry.Open()
			if err != nil {
				f.Fatal(err)
			}
			var b bytes.Buffer
			if _, err := b.ReadFrom(body); err != nil {
				f.Fatal(err)
			}
			f.Add(b.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decode(data)
		if err != nil {
			return
		}
		count := 1
		for _, n := range a.shape {
			count *= n
		}
		if count != len(a.data) {
			t.Errorf("%v: %d numbers", a.shape, len(a.data))
		}
	})
}

// A mixture that was fitted in Python, scored here.
func ExampleOpenMixture() {
	m, err := OpenMixture("testdata/full.npz", mvn.FullCovariance)
	if err != nil {
		fmt.Println(err)
		return
	}
	wine := []float64{13.5, 2, 2.4, 17}
	fmt.Printf("%d components, log density %.4f\n", m.Components(), m.LogProb(wine))
	// Output:
	// 4 components, log density -3.4428
}
