package relent

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The package, and the internal ones that it is made of, import the standard library and cpuid, for every GOOS, GOARCH and
// build tag; cpuid only to choose the instruction set.
func TestDependencies(t *testing.T) {
	const module = "github.com/relent-go/relent/"
	for folders := []string{"."}; len(folders) > 0; folders = folders[1:] {
		for name, imports := range importsOf(t, folders[0]) {
			for _, path := range imports {
				root, _, _ := strings.Cut(path, "/")
				detection := strings.HasPrefix(name, "isa") && path == "github.com/klauspost/cpuid/v2"
				if folder, ours := strings.CutPrefix(path, module+"internal/"); ours {
					if folder = filepath.Join("internal", folder); !slices.Contains(folders, folder) {
						folders = append(folders, folder)
					}
				} else if (strings.Contains(root, ".") || path == "C") && !detection {
					t.Errorf("%s imports %s", name, path)
				}
			}
		}
	}
}

// importsOf has what each file of a folder imports, but for the tests.
func importsOf(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(folder, files, err)
	}
	imports := map[string][]string{}
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
			imports[name] = append(imports[name], path)
		}
	}
	return imports
}
