// Command comparefiles tells whether the columns of one file look like those of another, which is the reference, of any two of CSV and Parquet:
//
//	go run . reference.csv live.parquet -html report.html
//
// It writes the report as text to its output, and as HTML, JSON or Prometheus' text to the files of -html, -json and -prometheus. Columns go by
// name; those in one file only are named, and left out. Numbers are counted in bins by quantiles of the reference, of a sample where there are more
// values than -sample; words in the categories that are the most frequent there. What is empty, null, NaN, or a word of -missing is a missing
// value.
//
// Files are read in batches, twice or thrice, and never held: memory is that of the sample, of the words that differ and of some batches. The
// same values make the same report, in whichever format, but for words that look like numbers: those of a CSV file are numbers if all of a column
// are.
//
// The exit status is 0 without drift, 1 with, and 2 if something was wrong.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/relent-go/relent/drift"
)

func main() {
	drifted, err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "comparefiles:", err)
		os.Exit(2)
	case drifted:
		os.Exit(1)
	}
}

// An output is a file and what is written to it.
type output struct {
	file  string
	write func(*drift.Report, io.Writer) error
}

// run is the command of the given arguments.
func run(arguments []string, out, notes io.Writer) (drifted bool, err error) {
	flags := flag.NewFlagSet("comparefiles", flag.ContinueOnError)
	flags.SetOutput(notes)
	flags.Usage = func() {
		fmt.Fprintln(notes, "usage: comparefiles [flags] REFERENCE LIVE, which end with .csv or .parquet")
		flags.PrintDefaults()
	}
	var o options
	flags.IntVar(&o.bins, "bins", 30, "bins of numbers, and categories of words, at most")
	flags.IntVar(&o.sample, "sample", 1<<16, "values of a column, chosen by chance, that quantiles are made of, at most")
	missing := flags.String("missing", "NA,null", "words that are missing values, with commas between them")
	level := flags.Float64("level", 0.01, "share of false alarms among the columns that are said to have drifted")
	html := flags.String("html", "", "file of the report as HTML")
	json := flags.String("json", "", "file of the report as JSON")
	prometheus := flags.String("prometheus", "", "file of the report as Prometheus' text")
	files, err := anywhere(flags, arguments)
	switch {
	case err != nil:
		return false, err
	case len(files) != 2:
		flags.Usage()
		return false, fmt.Errorf("%d files; there must be two, the reference and the live one", len(files))
	case o.bins < 1 || o.bins > drift.MaxBins:
		return false, fmt.Errorf("-bins %d; there may be 1 to %d", o.bins, drift.MaxBins)
	case o.sample < o.bins:
		return false, fmt.Errorf("-sample %d, which is less than the %d bins", o.sample, o.bins)
	case !(*level > 0 && *level < 1):
		return false, fmt.Errorf("-level %v; it must be between 0 and 1", *level)
	}
	o.missing = map[string]bool{"": true}
	for word := range strings.SplitSeq(*missing, ",") {
		o.missing[word] = true
	}

	ref, live, err := count(files[0], files[1], o, notes)
	if err != nil {
		return false, err
	}
	report, err := drift.Compare(ref, live, drift.Options{Level: *level})
	if err != nil {
		return false, err
	}
	title := fmt.Sprintf("%s, compared with %s", files[1], files[0])
	for _, to := range []output{
		{*html, func(r *drift.Report, w io.Writer) error { return r.WriteHTML(w, title) }},
		{*json, writeJSON},
		{*prometheus, func(r *drift.Report, w io.Writer) error { return r.WritePrometheus(w, "drift") }},
	} {
		if err := to.save(report); err != nil {
			return false, err
		}
	}
	return report.Drifted > 0, report.WriteText(out)
}

// anywhere parses flags, before and after what are none.
func anywhere(flags *flag.FlagSet, arguments []string) (files []string, err error) {
	for len(arguments) > 0 {
		if err := flags.Parse(arguments); err != nil {
			return nil, err
		}
		if arguments = flags.Args(); len(arguments) > 0 {
			files, arguments = append(files, arguments[0]), arguments[1:]
		}
	}
	return files, nil
}

// save writes the report, if there is a file for it.
func (o output) save(r *drift.Report) (err error) {
	if o.file == "" {
		return nil
	}
	f, err := os.Create(o.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return o.write(r, f)
}
