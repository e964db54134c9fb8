package relent_test

import (
	"fmt"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// Example_readme is the first example of the README, line by line.
func Example_readme() {
	lastMonth := []float64{0.10, 0.25, 0.40, 0.20, 0.05}
	thisMonth := []float64{0.12, 0.22, 0.38, 0.20, 0.08}

	fmt.Printf("divergence %.6f nats\n", relent.KullbackLeibler(thisMonth, lastMonth))
	fmt.Printf("distance   %.6f\n", relent.JensenShannonDistance(thisMonth, lastMonth))
	fmt.Printf("entropy    %.6f bits\n", relent.Entropy(thisMonth)*relent.BitsPerNat)

	scores := []float32{0.9, 0.2, 0.7} // float32 works the same
	labels := []float32{1, 0, 1}
	fmt.Printf("log loss   %.6f\n", relent.BinaryCrossEntropy(labels, scores)/3)
	// Output:
	// divergence 0.011864 nats
	// distance   0.052999
	// entropy    2.133988 bits
	// log loss   0.228393
}

// Example_readmeNormal is the second one.
func Example_readmeNormal() {
	normal, err := mvn.New([]float64{170, 65}, mat.NewSymDense(2, []float64{80, 60, 60, 120}))
	if err != nil {
		log.Fatal(err) // names the pivot that is not positive
	}
	people := mat.NewDense(3, 2, []float64{168, 64, 181, 80, 150, 95})
	fmt.Printf("log densities %.3f\n", normal.LogProbRows(nil, people, 1)) // one worker
	fmt.Printf("distances     %.3f\n", normal.MahalanobisRows(nil, people, 1))
	// Output:
	// log densities [-6.214 -7.248 -22.188]
	// distances     [0.231 1.456 5.657]
}

func TestReadmeShowsTheExamples(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Example_readme", "Example_readmeNormal"} {
		_, body, _ := strings.Cut(string(source), "func "+name+"() {\n")
		body, _, found := strings.Cut(body, "\n\t// Output:")
		if !found {
			t.Fatalf("no %s in readme_test.go", name)
		}
		example := strings.TrimPrefix(strings.ReplaceAll("\n"+body, "\n\t", "\n"), "\n")
		if !strings.Contains(string(readme), example) {
			t.Errorf("README.md does not show the example:\n%s", example)
		}
	}
}
