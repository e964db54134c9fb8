// Command asmgen writes the kernels_* files of package relent: every kernel of package kernels, lowered to each
// instruction set and to plain Go. Run it by go generate; its test regenerates in memory and compares.
package main

import (
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/relent-go/relent/kernels"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("asmgen: ")
	dir := flag.String("dir", ".", "directory to write the kernels_* files to")
	flag.Parse()
	files, err := generate()
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(*dir, name), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// generate returns the files by name.
func generate() (map[string][]byte, error) {
	files := map[string][]byte{}
	amd64 := newAMD64File()
	for _, t := range []target{newAVX2(amd64), newAVX512(amd64)} {
		all(t)
	}
	asm, err := amd64.print("relent")
	if err != nil {
		return nil, err
	}
	files["kernels_amd64.s"] = asm
	arm64 := newNEON()
	all(arm64)
	files["kernels_arm64.s"] = arm64.print()
	if files["internal/peak/peak_amd64.s"], err = peakAMD64(); err != nil {
		return nil, err
	}
	files["internal/peak/peak_arm64.s"] = peakARM64()
	for name, text := range goFiles() {
		if files[name], err = format.Source(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
}

// peakARM64 and peakAMD64 are the assembly of package peak.
func peakARM64() []byte {
	n := newNEON()
	for _, elem := range elems {
		peak(n, elem)
	}
	return n.print()
}

func peakAMD64() ([]byte, error) {
	f := newAMD64File()
	for _, w := range []walker{newAVX2(f), newAVX512(f)} {
		for _, elem := range elems {
			peak(w, elem)
		}
	}
	return f.print("peak")
}

// all emits every kernel for every element type.
func all(t target) {
	tallies(t)
	for _, c := range conversions {
		convert(t.(converter), c)
	}
	for _, elem := range elems {
		for _, r := range kernels.Reductions {
			if slices.Contains(typesOf(r), elem) {
				reduction(t, r, elem)
			}
		}
		for _, j := range kernels.Joints {
			joint(t, j, elem)
		}
		for _, m := range kernels.Maps {
			elementwise(t, m, elem)
		}
		if w, ok := t.(walker); ok {
			for _, dim := range unrolledDims(w, elem) {
				unrolled(w, dim, elem)
			}
			deviations(w, elem)
			affines(w, elem)
			packing(w, elem)
			between(w, elem)
			for _, k := range kernels.Tiles {
				tiled(w, k, elem)
			}
		}
	}
}

var elems = []kernels.Type{kernels.F64, kernels.F32}
