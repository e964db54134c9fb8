package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/relent-go/relent/kernels"
)

// toys are kernels of every kind of outputs: a sum and an element, several of both, and elements alone.
func toys() []kernels.Kernel {
	many := func(b *kernels.Builder, x []kernels.Vec) []kernels.Vec {
		return []kernels.Vec{x[0].Mul(x[1]), x[0].Add(x[2])}
	}
	element := func(name string) kernels.Output { return kernels.Output{Name: name, Element: true} }
	three, pads := []string{"a", "b", "c"}, []float64{0, 0, 0}
	return []kernels.Kernel{
		{Name: "toyLoss", Func: "Loss", Args: []string{"p", "q"}, Pad: []float64{0, 0},
			Outputs: []kernels.Output{{Name: "value"}, element("gradient")},
			Step: func(b *kernels.Builder, sums []kernels.Vec, x ...kernels.Vec) []kernels.Vec {
				d := x[0].Sub(x[1])
				return []kernels.Vec{d.MulAdd(d, sums[0]), d.Add(d)}
			}},
		{Name: "toyMany", Func: "Many", Args: three, Pad: pads,
			Outputs: []kernels.Output{element("first"), {Name: "a"}, element("second"), {Name: "bc"}},
			Step: func(b *kernels.Builder, sums []kernels.Vec, x ...kernels.Vec) []kernels.Vec {
				e := many(b, x)
				return []kernels.Vec{e[0], sums[0].Add(x[0]), e[1], x[1].MulAdd(x[2], sums[1])}
			}},
		{Name: "toyPair", Func: "Pair", Args: three, Pad: pads,
			Outputs: []kernels.Output{element("first"), element("second")},
			Step:    func(b *kernels.Builder, _ []kernels.Vec, x ...kernels.Vec) []kernels.Vec { return many(b, x) }},
		{Name: "toyTerms", Func: "Terms", Args: []string{"p", "q"}, Pad: []float64{0, 1}, // more than there are registers for, and masks
			Outputs: []kernels.Output{element("terms"), {Name: "sum"}, {Name: "weighted"}},
			Step: func(b *kernels.Builder, sums []kernels.Vec, x ...kernels.Vec) []kernels.Vec {
				term := kernels.KLTerms.Step(b, x...)
				return []kernels.Vec{term, sums[0].Add(term), term.MulAdd(kernels.Exp.Step(b, x[1]), sums[1])}
			}},
	}
}

// A kernel of a value and a gradient needs its text and the exported function. The module of this test is made of these, and of files of
// the library that know nothing of them: it is compiled and run on every instruction set of this machine and, where an emulator is, on arm64.
func TestToyKernels(t *testing.T) {
	t.Setenv("RELENT_REQUIRE", "") // says what this test needs, not the toys'
	dir := toyModule(t)
	t.Run("native", func(t *testing.T) { testToys(t, dir) })
	t.Run("purego", func(t *testing.T) { testToys(t, dir, "-tags=purego") })
	t.Run("arm64", func(t *testing.T) {
		if testing.Short() {
			t.Skip("short: no other architecture")
		}
		emulator, err := exec.LookPath("qemu-aarch64")
		if err != nil {
			t.Skip(err)
		}
		t.Setenv("GOARCH", "arm64")
		t.Setenv("CGO_ENABLED", "0")
		t.Setenv("RELENT_REQUIRE", "neon")
		testToys(t, dir, "-exec="+emulator+" -cpu cortex-a57")
	})
}

func testToys(t *testing.T, dir string, flags ...string) {
	cmd := exec.Command("go", append([]string{"test", "-count=1", "-vet=all"}, flags...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// toyModule is a module of the name of the library's, with as much of that as the generated files call.
func toyModule(t *testing.T) (dir string) {
	dir = t.TempDir()
	files, err := generate("relent", kernels.Set{Kernels: toys()})
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "kernels_measures.go") // there are none
	for _, path := range []string{"go.mod", "go.sum", "lanes.go", "isa*.go", "internal/exact/*.go", "asmgen/testdata/toy/*.go"} {
		found, err := filepath.Glob(filepath.Join(root, path))
		if err != nil || found == nil {
			t.Fatal(path, err)
		}
		for _, file := range found {
			name, _ := filepath.Rel(root, file)
			name = strings.TrimPrefix(name, "asmgen/testdata/toy/")
			if strings.HasSuffix(name, "_test.go") && name != "toy_test.go" {
				continue
			}
			if files[name], err = os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A new kernel leaves the text of every other function as it is, also where it comes first and has constants of its own.
func TestAddingAKernelLeavesOthers(t *testing.T) {
	all := kernels.All()
	set := kernels.Set{Reductions: all.Reductions[2:3], Joints: all.Joints[1:], Maps: all.Maps[:1], Tiles: all.Tiles,
		Conversions: all.Conversions}
	before, err := generate("relent", set)
	if err != nil {
		t.Fatal(err)
	}
	added := kernels.Map{Name: "added", Args: []string{"p"}, Pad: []float64{0},
		Step: func(b *kernels.Builder, x ...kernels.Vec) kernels.Vec {
			return x[0].Mul(b.Const(0.3)).Add(b.Const(17)).Max(b.Const(1))
		}}
	set.Maps = append([]kernels.Map{added}, set.Maps...)
	set.Kernels = toys()
	after, err := generate("relent", set)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kernels_amd64.s", "kernels_arm64.s", "kernels_generic.go", "kernels_amd64.go", "kernels_arm64.go"} {
		old, new := functions(before[name]), functions(after[name])
		if len(old) < 20 || len(new) <= len(old) {
			t.Errorf("%s: %d functions, and then %d", name, len(old), len(new))
		}
		for function, text := range old {
			if new[function] != text {
				t.Errorf("%s: %s is another one than before:\n%s", name, function, new[function])
			}
		}
	}
}

var begins = regexp.MustCompile(`^(?:TEXT ·(\w+)|func (\w+)|DATA (\w+)<>\+0|(?:const|type|var) (\w*))`)

// functions are the texts of functions, and of tables of constants, by name.
func functions(file []byte) map[string]string {
	list := map[string]string{}
	name := ""
	for line := range bytes.Lines(file) {
		if m := begins.FindSubmatch(line); m != nil {
			name = string(bytes.Join(m[1:], nil))
		}
		if trimmed := bytes.TrimSpace(line); name != "" && !bytes.HasPrefix(trimmed, []byte("//")) && len(trimmed) > 0 {
			list[name] += string(line)
		}
	}
	return list
}
