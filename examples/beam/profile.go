package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/drift"
)

func init() {
	register.Combiner2[*tally, []float64](&profileFn{})
	beam.RegisterCoder(reflect.TypeFor[*tally](), encodeTally, decodeTally)
	register.DoFn2x1[string, func([]float64), error](&readFile{})
	register.DoFn1x3[*tally, string, string, error](&reportFn{})
	register.Function2x0(printReport)
	register.Emitter1[[]float64]()
}

// A tally is the columns and bins of a reference with the counts of live rows in place of its own: unlike a Profile, its bytes say what was counted.
type tally = drift.Reference

func encodeTally(t *tally) ([]byte, error) { return t.MarshalBinary() }

func decodeTally(data []byte) (*tally, error) {
	t := new(tally)
	return t, t.UnmarshalBinary(data)
}

// A profileFn counts rows in the bins of a reference, whose bytes it has. Counts are the same for any files, bundles and order of merging.
type profileFn struct{ Reference []byte }

func (f *profileFn) CreateAccumulator() (*tally, error) {
	t, err := decodeTally(f.Reference)
	if err == nil {
		t.Profile().Reset()
	}
	return t, err
}

func (f *profileFn) AddInput(t *tally, row []float64) (*tally, error) {
	return t, drift.AddRows(t.Profile(), relent.NewMatrix(1, len(row), row...), relent.Run{})
}

func (f *profileFn) MergeAccumulators(a, b *tally) (*tally, error) {
	return a, a.Profile().Merge(b.Profile())
}

// readFile emits the rows of a file, numbers with commas between them, of which there may be none.
type readFile struct{ Columns int }

func (r *readFile) ProcessElement(file string, emit func([]float64)) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), ",")
		if len(fields) != r.Columns {
			return fmt.Errorf("%s: line %d: %d fields, not %d", file, n, len(fields), r.Columns)
		}
		row := make([]float64, len(fields))
		for j, field := range fields {
			if field == "" {
				field = "NaN"
			}
			if row[j], err = strconv.ParseFloat(field, 64); err != nil {
				return fmt.Errorf("%s: line %d, field %d: %w", file, n, j+1, err)
			}
		}
		emit(row)
	}
	return lines.Err()
}

// A reportFn compares what was counted with the reference: a text for people, and JSON, which has every bit.
type reportFn struct{ Reference []byte }

func (f *reportFn) ProcessElement(live *tally) (table, all string, err error) {
	ref, err := decodeTally(f.Reference)
	if err != nil {
		return "", "", err
	}
	// The live counts go into a profile of the reference's own.
	profile := ref.NewProfile()
	if err := profile.Merge(live.Profile()); err != nil {
		return "", "", err
	}
	report, err := drift.Compare(ref, profile, drift.Options{})
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	if err := report.WriteText(&b); err != nil {
		return "", "", err
	}
	data, err := json.Marshal(report)
	return b.String(), string(data), err
}

// driftReport is that of the rows in files against a reference, as its text and as JSON.
func driftReport(s beam.Scope, ref *drift.Reference, files []string) (beam.PCollection, error) {
	s = s.Scope("drift")
	data, err := ref.MarshalBinary()
	rows := beam.ParDo(s, &readFile{len(ref.Columns())}, beam.CreateList(s, files))
	return beam.ParDo(s, &reportFn{data}, beam.Combine(s, &profileFn{data}, rows)), err
}

func printReport(table, _ string) { fmt.Print(table) }

// liveFiles writes points into so many files of a directory, as live data would come; the last column is larger than it was, or missing.
func liveFiles(dir string, shards int) (files []string, err error) {
	for shard := range shards {
		var b strings.Builder
		new(readPoints).ProcessElement(shard+1000, func(p point) {
			for _, x := range p.Row[:pointColumns-1] {
				fmt.Fprintf(&b, "%v,", x)
			}
			if p.Number%20 > 0 {
				fmt.Fprintf(&b, "%v", p.Row[pointColumns-1]+0.3)
			}
			b.WriteByte('\n')
		})
		files = append(files, filepath.Join(dir, fmt.Sprintf("live-%d.csv", shard)))
		if err := os.WriteFile(files[shard], []byte(b.String()), 0o600); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// referenceOf has the quantile bins, and the counts, of points of so many shards.
func referenceOf(shards int) (*drift.Reference, error) {
	var data []float64
	for shard := range shards {
		new(readPoints).ProcessElement(shard, func(p point) { data = append(data, p.Row...) })
	}
	return drift.NewReference(relent.NewMatrix(len(data)/pointColumns, pointColumns, data...), 20, nil, relent.Run{})
}
