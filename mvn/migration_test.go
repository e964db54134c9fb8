package mvn

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distmv"
)

var (
	_ distmv.RandLogProber = (*Seeded)(nil)
	_ distmv.LogProber     = (*Normal)(nil)
	_ distmv.Quantiler     = (*Normal)(nil)
)

// Programs that use gonum print the same with the edits that the README says, but for rounding.
func TestMigrationFromGonum(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	for file, edits := range map[string][][2]string{
		"stat.go":   {{`"gonum.org/v1/gonum/stat"`, `stat "github.com/relent-go/relent"`}},
		"distmv.go": append(readmeEdits(t), [2]string{"\t\"gonum.org/v1/gonum/stat\"\n", ""}),
	} {
		source, err := os.ReadFile(filepath.Join("testdata", "gonum", file))
		if err != nil {
			t.Fatal(err)
		}
		want := printed(t, file, string(source))
		edited := string(source)
		for _, e := range edits {
			if !strings.Contains(edited, e[0]) {
				t.Errorf("%s does not show that %s becomes %s", file, e[0], e[1])
			}
			edited = strings.ReplaceAll(edited, e[0], e[1])
		}
		got := printed(t, file, edited)
		if len(got) != len(want) {
			t.Fatalf("%s: %q, want %q", file, got, want)
		}
		for i := range got {
			a, errA := strconv.ParseFloat(got[i], 64)
			b, errB := strconv.ParseFloat(want[i], 64)
			if got[i] != want[i] && (errA != nil || errB != nil || relativeError(a, b) > 1e-12) {
				t.Errorf("%s: %s, want %s, after %q", file, got[i], want[i], want[max(0, i-5):i])
			}
		}
	}
}

// What is not edited does not compile, where it would be something else.
func TestHalfMigratedDoesNotCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	source, err := os.ReadFile(filepath.Join("testdata", "gonum", "distmv.go"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(source), `"gonum.org/v1/gonum/stat/distmv"`, `distmv "github.com/relent-go/relent/mvn"`)
	_, err = runProgram(t, "distmv.go", text)
	for _, line := range []string{"NewNormal(", "NewNormalChol(", "NewNormalPrecision(", "MarginalNormal(", "ConditionNormal(", "KullbackLeibler{}", "Wasserstein{}", "n.Rand("} {
		for n, l := range strings.Split(text, "\n") {
			if strings.Contains(l, line) && !strings.Contains(fmt.Sprint(err), fmt.Sprintf("distmv.go:%d:", n+1)) {
				t.Errorf("%s compiles: %v", strings.TrimSpace(l), err)
			}
		}
	}
}

// readmeEdits are the first two pieces of code in each row of the README's table of edits.
func readmeEdits(t *testing.T) (edits [][2]string) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(readme), "| gonum | here |\n|---|---|\n")
	row := regexp.MustCompile("^\\| `([^`]+)` \\| `([^`]+)`.*\\|$")
	for _, line := range strings.Split(table, "\n") {
		m := row.FindStringSubmatch(line)
		if m == nil {
			break
		}
		edits = append(edits, [2]string{m[1], m[2]})
	}
	if !found || len(edits) < 10 {
		t.Fatalf("README.md has a table of %d edits", len(edits))
	}
	return edits
}

// printed are the words that a program prints, by line in alphabetic order.
func printed(t *testing.T, file, source string) (words []string) {
	t.Helper()
	out, err := runProgram(t, file, source)
	if err != nil {
		t.Fatal(file, err, source)
	}
	lines := strings.Split(out, "\n")
	slices.Sort(lines)
	return strings.FieldsFunc(strings.Join(lines, "\n"), func(r rune) bool { return strings.ContainsRune(" []\n", r) })
}

// runProgram builds and runs a program of one file, within this module. An error has what the compiler said of every line.
func runProgram(t *testing.T, file, source string) (out string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("go", "run", "-gcflags=-e", path)
	var text strings.Builder
	command.Stderr = &text
	printed, err := command.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, text.String())
	}
	return string(printed), err
}
