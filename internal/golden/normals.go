package golden

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// A NormalsCase is two normal distributions and their Jensen–Shannon divergence and distance, correctly rounded. Matrices are row-major.
type NormalsCase struct {
	Dim                   int
	Near                  float64 // the relative difference of the parameters, or 0 where they are apart
	Mu1, Mu2              []float64
	Sigma1, Sigma2        []float64
	JensenShannon         float64
	JensenShannonDistance float64
}

// Normals returns the cases of two normal distributions, which all callers share.
var Normals = sync.OnceValue(func() []NormalsCase {
	cases, err := parseNormals(continuous)
	if err != nil {
		panic(fmt.Sprintf("golden: continuous.jsonl: %v", err))
	}
	return cases
})

//go:embed testdata/continuous.jsonl
var continuous []byte

func parseNormals(text []byte) ([]NormalsCase, error) {
	var cases []NormalsCase
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var line struct {
			Dim                      int
			Near                     float64
			Mu1, Mu2, Sigma1, Sigma2 []number
			Want                     struct{ JensenShannon, JensenShannonDistance number }
		}
		if err := d.Decode(&line); err == io.EOF {
			return cases, nil
		} else if err != nil {
			return nil, fmt.Errorf("case %d: %w", len(cases), err)
		}
		n := line.Dim
		if n < 1 || len(line.Mu1) != n || len(line.Mu2) != n || len(line.Sigma1) != n*n || len(line.Sigma2) != n*n {
			return nil, fmt.Errorf("case %d: %d dimensions do not fit the parameters", len(cases), n)
		}
		cases = append(cases, NormalsCase{
			n, line.Near, floats(line.Mu1), floats(line.Mu2), floats(line.Sigma1), floats(line.Sigma2),
			float64(line.Want.JensenShannon), float64(line.Want.JensenShannonDistance),
		})
	}
}
