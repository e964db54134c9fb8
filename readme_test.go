package relent_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

// Example_readme is the example of the README, line by line.
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

func TestReadmeShowsTheExample(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(source), "func Example_readme() {\n")
	body, _, found := strings.Cut(body, "\n\t// Output:")
	if !found {
		t.Fatal("no example in readme_test.go")
	}
	example := strings.TrimPrefix(strings.ReplaceAll("\n"+body, "\n\t", "\n"), "\n")
	if !strings.Contains(string(readme), example) {
		t.Errorf("README.md does not show the example:\n%s", example)
	}
}
