package golden

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// An MvnCase is two normal distributions and what the measures of them are, correctly rounded. Matrices are row-major.
type MvnCase struct {
	Dim            int
	Cond           float64 // of Sigma1
	Mu1, Mu2       []float64
	Sigma1, Sigma2 []float64
	X              []float64 // rows
	SqMahalanobis  []float64 // of the rows from Mu1 under Sigma1
	LogProb        []float64 // likewise
	KL             float64   // of 1 from 2

	// of 1 from the distribution with mean Mu2 and this variance times I
	KLIsotropicVariance, KLIsotropic float64

	KLStandard float64 // of 1 from the standard normal distribution
	KLDiagonal float64 // of 1 from 2, of both covariances the diagonals only
	Entropy    float64 // of 1
	LogDet     float64 // of Sigma1
}

// Mvn returns the cases of the multivariate normal distribution, which all callers share.
var Mvn = sync.OnceValue(func() []MvnCase {
	cases, err := parseMvn(mvn)
	if err != nil {
		panic(fmt.Sprintf("golden: mvn.jsonl: %v", err))
	}
	return cases
})

//go:embed testdata/mvn.jsonl
var mvn []byte

func parseMvn(text []byte) ([]MvnCase, error) {
	var cases []MvnCase
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var line struct {
			Dim                                                          int
			Cond                                                         float64
			Mu1, Mu2, Sigma1, Sigma2, X, SqMahalanobis, LogProb          []number
			KL, KLIsotropicVariance, KLIsotropic, KLStandard, KLDiagonal number
			Entropy, LogDet1                                             number
		}
		if err := d.Decode(&line); err == io.EOF {
			return cases, nil
		} else if err != nil {
			return nil, fmt.Errorf("case %d: %w", len(cases), err)
		}
		n := line.Dim
		if n < 1 || len(line.Mu1) != n || len(line.Mu2) != n || len(line.Sigma1) != n*n || len(line.Sigma2) != n*n ||
			len(line.X) != n*len(line.LogProb) || len(line.SqMahalanobis) != len(line.LogProb) {
			return nil, fmt.Errorf("case %d: lengths do not belong to %d dimensions", len(cases), n)
		}
		cases = append(cases, MvnCase{
			n, line.Cond, floats(line.Mu1), floats(line.Mu2), floats(line.Sigma1), floats(line.Sigma2), floats(line.X),
			floats(line.SqMahalanobis), floats(line.LogProb), float64(line.KL),
			float64(line.KLIsotropicVariance), float64(line.KLIsotropic), float64(line.KLStandard), float64(line.KLDiagonal),
			float64(line.Entropy), float64(line.LogDet1),
		})
	}
}
