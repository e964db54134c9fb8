package relent_test

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// The examples of the README, in its order and line by line.

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

func Example_readmeRows() {
	documents := relent.NewMatrix(3, 3,
		0.7, 0.2, 0.1, // topics of the first document
		0.1, 0.1, 0.8,
		0.6, 0.3, 0.1,
	)
	query := relent.Vector[float64]{0.65, 0.25, 0.10}
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureJensenShannon, query, documents))

	run := relent.Run{Workers: 2, Context: context.Background()} // goroutines, cancellation, progress
	table, err := relent.RunAllPairs(run, relent.Matrix[float64]{}, relent.MeasureJensenShannonDistance, documents)
	if err != nil {
		log.Fatal(err) // the context's
	}
	fmt.Printf("%.4f\n", table.Row(1))

	index := relent.NewIndex(relent.MeasureJensenShannonDistance, documents) // once
	fmt.Println("nearest:", index.Nearest(nil, query, 1)[0].Index)
	// Output:
	// [0.0019 0.2842 0.0016]
	// [0.5385 0.0000 0.5293]
	// nearest: 2
}

func Example_readmeCounts() {
	lastYear := []int{800, 1200, 600, 400, 0}
	thisWeek := []int{70, 130, 55, 40, 5}
	psi, touched := relent.PopulationStabilityIndex(lastYear, thisWeek, relent.Floor(1e-4))
	fmt.Printf("PSI %.4f, bins raised on one side: %d\n", psi, touched.OneSide)

	weeks := relent.NewMatrix(2, 5, []int{
		70, 130, 55, 40, 5,
		81, 118, 61, 40, 0,
	}...)
	policy := relent.Floor(1e-4)
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureJeffreys,
		weeks.Shares(policy), relent.Vector[int](lastYear).Shares(policy)))
	// Output:
	// PSI 0.0933, bins raised on one side: 1
	// [0.0933 0.0002]
}

func Example_readmeNormal() {
	normal, err := mvn.NewNormal([]float64{170, 65}, mat.NewSymDense(2, []float64{80, 60, 60, 120}))
	if err != nil {
		log.Fatal(err) // names the pivot that is not positive
	}
	people := mat.NewDense(3, 2, []float64{168, 64, 181, 80, 150, 95})
	logProbs, _ := normal.LogProbRows(nil, people, relent.Run{Workers: 4}) // without a context there is no error
	distances, _ := normal.MahalanobisRows(nil, people, relent.Run{})
	fmt.Printf("log densities %.3f\ndistances     %.3f\n", logProbs, distances)
	// Output:
	// log densities [-6.214 -7.248 -22.188]
	// distances     [0.231 1.456 5.657]
}

var (
	readmeExample = regexp.MustCompile(`(?ms)^func (Example_readme\w*)\(\) \{\n(.*?)^\}`)
	goBlock       = regexp.MustCompile("(?ms)^```go\n(.*?)^```")
)

// Every block of Go in the README is an example here, which go test compiles and runs, with the output that it compares; and
// every example is in the README.
func TestReadmeShowsTheExamples(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := readmeExample.FindAllStringSubmatch(string(source), -1)
	blocks := goBlock.FindAllStringSubmatch(string(readme), -1)
	if len(examples) < 4 || len(blocks) != len(examples) {
		t.Errorf("%d blocks of Go in README.md, %d examples in readme_test.go", len(blocks), len(examples))
	}
	for i, example := range examples {
		name, body := example[1], strings.TrimPrefix(strings.ReplaceAll("\n"+example[2], "\n\t", "\n"), "\n")
		if !strings.Contains(body, "\n// Output:\n") {
			t.Errorf("%s has no output to compare: it is compiled, but not run", name)
		}
		if i < len(blocks) && blocks[i][1] != body {
			t.Errorf("block %d of README.md is\n%s\nnot %s:\n%s", i+1, blocks[i][1], name, body)
		}
	}
}

var (
	tables    = regexp.MustCompile("(?ms)^## Which.*?^## What it promises")
	tableRow  = regexp.MustCompile(`(?m)^\| .*`)
	tableName = regexp.MustCompile("`([A-Z][A-Za-z0-9.]*)`")
)

// What the README's tables of functions name is exported, by relent, mvn, loss, dist, table or order.
func TestReadmeNamesWhatThereIs(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	exported := map[string]bool{}
	for _, pattern := range []string{"*.go", "mvn/*.go", "loss/*.go", "dist/*.go", "table/*.go", "order/*.go"} {
		addExported(t, exported, pattern)
	}
	names := 0
	for _, row := range tableRow.FindAllString(tables.FindString(string(readme)), -1) {
		for _, name := range tableName.FindAllStringSubmatch(row, -1) {
			if names++; !exported[name[1]] {
				t.Errorf("README.md names %s, which there is not, in %s", name[1], row)
			}
		}
	}
	if names < 50 {
		t.Errorf("README.md names %d functions in its tables", names)
	}
}

// addExported adds functions, types, constants, variables, and methods both as Type.Method and by themselves.
func addExported(t *testing.T, names map[string]bool, pattern string) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names[d.Name.Name] = true
				if d.Recv != nil {
					names[receiver(d.Recv.List[0].Type)+"."+d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						names[s.Name.Name] = true
					case *ast.ValueSpec:
						for _, id := range s.Names {
							names[id.Name] = true
						}
					}
				}
			}
		}
	}
}

// receiver is the name of a method's type, which may be a pointer and have parameters.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// The README and the documentation stay short enough to be read.
func TestDocumentationIsShort(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" {
		t.Skip("RELENT_EMULATED=1: this machine need not have Go, and the sources are the same")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	docs, err := exec.Command("go", "doc", "-all", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		text []byte
		most int
	}{"README.md": {readme, 200}, "go doc -all .": {docs, 750}} {
		if n := bytes.Count(c.text, []byte("\n")); n > c.most {
			t.Errorf("%s has %d lines, at most %d are wanted", what, n, c.most)
		}
	}
	names := regexp.MustCompile(`(?m)^func (Run)?(EachRow|RowByRow|ManyToMany|AllPairs)\b|^func \(.*\) (Shares|NearestRows)\(`).FindAll(docs, -1)
	if n := len(names); n > 12 {
		t.Errorf("%d functions and methods for rows: %s", n, names)
	}
}
