package mvn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/relent-go/relent"
	"gonum.org/v1/gonum/mat"
)

// A StudentT is a multivariate Student t distribution in d dimensions, of density
//
//	Γ((ν+d)/2)/(Γ(ν/2)·(νπ)^(d/2)·√det Σ)·(1+δ/ν)^(-(ν+d)/2), δ = (x-μ)ᵀΣ⁻¹(x-μ),
//
// with heavier tails the fewer its degrees of freedom ν are: far rows count less where it is fitted. μ is its location and Σ its scale
// matrix, not the covariance. It is that of a normal variable of covariance Σ divided by √(χ²/ν).
//
// A StudentT never changes but by UnmarshalBinary, and all methods may be called concurrently. Scoring with a dst and one worker does not
// allocate, as that of [Normal].
type StudentT struct {
	normal *Normal // of location and scale
	nu     float64
	norm   float64 // log Γ((ν+rank)/2) - log Γ(ν/2) - ½ rank·log νπ - ½ log det Σ
}

// NewStudentT returns the distribution with location mu, scale matrix sigma and nu degrees of freedom, as gonum's distmv.NewStudentsT. The error
// is that of [NewNormal], or of a nu that is not positive and finite.
func NewStudentT(mu []float64, sigma mat.Symmetric, nu float64) (*StudentT, error) {
	n, err := NewNormal(mu, sigma)
	if err != nil {
		return nil, err
	}
	return n.StudentT(nu)
}

// StudentT returns the Student t distribution with the mean of n for its location, the covariance, in its form, for its scale, and nu degrees of
// freedom. A nu that is not positive and finite is an error. What SetMean does to n later does not change it.
func (n *Normal) StudentT(nu float64) (*StudentT, error) {
	if !(nu > 0) || !finite(nu) {
		return nil, fmt.Errorf("mvn: there are %g degrees of freedom", nu)
	}
	fixed := *n
	d := float64(n.Rank())
	return &StudentT{&fixed, nu, logGammaRatio(float64(nu/2), float64(d/2)) + n.norm}, nil
}

// Dim is the number d of dimensions.
func (s *StudentT) Dim() int { return s.normal.Dim() }

// Nu is the number ν of degrees of freedom.
func (s *StudentT) Nu() float64 { return s.nu }

// Location copies the location, which is the mean if ν > 1, to dst and returns it. A nil dst is allocated.
func (s *StudentT) Location(dst []float64) []float64 {
	dst = destination("Location", "dst", dst, s.Dim())
	return s.normal.Mean(dst)
}

// Scale returns the normal distribution with the location for its mean, and the scale matrix for its covariance. Mahalanobis distances are those
// of it.
func (s *StudentT) Scale() *Normal {
	n := *s.normal
	return &n
}

// CovarianceMatrix stores the covariance ν/(ν-2)·Σ in dst, which is resized if it is empty; NaN if ν <= 2, when there is none.
func (s *StudentT) CovarianceMatrix(dst *mat.SymDense) {
	s.normal.CovarianceMatrix(dst)
	times := math.NaN()
	if s.nu > 2 {
		times = s.nu / (s.nu - 2)
	}
	for i := range s.Dim() {
		for j := range i + 1 {
			dst.SetSym(i, j, float64(times*s.normal.form.covariance(i, j)))
		}
	}
}

// MarginalStudentT returns the distribution of the variables vars, in that order, as [Normal.MarginalNormal].
func (s *StudentT) MarginalStudentT(vars []int) (*StudentT, error) {
	n, err := s.normal.MarginalNormal(vars)
	if err != nil {
		return nil, err
	}
	return n.StudentT(s.nu)
}

// LogProb returns the log density at x. Its bits are those of the same row in LogProbRows. The squared distance need not fit into a float64.
// The error is at most 2⁻⁴⁶ of the sizes of the terms, beside that of the distance. An infinite x, and one off the support of a singular
// scale, gives -Inf; one that holds a NaN gives NaN.
func (s *StudentT) LogProb(x []float64) float64 {
	n := s.normal
	n.checkLength("LogProb", "x", len(x))
	buffer := n.rows.get(1)
	always(n.doubles().Mahalanobis(buffer, asRow(x), relent.Run{}))
	studentDensities(s, buffer)
	return n.give(buffer)
}

// Prob returns the density at x.
func (s *StudentT) Prob(x []float64) float64 { return exp(s.LogProb(x)) }

// LogProbRows computes the log density at every row of x into dst, which has as many elements as x has rows, or is nil and allocated. The
// bits do not depend on the run; an error is that of its context.
func (s *StudentT) LogProbRows(dst []float64, x *mat.Dense, run relent.Run) ([]float64, error) {
	return StudentTLogProbRows(dst, s, denseRows("LogProbRows", x, s.Dim()), run)
}

// StudentTLogProbRows is [StudentT.LogProbRows] of raw elements, with distances in their precision, as [MahalanobisRows].
func StudentTLogProbRows[F float32 | float64](dst []F, s *StudentT, x relent.Matrix[F], run relent.Run) ([]F, error) {
	scorer, dst := prepare("StudentTLogProbRows", dst, given("StudentTLogProbRows", "s", s).normal, x)
	if plain(run) {
		always(scorer.Mahalanobis(dst, x, run))
		studentDensities(s, dst)
		return dst, nil
	}
	return dst, inParts(x.Rows, 1, formFlops(x.Cols), run, func(from, to int) {
		always(scorer.Mahalanobis(dst[from:to], x.Slice(from, to), relent.Run{}))
		studentDensities(s, dst[from:to])
	})
}

// studentDensities replaces distances r by log densities: norm - (ν+rank)/2·log(1+r²/ν).
func studentDensities[F float32 | float64](s *StudentT, distances []F) {
	const block = 64
	var u, w [block]float64
	root, rank := math.Sqrt(s.nu), float64(s.normal.Rank())
	half, ratio := float64(0.5*(s.nu+rank)), 1+rank/s.nu
	for len(distances) > 0 {
		some := distances[:min(block, len(distances))]
		for i, r := range some {
			t := float64(r) / root
			if u[i] = float64(t * t); u[i] > 0x1p60 {
				w[i] = t // log(1+t²) is 2·log t
			} else {
				w[i] = 1 + u[i]
			}
		}
		relent.Log(w[:len(some)], w[:len(some)])
		for i, distance := range some {
			r, v := float64(distance), 1+u[i]
			switch {
			case r != r:
				some[i] = F(math.NaN())
				continue
			case u[i] > 0x1p60:
				r = float64(2 * half * w[i])
			case u[i] < 0x1p-60: // which has lost digits if it is tiny
				r = float64(float64(float64(0.5*r)*r) * ratio)
			default:
				r = float64(half * (w[i] + (u[i]-(v-1))/v))
			}
			some[i] = F(s.norm - r)
		}
		distances = distances[len(some):]
	}
}

var studentTKind = modelKind('T')

// MarshalBinary returns the encoding of the distribution, as [Normal.MarshalBinary].
func (s *StudentT) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// AppendBinary is [StudentT.MarshalBinary], appended to b.
func (s *StudentT) AppendBinary(b []byte) ([]byte, error) {
	if err := s.encodable(); err != nil {
		return b, err
	}
	return studentTKind.Append(b, func(b []byte) []byte {
		return s.normal.appendBody(binary.LittleEndian.AppendUint64(b, math.Float64bits(s.nu)))
	}), nil
}

func (s *StudentT) encodable() error {
	if s.normal == nil {
		return errors.New("mvn: a StudentT that no constructor has made cannot be encoded")
	}
	return s.normal.encodable()
}

// UnmarshalBinary makes s the distribution that was encoded, as [Normal.UnmarshalBinary].
func (s *StudentT) UnmarshalBinary(data []byte) error {
	return unseal("StudentT.UnmarshalBinary", data, studentTKind, func(r *reader) error {
		nu := math.Float64frombits(r.Uint(8))
		n, err := r.normal()
		if err != nil {
			return err
		}
		t, err := n.StudentT(nu)
		if err == nil {
			*s = *t
		}
		return err
	})
}
