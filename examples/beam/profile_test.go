package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/passert"
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/drift"
)

// oneMachine is a reference, files of live rows, and the rows themselves.
func oneMachine(t *testing.T) (ref *drift.Reference, files []string, rows [][]float64) {
	t.Helper()
	ref, err := referenceOf(3)
	if err == nil {
		files, err = liveFiles(t.TempDir(), 3)
	}
	for _, file := range files {
		if err == nil {
			err = (&readFile{pointColumns}).ProcessElement(file, func(row []float64) { rows = append(rows, row) })
		}
	}
	if err != nil || len(rows) != 3*shardPoints {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	return ref, files, rows
}

// Counts of pieces that travel and are merged in any order and grouping are those of all rows in one piece.
func TestProfilesMerge(t *testing.T) {
	ref, _, rows := oneMachine(t)
	data, err := ref.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	f, r := &profileFn{data}, rng(5)
	count := func(rows [][]float64) *tally {
		a, err := f.CreateAccumulator()
		for _, row := range rows {
			if err == nil {
				a, err = f.AddInput(a, row)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	travelled := func(a *tally) *tally {
		data, err := encodeTally(a)
		if err == nil {
			a, err = decodeTally(data)
		}
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	want, err := encodeTally(count(rows))
	if err != nil || bytes.Equal(want, data) {
		t.Fatalf("live counts are those of the reference: %v", err)
	}
	for range 10 {
		list := []*tally{count(nil)}
		for _, piece := range pieces(&r, rows) {
			list = append(list, count(piece))
		}
		merged := mergedInAnyOrder(t, &r, list, travelled, f.MergeAccumulators)
		if got, err := encodeTally(merged); err != nil || !bytes.Equal(got, want) {
			t.Errorf("counts that were merged are others: %v", err)
		}
	}
	if _, err := decodeTally(want[:len(want)-1]); err == nil {
		t.Error("damage is not found")
	}
	other, err := drift.NewReference(relent.NewMatrix(3, 1, 1., 2, 3), 2, nil, relent.Run{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.MergeAccumulators(count(nil), other); err == nil {
		t.Error("counts in other bins were merged")
	}
}

func TestReadFile(t *testing.T) {
	for data, want := range map[string]string{"1,2\n3\n": "line 2: 1 fields, not 2", "1,2\n3,x\n": "line 2, field 2: "} {
		file := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (&readFile{2}).ProcessElement(file, func([]float64) {}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", data, err, want)
		}
	}
}

// sameReport fails for a report that differs in a bit.
type sameReport struct{ Table, All string }

func (f *sameReport) ProcessElement(table, all string) error {
	if table != f.Table || all != f.All {
		return fmt.Errorf("the report is\n%s%s\nand not\n%s%s", table, all, f.Table, f.All)
	}
	return nil
}

func init() { register.DoFn2x1[string, string, error](&sameReport{}) }

// The pipeline, on Prism, has the report of one machine that has all rows, to the last bit: JSON has numbers in as many digits as they take.
func TestDriftReport(t *testing.T) {
	ref, files, rows := oneMachine(t)
	live := ref.NewProfile()
	if err := drift.AddRows(live, relent.NewMatrix(len(rows), pointColumns, slices.Concat(rows...)...), relent.Run{}); err != nil {
		t.Fatal(err)
	}
	report, err := drift.Compare(ref, live, drift.Options{})
	if err != nil || report.Drifted != 1 || !report.Columns[pointColumns-1].Drifted {
		t.Fatalf("%+v %v", report, err)
	}
	var table strings.Builder
	if err := report.WriteText(&table); err != nil {
		t.Fatal(err)
	}
	all, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	p, s := beam.NewPipelineWithRoot()
	got, err := driftReport(s, ref, files)
	if err != nil {
		t.Fatal(err)
	}
	passert.Count(s, beam.DropValue(s, got), "reports", 1)
	beam.ParDo0(s, &sameReport{table.String(), string(all)}, got)
	if _, err := beam.Run(context.Background(), "prism", p); err != nil {
		t.Error(err)
	}
}
