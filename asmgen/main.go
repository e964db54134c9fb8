// Command asmgen writes the kernels_* files of package relent: every kernel of package kernels, lowered to each
// instruction set and to plain Go. Run it by go generate; its test regenerates in memory and compares.
//
// A kernel goes through these packages, of which each imports only those before it:
//
//	kernels   the text: a step of operations on vectors of any width, recorded in single-assignment form
//	isa       the vocabulary that an instruction set spells (Machine), a table of what it is like (Info), the list of instructions
//	program   the text as nodes: casts and dead values are gone; its guards; its stages, before and after the divisions
//	schedule  registers: a Block takes operations of one or several instances of a program, in turns, finds each value a register,
//	          spills and reloads, and has the Machine emit
//	shape     loops: over vectors and rows, over outputs that are sums or elements, over panels and tiles, written once over
//	          scalars (addresses and counts) and places; they choose how many constants stay in registers by trying
//	x86       AVX2 and AVX-512: what they share, and a table of each; printed by avo
//	arm64     NEON: as Go's assembler writes it, words where that lacks an instruction; a printer of its own
//	golang    the same texts in plain Go, an element after another; switches, stubs, measures, the tests' table
//
// Emission appends to the list of a Function. Nothing is final before it is printed: an attempt that needs too many registers is
// taken back, and a frame is as large as what was spilled.
package main

import (
	"errors"
	"flag"
	"fmt"
	"go/format"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/relent-go/relent/asmgen/arm64"
	"github.com/relent-go/relent/asmgen/golang"
	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/asmgen/x86"
	"github.com/relent-go/relent/kernels"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("asmgen: ")
	dir := flag.String("dir", ".", "directory to write the kernels_* files to")
	flag.Parse()
	files, err := allFiles()
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(*dir, name), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// allFiles are those of package relent and of package peak, by name.
func allFiles() (map[string][]byte, error) {
	files, err := generate("relent", kernels.All())
	if err != nil {
		return nil, err
	}
	peaks, err := assembly("peak", "internal/peak/peak", func(t isa.Machine) error {
		for _, elem := range kernels.Elements {
			shape.Peak(t, elem)
		}
		return nil
	})
	maps.Copy(files, peaks)
	return files, err
}

// The instruction sets of each architecture, the best one first, as the switches between them have them.
var (
	amd64Sets = []func(*x86.File) isa.Machine{x86.AVX512, x86.AVX2}
	arm64Sets = []func(*arm64.File) isa.Machine{arm64.NEON}
)

// generate returns the files of a package by name.
func generate(pkg string, set kernels.Set) (map[string][]byte, error) {
	if err := set.Mistakes(); err != nil {
		return nil, err
	}
	files, err := assembly(pkg, "kernels", func(t isa.Machine) error { return all(t, set) })
	if err != nil {
		return nil, err
	}
	for name, text := range golang.Files(pkg, set, infos(amd64Sets), infos(arm64Sets)) {
		if files[name], err = format.Source(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
}

// assembly returns the files of each architecture, of which emit gives the functions for an instruction set.
func assembly(pkg, prefix string, emit func(t isa.Machine) error) (map[string][]byte, error) {
	var amd64 x86.File
	var arm arm64.File
	var failed []error
	for _, set := range slices.Backward(amd64Sets) {
		failed = append(failed, emit(set(&amd64)))
	}
	for _, set := range slices.Backward(arm64Sets) {
		failed = append(failed, emit(set(&arm)))
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	text, err := amd64.Print(pkg)
	return map[string][]byte{prefix + "_amd64.s": text, prefix + "_arm64.s": arm.Print()}, err
}

func infos[F any](sets []func(*F) isa.Machine) (list []*isa.Info) {
	for _, set := range sets {
		list = append(list, set(nil).Info())
	}
	return list
}

// all emits every kernel for every element type.
func all(t isa.Machine, set kernels.Set) error {
	var failed []error
	named := func(name string, elem kernels.Type, emit func()) {
		failed = append(failed, try(isa.Symbol(name, elem, t.Info().Name), emit))
	}
	for _, c := range set.Conversions {
		shape.Convert(t, c)
	}
	if set.Tiles != nil {
		shape.EmitTables(t)
	}
	for _, elem := range kernels.Elements {
		for _, r := range set.Reductions {
			if slices.Contains(r.Types(), elem) {
				named(r.Name, elem, func() { shape.Reduction(t, r, elem) })
			}
			if r.Measures != nil {
				named(shape.ShortName(r), elem, func() { shape.ShortRows(t, r, elem) })
			}
		}
		for _, k := range set.Passes() {
			named(k.Name, elem, func() { shape.Outputs(t, k, elem) })
			if k.Side {
				named(shape.SideName(k), elem, func() { shape.SideRowsOf(t, k, elem) })
			}
		}
		if set.Tiles != nil {
			shape.EmitWalks(t, set.Tiles, elem)
		}
	}
	for _, r := range set.Reductions {
		for _, half := range r.Halves() {
			named(r.Name, half, func() { shape.Reduction(t, r, half) })
		}
	}
	return errors.Join(failed...)
}

// try makes an error of what a text cannot be emitted for. Other panics are faults of the generator.
func try(name string, emit func()) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case isa.Mistake:
			err = fmt.Errorf("%s: %w", name, e)
		default:
			panic(e)
		}
	}()
	emit()
	return nil
}
