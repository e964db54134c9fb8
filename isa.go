package relent

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// level is an instruction set that the kernels are lowered to; the zero level is plain Go. Those of an architecture ascend.
type level uint8

const (
	generic level = iota
	neon
	avx2
	avx512
)

var levelNames = [...]string{generic: "generic", neon: "neon", avx2: "avx2", avx512: "avx512"}

func (l level) String() string { return levelNames[l] }

// isa is the level in force. Every level gives the same bits.
var isa = startISA(os.Getenv("RELENT_ISA"))

// available lists the levels of this CPU and build, best first; generic is always the last.
func available() []level { return append(detect(), generic) }

// startISA is the level that a program starts with. Of a name that is no level's it tells as the Go runtime does of GODEBUG's:
// programs go on.
func startISA(name string) level {
	l, known := chooseISA(name, available())
	if !known {
		fmt.Fprintf(os.Stderr, "relent: RELENT_ISA: instruction set %q is unknown, there are %s; %v is in force\n",
			name, strings.Join(levelNames[:], ", "), l)
	}
	return l
}

// chooseISA is the best of the available levels, the best of which is first, that is not above the named one. No name, that of no
// level, and one of another architecture set no limit.
func chooseISA(name string, available []level) (l level, known bool) {
	limit := level(slices.Index(levelNames[:], name)) // that of no level is above all
	for _, l = range available {
		if l <= limit || limit != generic && (l == neon) != (limit == neon) {
			break
		}
	}
	return l, name == "" || int(limit) < len(levelNames)
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

// ISA names the instruction set in force: "avx512", "avx2", "neon" or "generic". It is the CPU's best up to the one that
// the environment variable RELENT_ISA names at the start (generic < avx2 < avx512, or neon).
func ISA() string { return isa.String() }

// ISAs names the instruction sets of this CPU and build, best first.
func ISAs() []string {
	var names []string
	for _, l := range available() {
		names = append(names, l.String())
	}
	return names
}

// SetISA changes the instruction set in force, for tests and benchmarks, while nothing else of the package runs. A name not in [ISAs] is
// an error.
func SetISA(name string) error {
	l, err := parseISA(name)
	if err != nil {
		return fmt.Errorf("relent: %w", err)
	}
	isa = l
	return nil
}
