// Package sklearn reads mixtures of normal distributions that scikit-learn has fitted. In Python:
//
//	m = sklearn.mixture.GaussianMixture(8, covariance_type="full").fit(x)
//	numpy.savez("mixture.npz", weights=m.weights_, means=m.means_, covariances=m.covariances_)
//
// It is a module of its own, for it needs a reader of numpy's files.
package sklearn

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"github.com/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"
)

// OpenMixture is [ReadMixture] of a file.
func OpenMixture(name string, structure mvn.Structure) (*mvn.Mixture, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return ReadMixture(file, info.Size(), structure)
}

// ReadMixture reads a GaussianMixture from an .npz file, compressed or not, of so many bytes. structure is its covariance_type: full,
// tied, diag or spherical. The file has the arrays weights (K), means (K×d), and covariances, or precisions_cholesky if there are none,
// as the attributes of scikit-learn's class have them: K×d×d, d×d, K×d or K numbers of float64 or float32. They may have the names of the
// attributes, which end in an underscore. Others are left alone.
//
// Scores are scikit-learn's up to rounding, which is relative to the condition number of a covariance; those of covariances are the more
// accurate ones. Errors say which array is wrong, or are those of package mvn's constructors.
func ReadMixture(file io.ReaderAt, size int64, structure mvn.Structure) (*mvn.Mixture, error) {
	m, err := readMixture(file, size, structure)
	if err != nil {
		return nil, fmt.Errorf("sklearn: %w", err)
	}
	return m, nil
}

func readMixture(file io.ReaderAt, size int64, structure mvn.Structure) (*mvn.Mixture, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, err
	}
	weights, err := read(archive, size, "weights")
	if err != nil {
		return nil, err
	}
	means, err := read(archive, size, "means")
	if err != nil {
		return nil, err
	}
	if len(weights.shape) != 1 || len(means.shape) != 2 || means.shape[0] != weights.shape[0] || means.shape[0] == 0 || means.shape[1] == 0 {
		return nil, fmt.Errorf("the shape of weights is %v, that of means %v, want K and K×d", weights.shape, means.shape)
	}
	p := parameters{weights.data, mat.NewDense(means.shape[0], means.shape[1], means.data)}
	name, build := "covariances", p.ofCovariances
	if entryOf(archive, name) == nil {
		name, build = "precisions_cholesky", p.ofPrecisions
	}
	second, err := read(archive, size, name)
	if err != nil {
		return nil, err
	}
	if err := p.check(name, second.shape, structure); err != nil {
		return nil, err
	}
	return build(second.data, structure)
}

// parameters are the weights and the means of a mixture.
type parameters struct {
	weights []float64
	means   *mat.Dense
}

func (p parameters) dims() (k, d int) { return p.means.Dims() }

// check checks the shape of second moments.
func (p parameters) check(name string, shape []int, structure mvn.Structure) error {
	k, d := p.dims()
	want, ok := map[mvn.Structure][]int{
		mvn.FullCovariance: {k, d, d}, mvn.TiedCovariance: {d, d}, mvn.DiagonalCovariance: {k, d}, mvn.SphericalCovariance: {k},
	}[structure]
	if !ok {
		return fmt.Errorf("there is no structure %v", structure)
	}
	if fmt.Sprint(shape) != fmt.Sprint(want) {
		return fmt.Errorf("the shape of %s is %v, want %v for %v covariances", name, shape, want, structure)
	}
	return nil
}

// ofCovariances is the mixture with covariances, or variances.
func (p parameters) ofCovariances(data []float64, structure mvn.Structure) (*mvn.Mixture, error) {
	k, d := p.dims()
	switch structure {
	case mvn.FullCovariance:
		var components []*mvn.Normal
		for c := range k {
			n, err := mvn.NewNormalMatrix(p.means.RawRowView(c), square(data[c*d*d:], d))
			if err != nil {
				return nil, fmt.Errorf("component %d: %w", c, err)
			}
			components = append(components, n)
		}
		return mvn.NewMixture(p.weights, components)
	case mvn.TiedCovariance:
		// NewNormalMatrix takes what is symmetric up to rounding.
		first, err := mvn.NewNormalMatrix(p.means.RawRowView(0), square(data, d))
		if err != nil {
			return nil, fmt.Errorf("the tied covariance: %w", err)
		}
		var tied mat.SymDense
		first.CovarianceMatrix(&tied)
		return mvn.NewTiedMixture(p.weights, p.means, &tied)
	case mvn.DiagonalCovariance:
		return mvn.NewDiagonalMixture(p.weights, p.means, mat.NewDense(k, d, data))
	}
	return mvn.NewSphericalMixture(p.weights, p.means, data)
}

// ofPrecisions is the mixture with precisions UUᵀ, U upper triangular, or with inverse standard deviations.
func (p parameters) ofPrecisions(data []float64, structure mvn.Structure) (*mvn.Mixture, error) {
	k, d := p.dims()
	if structure == mvn.DiagonalCovariance || structure == mvn.SphericalCovariance {
		for i, v := range data {
			if !(v > 0) {
				return nil, fmt.Errorf("element %d of precisions_cholesky is %g", i, v)
			}
			data[i] = 1 / v / v
		}
		return p.ofCovariances(data, structure)
	}
	if structure == mvn.TiedCovariance {
		return p.ofTiedPrecision(mat.NewTriDense(d, mat.Upper, data))
	}
	var components []*mvn.Normal
	for c := range k {
		var precision mat.SymDense
		precision.SymOuterK(1, mat.NewDense(d, d, append([]float64(nil), data[c*d*d:][:d*d]...)))
		n, err := mvn.NewNormalPrecision(p.means.RawRowView(c), &precision)
		if err != nil {
			return nil, fmt.Errorf("component %d: %w", c, err)
		}
		components = append(components, n)
	}
	return mvn.NewMixture(p.weights, components)
}

// ofTiedPrecision is the mixture with the precision UUᵀ, of which the covariance is U⁻ᵀU⁻¹.
func (p parameters) ofTiedPrecision(u *mat.TriDense) (*mvn.Mixture, error) {
	_, d := p.dims()
	for i := range d {
		if v := u.At(i, i); !(v > 0) {
			return nil, fmt.Errorf("element (%d, %d) of precisions_cholesky is %g", i, i, v)
		}
	}
	var inverse mat.TriDense
	if err := inverse.InverseTri(u); err != nil && !errors.As(err, new(mat.Condition)) { // which is no reason to refuse
		return nil, fmt.Errorf("precisions_cholesky: %w", err)
	}
	covariance := mat.NewSymDense(d, nil)
	covariance.SymOuterK(1, inverse.T())
	return mvn.NewTiedMixture(p.weights, p.means, covariance)
}

// square is a d×d matrix.
func square(data []float64, d int) relent.Matrix[float64] {
	return relent.NewMatrix(d, d, data[:d*d]...)
}

// An array is numbers, row by row.
type array struct {
	shape []int
	data  []float64
}

const mostDims = 3

// entryOf is the entry of an array, which may have the name of scikit-learn's attribute; nil if there is none.
func entryOf(archive *zip.Reader, name string) *zip.File {
	for _, f := range archive.File {
		if f.Name == name+".npy" || f.Name == name+"_.npy" {
			return f
		}
	}
	return nil
}

// read reads an array of an archive of so many bytes.
func read(archive *zip.Reader, size int64, name string) (a array, err error) {
	entry := entryOf(archive, name)
	if entry == nil {
		return a, fmt.Errorf("there is no array %s", name)
	}
	// Deflate makes at most about a thousand bytes of one.
	if entry.UncompressedSize64/1100 > uint64(size) {
		return a, fmt.Errorf("%s: %d bytes in an archive of %d", name, entry.UncompressedSize64, size)
	}
	body, err := entry.Open()
	if err != nil {
		return a, fmt.Errorf("%s: %w", name, err)
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, int64(entry.UncompressedSize64))) // as far as it is there, whatever the archive says
	if err == nil {
		a, err = decode(data)
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// decode reads an array. The reader's panics, of headers that it cannot parse, are errors.
func decode(data []byte) (a array, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the header cannot be read: %v", p)
		}
	}()
	if err := checkHeader(data); err != nil {
		return a, err
	}
	r, err := npy.NewReader(bytes.NewReader(data))
	if err != nil {
		return a, err
	}
	a.shape = r.Header.Descr.Shape
	if len(a.shape) > mostDims {
		return a, fmt.Errorf("%d dimensions", len(a.shape))
	}
	count, most := uint64(1), uint64(len(data)/4)
	for _, n := range a.shape {
		if n < 0 || uint64(n) > most {
			return a, fmt.Errorf("the shape is %v, of %d bytes", a.shape, len(data))
		}
		if count *= uint64(n); count > most {
			return a, fmt.Errorf("the shape is %v, of %d bytes", a.shape, len(data))
		}
	}
	switch r.Header.Descr.Type {
	case "<f8", ">f8", "=f8":
		err = r.Read(&a.data)
	case "<f4", ">f4", "=f4":
		var narrow []float32
		err = r.Read(&narrow)
		for _, v := range narrow {
			a.data = append(a.data, float64(v))
		}
	default:
		err = fmt.Errorf("elements are of type %s, want float64 or float32", r.Header.Descr.Type)
	}
	if err == nil && uint64(len(a.data)) != count {
		err = errors.New("the data ends early")
	}
	if err == nil && r.Header.Descr.Fortran {
		a.data = byRows(a)
	}
	return a, err
}

// checkHeader tells whether a header of the second version, which says its length in four bytes, is there: the reader makes room for it first.
func checkHeader(data []byte) error {
	const start, second = 12, 2
	if len(data) < start || data[6] != second {
		return nil
	}
	if length := binary.LittleEndian.Uint32(data[8:]); uint64(length) > uint64(len(data)-start) {
		return fmt.Errorf("the header is of %d bytes, of %d", length, len(data))
	}
	return nil
}

// byRows is the data of an array that has them by columns.
func byRows(a array) []float64 {
	rows := make([]float64, len(a.data))
	index := make([]int, len(a.shape))
	for i := range rows {
		at := 0
		for j := len(index) - 1; j >= 0; j-- {
			at = at*a.shape[j] + index[j]
		}
		rows[i] = a.data[at]
		for j := len(index) - 1; j >= 0; j-- {
			if index[j]++; index[j] < a.shape[j] {
				break
			}
			index[j] = 0
		}
	}
	return rows
}
