// Command bench reports what packages relent, loss and mvn do on the machine that it runs on, beside gonum: jobs on real data, the
// time and the error of every measure, and the time of what is computed with normal distributions. It takes two to
// three minutes.
//
//	go run ./bench             # for a terminal
//	go run ./bench -md         # as Markdown: this machine's sections of BENCHMARKS.md, and the table of README.md
//	go run ./bench mvn         # some parts: summary, measures, bounds, nearest, rows, loss, drift or mvn
//
// With -md each part takes the place of what the file had of it and of this machine; what other machines have said stays. The files
// are in the current directory. A flag -note adds a sentence, such as what else the machine was doing.
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
	"time"

	"github.com/klauspost/cpuid/v2"
	"github.com/relent-go/relent"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	markdown := flag.Bool("md", false, "write Markdown to BENCHMARKS.md and README.md, for this machine")
	note := flag.String("note", "", "a sentence to add to what is said of the machine")
	flag.Parse()
	runtime.LockOSThread()

	chosen := flag.Args()
	for _, name := range chosen {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			log.Fatalf("there is no part %q", name)
		}
	}
	for _, p := range parts {
		if len(chosen) > 0 && !slices.Contains(chosen, p.name) {
			continue
		}
		if err := p.report(*markdown, *note); err != nil {
			log.Fatal(err)
		}
	}
}

// A part of the report is a block of its own in a file.
type part struct {
	name, title string
	where       destination
	reports     []func(page) error
}

// A destination is where a part is written.
type destination int

const (
	ofMachine destination = iota // BENCHMARKS.md, in the section of the machine
	ofAll                        // BENCHMARKS.md, in that of what is the same on every machine
	inReadme                     // README.md
)

var driftPart = part{name: "drift", title: "Drift", where: ofAll, reports: []func(page) error{reportDrift}}

var parts = []part{
	{name: "summary", where: inReadme, reports: []func(page) error{reportSummary}},
	{name: "measures", title: "Measures", reports: []func(page) error{reportDigits, reportMeasures}},
	{name: "bounds", title: "Measures, and what the ports allow", reports: []func(page) error{reportBounds}},
	{name: "nearest", title: "All pairs, and the nearest", reports: []func(page) error{reportAllPairs, reportNearest}},
	{name: "rows", title: "Rows, many measures in one pass, counts", reports: []func(page) error{reportRows, reportOnePass, reportCounts}},
	{name: "loss", title: "Losses of logits", reports: []func(page) error{reportRegression, reportLosses, reportTorch}},
	driftPart,
	{name: "mvn", title: "Normal distributions", reports: []func(page) error{
		reportClassification, reportAnomalies, reportRobust, reportDistances, reportDiagonal, reportDivergences, reportMixtures, reportFitting,
	}},
}

// report prints the part, or writes it to its file.
func (p part) report(markdown bool, note string) error {
	if !markdown {
		return p.print(page{w: os.Stdout}, note)
	}
	var text strings.Builder
	if err := p.print(page{&text, true}, note); err != nil {
		return err
	}
	switch p.where {
	case inReadme:
		return rewrite("README.md", block{name: p.name, text: text.String()})
	case ofAll:
		return rewrite("BENCHMARKS.md", block{section: "Every machine", name: p.name, text: text.String()})
	}
	return rewrite("BENCHMARKS.md", block{section: machine(), name: p.name + ", " + machine(), text: text.String()})
}

func (p part) print(to page, note string) error {
	if p.title != "" {
		to.heading(p.title)
	}
	switch p.where {
	case inReadme:
		to.paragraph("%s, measured %s.", machine(), measured(note))
	case ofMachine:
		to.paragraph("Measured %s.", measured(note))
	}
	for _, report := range p.reports {
		if err := report(to); err != nil {
			return err
		}
	}
	return nil
}

// machine names the CPU and what it runs.
func machine() string {
	cpu := cpuid.CPU.BrandName
	if cpu == "" {
		cpu = runtime.GOARCH
	}
	if cpuid.CPU.Family != 0 {
		cpu += fmt.Sprintf(" (family %d, model %d)", cpuid.CPU.Family, cpuid.CPU.Model)
	}
	return fmt.Sprintf("%s, %s/%s", cpu, runtime.GOOS, runtime.GOARCH)
}

// measured says when, how, and with which instruction sets, the best first.
func measured(note string) string {
	command := strings.Join(append([]string{"go run ./bench -md"}, flag.Args()...), " ")
	text := fmt.Sprintf("on %s with %s by `%s`, in one thread; instruction sets: %s",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), command, strings.Join(relent.ISAs(), ", "))
	if note != "" {
		text += ". " + strings.TrimSuffix(note, ".")
	}
	return text
}

// use selects an instruction set, which must be there.
func use(isa string) {
	if err := relent.SetISA(isa); err != nil {
		panic(err)
	}
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
