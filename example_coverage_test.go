package relent_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Every exported function has an example of its name, or, where it makes a value, is called in one; and every example has an
// output, without which go test would not run it.
func TestEveryFunctionHasAnExample(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var functions []string
	examples, called := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil {
				continue
			}
			switch test := strings.HasSuffix(name, "_test.go"); {
			case test && strings.HasPrefix(f.Name.Name, "Example"):
				examples[strings.TrimPrefix(f.Name.Name, "Example")] = true
				addSelected(called, f)
				if !hasOutput(file, f) {
					t.Errorf("%s: %s has no output", name, f.Name.Name)
				}
			case !test && f.Name.IsExported() && f.Name.Name != "Pass": // package loss has the examples
				functions = append(functions, f.Name.Name)
			}
		}
	}
	if len(functions) < 50 || len(examples) < 60 {
		t.Errorf("found %d functions and %d examples", len(functions), len(examples))
	}
	for _, name := range functions {
		if maker := strings.HasPrefix(name, "New"); !examples[name] && !(maker && called[name]) {
			t.Errorf("%s has no example", name)
		}
	}
}

// addSelected adds every name that follows a point in f.
func addSelected(names map[string]bool, f *ast.FuncDecl) {
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			names[s.Sel.Name] = true
		}
		return true
	})
}

func hasOutput(file *ast.File, f *ast.FuncDecl) bool {
	for _, c := range file.Comments {
		if c.Pos() > f.Pos() && c.End() < f.End() && strings.HasPrefix(c.Text(), "Output:") {
			return true
		}
	}
	return false
}
