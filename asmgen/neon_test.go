package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"

	"github.com/relent-go/relent/asmgen/arm64"
)

// A word is an instruction of the arm64 file that Go's assembler does not check.
type word struct {
	bits uint32
	text string // what it is meant to be
}

var wordLine = regexp.MustCompile(`^\tWORD \$0x([0-9a-f]{8}) // (\S.*\S)$`)

// arm64Words lists the distinct WORDs of the file. Every line that names WORD must have the one shape.
func arm64Words(t *testing.T) []word {
	t.Helper()
	text, err := os.ReadFile("../kernels_arm64.s")
	if err != nil {
		t.Fatal(err)
	}
	var words []word
	seen := map[word]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.Contains(line, "WORD") {
			continue
		}
		if w := parseWord(t, line); !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		t.Fatal("no WORD found")
	}
	return words
}

func parseWord(t *testing.T, line string) word {
	t.Helper()
	m := wordLine.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("cannot be checked: %q", line)
	}
	bits, err := strconv.ParseUint(m[1], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return word{uint32(bits), m[2]}
}

func (w word) decode(t *testing.T) {
	t.Helper()
	inst, err := arm64asm.Decode(binary.LittleEndian.AppendUint32(nil, w.bits))
	if err != nil {
		t.Errorf("%#08x, meant as %q: %v", w.bits, w.text, err)
	} else if got := arm64asm.GNUSyntax(inst); got != w.text {
		t.Errorf("%#08x is %q, meant as %q", w.bits, got, w.text)
	}
}

func TestWordsDecode(t *testing.T) {
	for _, w := range arm64Words(t) {
		w.decode(t)
	}
}

// TestEncodingsDecode checks every entry of the table, also those no kernel uses, with registers that tell the fields apart.
func TestEncodingsDecode(t *testing.T) {
	for _, line := range arm64.Encodings() {
		parseWord(t, "\t"+line).decode(t)
	}
}

const arm64Assembler = "aarch64-linux-gnu-as"

// TestWordsAssemble has GNU as encode the comments.
func TestWordsAssemble(t *testing.T) {
	if _, err := exec.LookPath(arm64Assembler); err != nil {
		if strings.Contains(os.Getenv("RELENT_REQUIRE"), "aarch64-as") {
			t.Fatalf("required: %v", err)
		}
		t.Skip(err)
	}
	words := arm64Words(t)
	var source strings.Builder
	for _, w := range words {
		fmt.Fprintln(&source, w.text)
	}
	code := assembled(t, source.String())
	if len(code) != 4*len(words) {
		t.Fatalf("%d bytes for %d instructions", len(code), len(words))
	}
	for i, w := range words {
		if got := binary.LittleEndian.Uint32(code[4*i:]); got != w.bits {
			t.Errorf("%q is %#08x, not %#08x", w.text, got, w.bits)
		}
	}
}

// assembled is the machine code of some instructions, as the assembler's listing has it: number, address, bytes in the order
// of memory, text.
func assembled(t *testing.T, source string) []byte {
	t.Helper()
	cmd := exec.Command(arm64Assembler, "-aln", "-o", filepath.Join(t.TempDir(), "words.o"), "-")
	cmd.Stdin = strings.NewReader(source)
	listing, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, listing)
	}
	var code []byte
	for _, m := range listed.FindAllStringSubmatch(string(listing), -1) {
		bits, err := strconv.ParseUint(m[1], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		code = binary.BigEndian.AppendUint32(code, uint32(bits))
	}
	return code
}

var listed = regexp.MustCompile(`(?m)^\s*\d+\s+[0-9a-f]{4,}\s+([0-9A-F]{8})\s`)

// TestReservedRegisters holds the file to the registers that belong to no one: R18 is the platform's, R27 the assembler's, R28
// Go's, R29 and R30 the frame's. Nothing checks what a WORD does, but those name vector registers only.
func TestReservedRegisters(t *testing.T) {
	text, err := os.ReadFile("../kernels_arm64.s")
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`.*\b(R18|R27|R28|R29|R30|g)\b.*`).Find(text); found != nil {
		t.Errorf("%s", found)
	}
}
