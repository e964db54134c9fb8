package sources

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestExportedWith(t *testing.T) {
	folder := t.TempDir()
	const source = `package p
func One(a, workers int) {}
func Two(a int) {}
func three(workers int) {}
func (x *T[F]) Four(workers int) {}
func (x U[F, G]) Five(ctx, b int) {}
func (x v) Six(workers int) {}
func (x W) Seven(workers int) {}
func (x W) None() {}
`
	for name, text := range map[string]string{"a.go": source, "a_test.go": "package p\nfunc Eight(workers int) {}\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names, err := ExportedWith(folder, "workers", "ctx")
	if want := []string{"One", "T.Four", "U.Five", "W.Seven"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%v, %v, want %v", names, err, want)
	}
	names, err = ExportedWithAny(folder)
	if want := []string{"One", "Two", "T.Four", "U.Five", "W.Seven"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%v, %v, want %v", names, err, want)
	}
	if err := os.WriteFile(filepath.Join(folder, "b.go"), []byte("what is this"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ExportedWith(folder, "workers"); err == nil {
		t.Error("no error of a file that is not Go")
	}
}
