package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/drift"
)

type options struct {
	bins, sample int
	missing      map[string]bool
}

// A kind is what the values of a column are.
type kind string

const (
	absent  kind = "nothing" // all are missing
	numbers kind = "numbers"
	words   kind = "words"
)

// Values are those of some rows of a column: numbers, NaN if missing, or words that are not, and how many are.
type values struct {
	numbers []float64
	words   []string
	missing int
}

// A table is a file of named columns. What it reads is good until visit, to which it gives the values of each column, returns.
type table interface {
	columns() []string
	kinds() []kind
	// read reads from the beginning, all columns at a time or some after the others. Columns are of the given kinds, or an error.
	read(as []kind, visit func([]values) error) error
	close() error
}

// open opens a file of the format that its name tells.
func open(file string, missing map[string]bool) (table, error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".csv":
		return openCSV(file, missing)
	case ".parquet":
		return openParquet(file, missing)
	}
	return nil, fmt.Errorf("%s: neither .csv nor .parquet", file)
}

// A pair is a column that both files have: its places in them.
type pair struct{ ref, live int }

// count makes the reference's bins, and counts both files.
func count(refFile, liveFile string, o options, notes io.Writer) (*drift.Reference, *drift.Profile, error) {
	ref, err := open(refFile, o.missing)
	if err != nil {
		return nil, nil, err
	}
	defer ref.close()
	live, err := open(liveFile, o.missing)
	if err != nil {
		return nil, nil, err
	}
	defer live.close()
	pairs, err := common(refFile, ref.columns(), liveFile, live.columns(), notes)
	if err != nil {
		return nil, nil, err
	}

	columns := make([]*summary, len(pairs))
	for i := range columns {
		columns[i] = newSummary(o.sample)
	}
	if err := ref.read(ref.kinds(), func(batch []values) error {
		for i, p := range pairs {
			columns[i].add(batch[p.ref])
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	described := make([]drift.Column, len(pairs))
	as := make([]kind, len(live.columns()))
	for i := range as {
		as[i] = absent // nobody looks
	}
	refAs := slices.Clone(ref.kinds())
	for i, p := range pairs {
		described[i].Name = ref.columns()[p.ref]
		if described[i].Bins, err = columns[i].bins(o.bins); err != nil {
			return nil, nil, fmt.Errorf("%s: column %q: %w", refFile, described[i].Name, err)
		}
		refAs[p.ref] = columns[i].kind()
		as[p.live] = refAs[p.ref]
	}
	reference, err := drift.ReferenceOf(described...)
	if err != nil {
		return nil, nil, err
	}
	if err := ref.read(refAs, counting(reference.Profile(), pairs, func(p pair) int { return p.ref })); err != nil {
		return nil, nil, err
	}
	profile := reference.NewProfile()
	err = live.read(as, counting(profile, pairs, func(p pair) int { return p.live }))
	return reference, profile, err
}

// common are the columns that both files have. It says which ones only one of them has.
func common(refFile string, ref []string, liveFile string, live []string, notes io.Writer) (pairs []pair, err error) {
	only := func(file string, name string) { fmt.Fprintf(notes, "column %q is only in %s\n", name, file) }
	for i, name := range ref {
		if j := slices.Index(live, name); j >= 0 {
			pairs = append(pairs, pair{i, j})
		} else {
			only(refFile, name)
		}
	}
	for _, name := range live {
		if !slices.Contains(ref, name) {
			only(liveFile, name)
		}
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s and %s have no column in common", refFile, liveFile)
	}
	return pairs, nil
}

// counting adds batches to a profile.
func counting(p *drift.Profile, pairs []pair, at func(pair) int) func([]values) error {
	return func(batch []values) error {
		for i, pair := range pairs {
			v := batch[at(pair)]
			if err := drift.AddColumn(p, i, v.numbers, relent.Run{}); err != nil {
				return err
			}
			p.AddStrings(i, v.words)
			p.AddMissing(i, v.missing)
		}
		return nil
	}
}

func writeJSON(r *drift.Report, w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(r)
}

// unique fails for a name that two columns have.
func unique(file string, names []string) error {
	seen := map[string]int{}
	for j, name := range names {
		if i, there := seen[name]; there {
			return fmt.Errorf("%s: columns %d and %d are both called %q", file, i+1, j+1, name)
		}
		seen[name] = j
	}
	return nil
}
