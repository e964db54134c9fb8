package relent

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

var bitsUpdate = flag.Bool("bits.update", false, "write testdata/bits.txt, after a change that is meant to change results")

// Results have the same bits on every CPU: a hash for each kernel and type stands in testdata/bits.txt.
func TestSameBits(t *testing.T) {
	const file = "testdata/bits.txt"
	if *bitsUpdate {
		if err := os.WriteFile(file, []byte(allBits()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	eachISA(t, func(t *testing.T) {
		got := allBits()
		was := map[string]bool{}
		for line := range strings.Lines(string(recorded)) {
			was[line] = true
		}
		for line := range strings.Lines(got) {
			if !was[line] {
				t.Errorf("not in %s: %s", file, line)
			}
			delete(was, line)
		}
		for line := range was {
			t.Errorf("only in %s: %s", file, line)
		}
	})
}

func allBits() string { return bitsOf[float64]("f64") + bitsOfCounts() + bitsOf[float32]("f32") }

// bitsOfCounts is one line a kernel for counts, of those that it is for.
func bitsOfCounts() string {
	m := numbers{{0.75, 0.75}, {1.5, 1.5}}
	var lines strings.Builder
	for _, k := range scaledList {
		fmt.Fprintln(&lines, k.name, "f64", hashOf(func(record func(float64), p, q []float64) {
			for len(p) > 0 {
				n := min(chunk, len(p))
				if !k.ordinary || isOrdinary(p[:n], q[:n]) {
					record(k.sum(&m, p[:n], q[:n]))
				}
				p, q = p[n:], q[n:]
			}
		}))
	}
	return lines.String()
}

// bitsOf is one line a kernel: name, type, hash of the results.
func bitsOf[F float](kind string) string {
	var lines strings.Builder
	for _, k := range sums[F]() {
		fmt.Fprintln(&lines, k.name, kind, hashOf(func(record func(float64), p, q []F) { record(k.sum(p, q)) }))
	}
	for _, k := range elementwises[F]() {
		fmt.Fprintln(&lines, k.name, kind, hashOf(func(record func(float64), p, q []F) {
			dst := make([]F, len(p))
			k.mapped(dst, p, q, reversed(p))
			for _, x := range dst {
				record(float64(x))
			}
		}))
	}
	for _, constructor := range constructors {
		fmt.Fprintln(&lines, constructor, kind, hashOfRows[F](constructor))
	}
	return lines.String()
}

// hashOfRows runs every method for factors of a few sizes and rows of every kind.
func hashOfRows[F float](constructor string) string {
	hash := fnv.New64a()
	r := seed("bits")
	kinds := rowKinds[F]()
	for _, d := range []int{1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 21, 33} {
		lower := wellConditioned[F](r, d)
		m, err := newDistribution(constructor, filled(r, 1, d, balanced[F]).Data, lower, filled(r, 5, d, balanced[F]))
		if err != nil {
			panic(err)
		}
		x := NewMatrix[F](37, d)
		for i, name := range slices.Sorted(maps.Keys(kinds)) {
			for row := i; row < x.Rows; row += len(kinds) {
				for j := range x.Row(row) {
					x.Row(row)[j] = kinds[name](r)
				}
			}
		}
		for _, s := range m.scorings() {
			got := s.rows(x, 1+r.below(3))
			for i := range got.Rows {
				for _, v := range got.Row(i) {
					hash.Write(binary.LittleEndian.AppendUint64(nil, toBits(v)))
				}
			}
		}
	}
	return fmt.Sprintf("%016x", hash.Sum64())
}

// hashOf runs compute over every family, at a few lengths, all NaNs the same.
func hashOf[F float](compute func(record func(float64), p, q []F)) string {
	hash := fnv.New64a()
	record := func(x float64) {
		hash.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(canonical(x))))
	}
	r := seed("bits")
	for _, kind := range families[F]() {
		for _, n := range []int{1, 2, 3, 7, 16, 31, 100, 517} {
			p, q := pairs(r, n, kind.pair)
			compute(record, p, q)
		}
	}
	p, q := pairs(r, 2*chunk+100, families[F]()[0].pair)
	compute(record, p, q)
	return fmt.Sprintf("%016x", hash.Sum64())
}
