package sources

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// load makes a module of files and loads it.
func load(t *testing.T, goarch string, files map[string]string) *Program {
	t.Helper()
	folder := t.TempDir()
	files["go.mod"] = "module m\n\ngo 1.24\n"
	for name, text := range files {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Load(folder, goarch, "", ".")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Lines that end in "// fuses" are found, and no others.
func TestFusible(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" {
		t.Skip("RELENT_EMULATED=1: this machine need not have Go")
	}
	const main = `package m

import "m/inner"

type pair struct{ a, b float64 }

type number interface{ ~float32 | ~float64 }

func sums(x, y, z float64, v []float64) float64 {
	z = x*y + z               // fuses
	z = z - (x * y)           // fuses
	z += x * y                // fuses
	z -= -(x * y)             // fuses
	z = z + x/4               // fuses
	z = z + x/3
	z = z + float64(x*y)
	z += float64(x * y)
	const c = 2 * 3.5
	z = z + c
	_ = (x + 2) * (y + 3) * z
	z = z + inner.Sqrt(x*y)
	z++
	product := x * y
	z = z - product           // fuses
	product -= 1              // fuses
	product++                 // fuses
	var other = x * y
	z += other                // fuses
	scaled := x
	scaled *= y
	z += scaled               // fuses
	halved := x
	halved /= 2
	z += halved               // fuses
	thirds := x
	thirds /= 3
	z += thirds
	rounded := float64(x * y)
	z += rounded
	z += square(x)            // fuses
	z += inner.Square(x)      // fuses
	z += inner.Rounded(x)
	_, second := two(x)
	z += second               // fuses
	z += added(x*y, z)
	z += named(x)             // fuses
	local := func(x float64) float64 { return x * x }
	z += local(x)             // fuses
	p := pair{a: x * y}
	q := &pair{x, y}
	z += p.a                  // fuses
	z += q.b
	v[0] = x * y
	z += v[0]
	n := 3
	n = n*n + 1
	if x*y > z {
		return z
	}
	return inner.Of(x, z) + inner.Of[float64](x, z) + min(x*y, z) + float64(n)
}

func square(x float64) float64 { return x * x }

func two(x float64) (float64, float64) { return x, x * x }

func added(a, b float64) float64 {
	return float64(a + 1) // fuses
}

func named(x float64) (y float64) {
	y = x * x
	return
}

func generic[F number](x, y F) F {
	x += F(y * y)
	return x*y + 1 // fuses
}
`
	const inner = `package inner

import "math"

func Sqrt(x float64) float64 { return math.Sqrt(x) }

func Square(x float64) float64 { return x * x }

func Rounded(x float64) float64 { return float64(x * x) }

func Of[F interface{ float32 | float64 }](x, y F) F {
	return x - y*y // fuses
}
`
	files := map[string]string{"main.go": main, "inner/inner.go": inner}
	var want []string
	for _, name := range []string{"inner/inner.go", "main.go"} {
		for i, line := range strings.Split(files[name], "\n") {
			if strings.HasSuffix(line, "// fuses") {
				want = append(want, name+":"+strconv.Itoa(i+1))
			}
		}
	}
	var got []string
	for _, at := range load(t, "arm64", files).Fusible() {
		name, place, _ := strings.Cut(at, ".go:")
		line, _, _ := strings.Cut(place, ":")
		if base := filepath.Base(name); base == "inner" {
			name = "inner/inner"
		} else {
			name = base
		}
		got = append(got, name+".go:"+line)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("found %v\nwant %v", got, want)
	}
}

func TestUses(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" {
		t.Skip("RELENT_EMULATED=1: this machine need not have Go")
	}
	p := load(t, "arm64", map[string]string{
		"main.go": "package m\n\nimport (\n\t\"bytes\"\n\t\"math\"\n\t\"math/rand/v2\"\n)\n\n" +
			"var f = math.Hypot\n\nvar b *bytes.Buffer\n\nfunc g(r *rand.Rand) float64 {\n\t_ = b.Len()\n\treturn math.Pi + math.Sqrt(r.NormFloat64()) + math.Sqrt(2)\n}\n",
		"main_amd64.go": "package m\n\nimport \"math\"\n\nvar _ = math.Log\n",
	})
	uses := p.Uses("math")
	want := map[string]int{"math.Hypot": 1, "math.Sqrt": 2, "rand.Rand.NormFloat64": 1}
	if len(uses) != len(want) {
		t.Errorf("%v, want %v", uses, want)
	}
	for name, n := range want {
		if len(uses[name]) != n {
			t.Errorf("%s is used %v, want %d times", name, uses[name], n)
		}
	}
	if uses := p.Uses("bytes"); len(uses) != 1 || len(uses["bytes.Buffer.Len"]) != 1 {
		t.Errorf("%v", uses)
	}
}

func TestLoadFails(t *testing.T) {
	if _, err := Load(t.TempDir(), "amd64", "", "."); err == nil {
		t.Error("no error of a folder without Go files")
	}
}
