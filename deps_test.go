package relent

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The package imports the standard library and cpuid, for every GOOS, GOARCH and build tag; cpuid only to choose the
// instruction set.
func TestDependencies(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			root, _, _ := strings.Cut(path, "/")
			detection := strings.HasPrefix(name, "isa") && path == "github.com/klauspost/cpuid/v2"
			if (strings.Contains(root, ".") || path == "C") && !detection {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
