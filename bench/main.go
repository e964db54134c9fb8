// Command bench reports what packages relent and mvn do on the machine that it runs on, beside gonum: jobs on real data, the
// time and the error of every measure, and the time of what is computed with normal distributions. It takes about a minute
// and a half.
//
//	go run ./bench             # for a terminal
//	go run ./bench -md         # Markdown, as in the README
//	go run ./bench mvn         # one part: measures, nearest, rows, drift or mvn
//
// Everything runs in one thread. On Linux, taskset -c N before the command keeps it on one core, which makes the numbers
// steadier. go test -bench . ./bench times the measures for many lengths and the distances for many dimensions.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"slices"
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

	chosen := flag.Args()
	for _, name := range chosen {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			log.Fatalf("there is no part %q", name)
		}
	}
	to := page{os.Stdout, *markdown}
	for _, p := range parts {
		if len(chosen) > 0 && !slices.Contains(chosen, p.name) {
			continue
		}
		if err := p.print(to); err != nil {
			log.Fatal(err)
		}
	}
}

// A part of the report is a block of its own in the README.
type part struct {
	name, block string
	untimed     bool // what it prints is the same on every machine
	reports     []func(page) error
}

func (p part) print(to page) (err error) {
	to.block(p.block, func() {
		if !p.untimed {
			to.paragraph("Measured on %s.", machine())
		}
		for _, report := range p.reports {
			if err = report(to); err != nil {
				return
			}
		}
	})
	return err
}

var driftPart = part{name: "drift", block: "bench drift", untimed: true, reports: []func(page) error{reportDrift}}

var parts = []part{
	{name: "measures", block: "bench", reports: []func(page) error{reportDigits, reportMeasures}},
	{name: "nearest", block: "bench nearest", reports: []func(page) error{reportAllPairs, reportNearest}},
	{name: "rows", block: "bench rows", reports: []func(page) error{reportRows, reportOnePass, reportCounts}},
	driftPart,
	{name: "mvn", block: "bench mvn", reports: []func(page) error{
		reportClassification, reportAnomalies, reportDistances, reportDiagonal, reportDivergences, reportMixtures,
	}},
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
