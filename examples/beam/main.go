// Command beam computes how far each column of a sharded table has drifted, on Apache Beam with the runner Prism in this
// process: the population stability index and the Jensen–Shannon divergence between the shares of bins then and now. And it fits a
// covariance to sharded points, and reports the points that are far out under it; and it compares rows of sharded files with a reference, and
// has the report of package drift that one machine with all rows would have.
//
// Its point is [measureFn], a combine function over relent.Stream, [momentsFn], one over mvn.Moments, and [profileFn], one over the counts of
// package drift: any engine's create, add, merge and extract are this short.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"
	"github.com/relent-go/relent"
)

func init() {
	register.DoFn2x0[int, func(binKey, counts)](&readShard{})
	register.Function2x1(sum)
	register.DoFn2x2[binKey, counts, string, shares](&toShares{})
	register.Function3x0(report)
	register.Emitter2[binKey, counts]()
	register.Iter1[float64]()
}

// A binKey names a bin of a column.
type binKey struct {
	Column string
	Bin    int
}

// counts are the rows in a bin, then and now.
type counts struct{ Then, Now int }

func sum(a, b counts) counts { return counts{a.Then + b.Then, a.Now + b.Now} }

// toShares divides by the rows of the table, then and now.
type toShares struct{ Total counts }

func (f *toShares) ProcessElement(bin binKey, n counts) (column string, s shares) {
	return bin.Column, shares{
		Now:  float64(n.Now) / float64(f.Total.Now),
		Then: float64(n.Then) / float64(f.Total.Then),
	}
}

// measured is a measure of each column, given its bins.
func measured(s beam.Scope, m relent.Measure, columns beam.PCollection) beam.PCollection {
	return beam.CombinePerKey(s.Scope(m.String()), &measureFn{Measure: m}, columns)
}

// columns are the shares of all bins, keyed by column, of a table in so many shards.
func columns(s beam.Scope, shards int) beam.PCollection {
	numbers := make([]int, shards)
	for i := range numbers {
		numbers[i] = i
	}
	rows := beam.ParDo(s, &readShard{}, beam.CreateList(s, numbers))
	bins := beam.CombinePerKey(s, sum, rows)
	total := counts{shards * shardRows, shards * shardRows}
	return beam.ParDo(s, &toShares{total}, bins)
}

func report(column string, psi, js func(*float64) bool) {
	var p, j float64
	if psi(&p) && js(&j) {
		fmt.Printf("%-8s PSI %.4f  JS %.4f nats\n", column, p, j)
	}
}

func main() {
	beam.Init()
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "live")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := liveFiles(dir, 4)
	if err != nil {
		return err
	}
	ref, err := referenceOf(4)
	if err != nil {
		return err
	}
	p, s := beam.NewPipelineWithRoot()
	bins := columns(s, 16)
	beam.ParDo0(s, reportFar, farPoints(s, 4))
	beam.ParDo0(s, report, beam.CoGroupByKey(s, measured(s, relent.MeasureJeffreys, bins), measured(s, relent.MeasureJensenShannon, bins)))
	reports, err := driftReport(s, ref, files)
	if err != nil {
		return err
	}
	beam.ParDo0(s, printReport, reports)
	_, err = beam.Run(context.Background(), "prism", p)
	return err
}
