package relent

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestISA(t *testing.T) {
	names := ISAs()
	if names[len(names)-1] != "generic" {
		t.Errorf("the last of %v is not generic", names)
	}
	want, _ := chooseISA(os.Getenv("RELENT_ISA"), available())
	if got := ISA(); got != want.String() || !slices.Contains(names, got) {
		t.Errorf("%s in force at the start, want %s of %v", got, want, names)
	}
}

// The best level that is not above the named one, of the levels that there are: the rule that ISA documents.
func TestChooseISA(t *testing.T) {
	machines := map[string][]level{
		"Zen 4":   {avx512, avx2, generic},
		"Zen 3":   {avx2, generic},
		"Nehalem": {generic},
		"arm64":   {neon, generic},
		"purego":  {generic},
	}
	for name, want := range map[string]map[string]level{
		"":        {"Zen 4": avx512, "Zen 3": avx2, "arm64": neon},
		"avx512":  {"Zen 4": avx512, "Zen 3": avx2, "arm64": neon},
		"avx2":    {"Zen 4": avx2, "Zen 3": avx2, "arm64": neon},
		"neon":    {"Zen 4": avx512, "Zen 3": avx2, "arm64": neon},
		"generic": {},
		"mmx":     {"Zen 4": avx512, "Zen 3": avx2, "arm64": neon},
		"AVX2":    {"Zen 4": avx512, "Zen 3": avx2, "arm64": neon},
	} {
		for machine, levels := range machines {
			got, known := chooseISA(name, levels)
			if isOne := name == "" || slices.Contains(levelNames[:], name); got != want[machine] || known != isOne {
				t.Errorf("%q on %s: %v, known %v; want %v, %v", name, machine, got, known, want[machine], isOne)
			}
		}
	}
}

func TestSetISA(t *testing.T) {
	defer func(before level) { isa = before }(isa)
	for _, name := range ISAs() {
		if err := SetISA(name); err != nil || ISA() != name {
			t.Errorf("SetISA(%q): %v, in force %s", name, err, ISA())
		}
	}
	for _, name := range []string{"", "mmx", "AVX2", "generic "} {
		before := ISA()
		message := fmt.Sprint(SetISA(name))
		if !strings.HasPrefix(message, "relent: ") || !strings.Contains(message, strings.Join(ISAs(), ", ")) || ISA() != before {
			t.Errorf("SetISA(%q): %s, in force %s", name, message, ISA())
		}
	}
}

// No value of the environment variable stops a program. One that is no level's is told of.
func TestEnvironment(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" {
		t.Skip("RELENT_EMULATED=1: this machine cannot start the test's own program")
	}
	for _, name := range append(levelNames[:], "", "mmx", "neon,generic") {
		output, err := startWith(t, name)
		_, known := chooseISA(name, available())
		message := fmt.Sprintf("relent: RELENT_ISA: instruction set %q is unknown", name)
		if told := strings.Contains(output, message); err != nil || told == known {
			t.Errorf("RELENT_ISA=%s: %v\n%s", name, err, output)
		}
	}
}

// startWith runs TestISA alone, in a program of its own.
func startWith(t *testing.T, isa string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(self, "-test.run=^TestISA$")
	program.Env = append(os.Environ(), "RELENT_ISA="+isa)
	output, err := program.CombinedOutput()
	return string(output), err
}
