// Package sources finds declarations in the files of a package, for tests that no function of a kind may escape.
package sources

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// ExportedWith is the exported functions, and the methods of exported types as Type.Method, that have a parameter of one of the
// names. Tests are left out.
func ExportedWith(folder string, parameters ...string) (names []string, err error) {
	return exported(folder, func(f *ast.FuncDecl) bool { return hasParameter(f, parameters) })
}

// ExportedWithAny is those that have a parameter.
func ExportedWithAny(folder string) (names []string, err error) {
	return exported(folder, func(f *ast.FuncDecl) bool { return f.Type.Params.NumFields() > 0 })
}

func exported(folder string, wanted func(f *ast.FuncDecl) bool) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return nil, err
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || !wanted(f) {
				continue
			}
			switch receiver := receiver(f); {
			case receiver == "":
				names = append(names, f.Name.Name)
			case ast.IsExported(receiver):
				names = append(names, receiver+"."+f.Name.Name)
			}
		}
	}
	return names, nil
}

func hasParameter(f *ast.FuncDecl, names []string) bool {
	for _, p := range f.Type.Params.List {
		for _, name := range p.Names {
			if slices.Contains(names, name.Name) {
				return true
			}
		}
	}
	return false
}

// receiver is the name of the type of a method, if it is one.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	for e := f.Recv.List[0].Type; ; {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
