package relent

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// level is an instruction set that the kernels are lowered to; the zero level is plain Go.
type level uint8

const (
	generic level = iota
	neon
	avx2
	avx512
)

func (l level) String() string { return [...]string{"generic", "neon", "avx2", "avx512"}[l] }

// isa is the level in force. Every level gives the same bits.
var isa = chooseISA(os.Getenv("RELENT_ISA"))

// available lists the levels of this CPU and build, best first; generic is always the last.
func available() []level { return append(detect(), generic) }

func chooseISA(name string) level {
	if name == "" {
		return available()[0]
	}
	l, err := parseISA(name)
	if err != nil {
		panic("relent: RELENT_ISA: " + err.Error())
	}
	return l
}

func parseISA(name string) (level, error) {
	names := ISAs()
	i := slices.Index(names, name)
	if i < 0 {
		return generic, fmt.Errorf("instruction set %q is unknown, or not in this CPU or build, which has %s",
			name, strings.Join(names, ", "))
	}
	return available()[i], nil
}

// ISA names the instruction set in force: "avx512", "avx2", "neon" or "generic". The best one of the CPU is chosen when the
// program starts; the environment variable RELENT_ISA names a lower one. Results do not depend on it.
func ISA() string { return isa.String() }

// ISAs names the instruction sets of this CPU and build, the best first; "generic" is always the last.
func ISAs() []string {
	var names []string
	for _, l := range available() {
		names = append(names, l.String())
	}
	return names
}

// SetISA changes the instruction set in force, for tests and benchmarks that compare them. It must not run while another
// goroutine computes. A name that is not among [ISAs] is an error and changes nothing.
func SetISA(name string) error {
	l, err := parseISA(name)
	if err != nil {
		return fmt.Errorf("relent: %w", err)
	}
	isa = l
	return nil
}
