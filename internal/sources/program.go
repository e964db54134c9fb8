package sources

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// A Program is packages with the types of their expressions.
type Program struct {
	fset  *token.FileSet
	info  types.Info
	files []*ast.File
}

// Load finds packages by the patterns of go list in a folder, and those of the same module that they import, as they are built
// for goarch with the given tags, comma-separated. Of other packages it reads declarations only.
func Load(folder, goarch, tags string, patterns ...string) (*Program, error) {
	listed, err := list(folder, goarch, tags, patterns)
	if err != nil {
		return nil, err
	}
	p := &Program{fset: token.NewFileSet(), info: types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}}
	done := map[string]*types.Package{"unsafe": types.Unsafe}
	for _, l := range listed { // those that are imported come first
		if l.ImportPath == "unsafe" {
			continue
		}
		if done[l.ImportPath], err = p.check(l, goarch, done); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// A listedPackage is what go list says of a package.
type listedPackage struct {
	Dir, ImportPath string
	GoFiles         []string
	ImportMap       map[string]string
	Module          *struct{ Main bool }
}

func list(folder, goarch, tags string, patterns []string) (listed []listedPackage, err error) {
	arguments := []string{"list", "-deps", "-json=Dir,ImportPath,GoFiles,ImportMap,Module", "-tags", tags}
	command := exec.Command("go", append(arguments, patterns...)...)
	command.Dir = folder
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+goarch)
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr(err))
	}
	for d := json.NewDecoder(bytes.NewReader(output)); ; {
		var l listedPackage
		switch err := d.Decode(&l); err {
		case nil:
			listed = append(listed, l)
		case io.EOF:
			return listed, nil
		default:
			return nil, err
		}
	}
}

func stderr(err error) []byte {
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return failed.Stderr
	}
	return nil
}

// imports are packages as one of them imports them.
type imports struct {
	done   map[string]*types.Package
	mapped map[string]string // paths that stand for others
}

func (i imports) Import(path string) (*types.Package, error) {
	if actual, ok := i.mapped[path]; ok {
		path = actual
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is not among what go list says is imported", path)
}

// check finds the types of a package; if it is of the main module, of its functions' bodies too, and adds it to the program.
func (p *Program) check(l listedPackage, goarch string, done map[string]*types.Package) (*types.Package, error) {
	var files []*ast.File
	for _, name := range l.GoFiles {
		file, err := parser.ParseFile(p.fset, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	config := types.Config{
		Importer: imports{done, l.ImportMap}, IgnoreFuncBodies: true, Sizes: types.SizesFor("gc", goarch), FakeImportC: true,
	}
	info := &types.Info{}
	if l.Module != nil && l.Module.Main {
		config.IgnoreFuncBodies, info = false, &p.info
		p.files = append(p.files, files...)
	}
	return config.Check(l.ImportPath, p.fset, files, info)
}
