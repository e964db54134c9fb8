// Command compare times the same benchmarks in two test binaries, in turns, and tells by how much the second one is slower: the ratio of
// the shortest times, which other programs disturb least. Its exit status is 1 if one is slower by more than -limit.
//
//	git worktree add ../before main
//	(cd ../before && go test -c -o /tmp/before.test .) && go test -c -o /tmp/after.test .
//	taskset -c 1 go run ./bench/compare -bench Kernels /tmp/before.test /tmp/after.test
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("compare: ")
	pattern := flag.String("bench", ".", "which benchmarks")
	rounds := flag.Int("rounds", 30, "how often each binary runs")
	time := flag.String("benchtime", "300x", "for how long each benchmark, each time, or how often")
	limit := flag.Float64("limit", 0.02, "what is told: by how much slower or faster")
	flag.Parse()
	if flag.NArg() != 2 {
		log.Fatal("two test binaries are to be named: before, after")
	}
	var shortest [2]map[string]float64
	for i := range shortest {
		shortest[i] = map[string]float64{}
	}
	for round := range 2 * *rounds {
		i := round % 2
		cmd := exec.Command(flag.Arg(i), "-test.run=^$", "-test.bench="+*pattern, "-test.benchtime="+*time)
		cmd.Stderr, cmd.Env = os.Stderr, append(os.Environ(), "GOMAXPROCS=1", "GOGC=off")
		out, err := cmd.Output()
		if err != nil {
			log.Fatalf("%s: %v", flag.Arg(i), err)
		}
		for _, m := range result.FindAllStringSubmatch(string(out), -1) {
			took, err := strconv.ParseFloat(m[2], 64)
			if before, ok := shortest[i][m[1]]; err == nil && (!ok || took < before) {
				shortest[i][m[1]] = took
			}
		}
	}
	if !report(shortest[0], shortest[1], *limit) {
		os.Exit(1)
	}
}

var result = regexp.MustCompile(`(?m)^(Benchmark\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op`)

// report tells whether none is slower by more than the limit.
func report(before, after map[string]float64, limit float64) bool {
	ok, n, logs := true, 0, 0.0
	var names []string
	for name := range after {
		if before[name] > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		change := after[name]/before[name] - 1
		n, logs = n+1, logs+math.Log1p(change)
		if math.Abs(change) > limit {
			fmt.Printf("%+6.1f %%  %9.1f to %9.1f ns  %s\n", 100*change, before[name], after[name], name)
		}
		ok = ok && change <= limit
	}
	if n == 0 {
		log.Fatal("no benchmark is in both")
	}
	fmt.Printf("%d benchmarks, on average %+.2f %%\n", n, 100*math.Expm1(logs/float64(n)))
	return ok
}
