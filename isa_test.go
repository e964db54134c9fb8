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
	want := os.Getenv("RELENT_ISA")
	if want == "" {
		want = names[0]
	}
	if got := ISA(); got != want {
		t.Errorf("%s in force at the start, want %s of %v", got, want, names)
	}
}

func TestSetISA(t *testing.T) {
	useISA(t, isa) // and back
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

// The environment variable chooses among what is there, and stops the program for anything else.
func TestEnvironment(t *testing.T) {
	if os.Getenv("RELENT_EMULATED") == "1" {
		t.Skip("RELENT_EMULATED=1: this machine cannot start the test's own program")
	}
	for _, name := range append(ISAs(), "mmx", "neon,generic") {
		output, err := startWith(t, name)
		if known := slices.Contains(ISAs(), name); known != (err == nil) {
			t.Errorf("RELENT_ISA=%s: %v\n%s", name, err, output)
		} else if !known && !strings.Contains(output, "relent: RELENT_ISA: ") {
			t.Errorf("RELENT_ISA=%s: %s", name, output)
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
