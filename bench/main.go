// Command bench reports what package relent does on the machine that it runs on: a nearest-neighbour job on real data,
// beside gonum, and the time and the error of every measure. It takes about a minute.
//
//	go run ./bench        # for a terminal
//	go run ./bench -md    # Markdown, as in the README
//
// Everything runs in one thread. On Linux, taskset -c N before the command keeps it on one core, which makes the numbers
// steadier. go test -bench . ./bench times the measures for many lengths.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/relent-go/relent"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	markdown := flag.Bool("md", false, "print Markdown")
	flag.Parse()
	runtime.LockOSThread()

	to := page{os.Stdout, *markdown}
	to.paragraph("Measured on %s.", machine())
	if err := reportDigits(to); err != nil {
		log.Fatal(err)
	}
	if err := reportMeasures(to); err != nil {
		log.Fatal(err)
	}
}

// machine names the CPU, the instruction sets that relent has for it, and the Go version.
func machine() string {
	cpu := cpuid.CPU.BrandName
	if cpu == "" {
		cpu = runtime.GOARCH
	}
	if cpuid.CPU.Family != 0 {
		cpu += fmt.Sprintf(" (family %d, model %d)", cpuid.CPU.Family, cpuid.CPU.Model)
	}
	return fmt.Sprintf("%s, %s/%s, %s, one thread; instruction sets: %s",
		cpu, runtime.GOOS, runtime.GOARCH, runtime.Version(), strings.Join(relent.ISAs(), ", "))
}

// use selects an instruction set, which must be there.
func use(isa string) {
	if err := relent.SetISA(isa); err != nil {
		panic(err)
	}
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
