package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// A row of a made-up table. Nothing is what is not there.
type row struct {
	income  float64
	age     int
	channel string
	note    string // in the live file only where it is not empty
	active  bool
}

// rows are n made-up ones, of which one in ten has no income. Incomes are larger by a share, and some come by a new channel if there is one.
func rows(seed uint64, n int, more float64, channel string) (list []row) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range n {
		w := row{income: float64(r.IntN(1000)+r.IntN(1000)) * (1 + more) / 8, age: 18 + r.IntN(60), channel: []string{"web", "shop, small", "Telefon „ü“"}[r.IntN(3)], active: r.IntN(2) == 0}
		if r.IntN(10) == 0 {
			w.income = -1
		}
		if channel != "" && r.IntN(5) == 0 {
			w.channel = channel
		}
		list = append(list, w)
	}
	return list
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// writeCSV writes rows to a file, which it names.
func writeCSV(t *testing.T, name string, list []row) string {
	var b bytes.Buffer
	b.WriteString("\ufeff") // as spreadsheets do
	w := csv.NewWriter(&b)
	must(t, w.Write([]string{"income", "age", "channel", "note", "active"}))
	for _, r := range list {
		income := strconv.FormatFloat(r.income, 'g', -1, 64)
		if r.income < 0 {
			income = "NA"
		}
		must(t, w.Write([]string{income, strconv.Itoa(r.age), r.channel, r.note, strconv.FormatBool(r.active)}))
	}
	w.Flush()
	return write(t, name, b.String())
}

func write(t *testing.T, name, data string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(file, []byte(data), 0o600))
	return file
}

// writeParquet writes the same rows, in row groups of a thousand.
func writeParquet(t *testing.T, name string, list []row) string {
	t.Helper()
	words := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "age", Type: arrow.PrimitiveTypes.Int16}, {Name: "income", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, {Name: "channel", Type: words},
		{Name: "note", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "active", Type: arrow.FixedWidthTypes.Boolean},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for _, r := range list {
		b.Field(0).(*array.Int16Builder).Append(int16(r.age))
		if r.income < 0 {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.Float64Builder).Append(r.income)
		}
		must(t, b.Field(2).AppendValueFromString(r.channel))
		if r.note == "" {
			b.Field(3).AppendNull()
		} else {
			must(t, b.Field(3).AppendValueFromString(r.note))
		}
		b.Field(4).(*array.BooleanBuilder).Append(r.active)
	}
	var file bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &file, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(1000)), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	must(t, err)
	must(t, w.WriteBuffered(b.NewRecordBatch()))
	must(t, w.Close())
	return write(t, name, file.String())
}

// Files of the same values have the same report, in either format and of more rows than a batch and a sample have.
func TestFormatsAgree(t *testing.T) {
	const n = batchRows + 3000
	ref, live := rows(1, n, 0, ""), rows(2, n, 0.05, "app")
	for i := range live {
		live[i].note = []string{"", "new"}[i%2]
	}
	refs := []string{writeCSV(t, "reference.csv", ref), writeParquet(t, "reference.parquet", ref)}
	lives := []string{writeCSV(t, "live.csv", live), writeParquet(t, "live.parquet", live)}
	var want string
	for _, r := range refs {
		for _, l := range lives {
			dir := t.TempDir()
			json, html := filepath.Join(dir, "r.json"), filepath.Join(dir, "r.html")
			var text bytes.Buffer
			drifted, err := run([]string{"-sample", "5000", r, l, "-html", html, "-json", json, "-prometheus", filepath.Join(dir, "r.txt")}, &text, io.Discard)
			if err != nil || !drifted {
				t.Fatalf("%s, %s: drifted %v, %v", r, l, drifted, err)
			}
			got := sortedLines(text.String())
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s, %s:\n%s\nanother pair of files has\n%s", r, l, got, want)
			}
			page, err := os.ReadFile(html)
			must(t, err)
			for _, part := range []string{"Telefon „ü“", "unseen", "missing", "live.", "</html>"} {
				if !strings.Contains(string(page), part) {
					t.Errorf("%q is not in the page", part)
				}
			}
		}
	}
	for column, verdict := range map[string]string{"income": "drifted", "channel": "drifted", "note": "drifted", "age": "stable", "active": "stable"} {
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^ *%s .* %q$`, verdict, column)).MatchString(want) {
			t.Errorf("%s should be %s:\n%s", column, verdict, want)
		}
	}
}

// Files of more columns than are read together have the same report, too.
func TestWide(t *testing.T) {
	const columns, n = 2*columnsTogether + 9, 500
	var fields []arrow.Field
	lines := make([][]string, n+1)
	for j := range columns {
		name := fmt.Sprint("x", j)
		fields = append(fields, arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64})
		lines[0] = append(lines[0], name)
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range n {
		for j := range columns {
			x := (i*(2*j+1) + j) % 251
			b.Field(j).(*array.Int64Builder).Append(int64(x))
			lines[i+1] = append(lines[i+1], strconv.Itoa(x))
		}
	}
	var parquetFile, csvFile bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &parquetFile, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	must(t, err)
	must(t, w.Write(b.NewRecordBatch()))
	must(t, w.Close())
	must(t, csv.NewWriter(&csvFile).WriteAll(lines))
	lines = slices.Insert(lines, 1, lines[len(lines)-200:]...) // drifts a little
	var liveFile bytes.Buffer
	must(t, csv.NewWriter(&liveFile).WriteAll(lines))
	live := write(t, "live.csv", liveFile.String())
	var reports [2]bytes.Buffer
	for i, file := range []string{write(t, "a.csv", csvFile.String()), write(t, "a.parquet", parquetFile.String())} {
		_, err := run([]string{file, live}, &reports[i], io.Discard)
		must(t, err)
	}
	if reports[0].String() != reports[1].String() || strings.Count(reports[0].String(), "\n") != columns+1 {
		t.Errorf("of a CSV file\n%s\nof a Parquet file\n%s", &reports[0], &reports[1])
	}
}

// sortedLines are in an order of their own: columns of the same p-value are in that of the reference.
func sortedLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	list := lines[1:]
	for i := range list {
		for j := range i {
			if list[i] < list[j] {
				list[i], list[j] = list[j], list[i]
			}
		}
	}
	return strings.Join(lines, "\n")
}

// The same file has not drifted, and columns in one file only are named.
func TestColumns(t *testing.T) {
	one := write(t, "a.csv", "x,y,only here\n"+strings.Repeat("1,a,2\n2,b,3\n", 50))
	two := write(t, "b.CSV", "new,y,x\n"+strings.Repeat("7,a,1\n7,b,2\n", 50))
	var text, notes bytes.Buffer
	drifted, err := run([]string{one, two}, &text, &notes)
	if err != nil || drifted {
		t.Errorf("drifted %v, %v", drifted, err)
	}
	if got, want := notes.String(), fmt.Sprintf("column \"only here\" is only in %s\ncolumn \"new\" is only in %s\n", one, two); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if strings.Count(text.String(), "stable") != 2 {
		t.Error(text.String())
	}
}

// What is wrong is said with its place.
func TestErrors(t *testing.T) {
	good := write(t, "good.csv", "x,word\n1,a\n2,b\n3,a\n")
	parquetFile := writeParquet(t, "good.parquet", rows(1, 3000, 0, ""))
	data, err := os.ReadFile(parquetFile)
	must(t, err)
	damaged := bytes.Clone(data)
	for i := 100; i < 400; i++ {
		damaged[i] ^= 0x55
	}
	for _, c := range []struct {
		name, data, want string
	}{
		{"fields.csv", "x,word\n1,a\n2\n", "row 2, line 3: 1 fields, but there are 2 columns"},
		{"quote.csv", "x,word\n1,a\n2,\"b\n", `row 2: parse error on line 3, column 6: extraneous or missing " in quoted-field`},
		{"number.csv", "x,word\n1,a\n\"2\",\"b\nb\"\nfour,b\n", `row 3, line 5, column "x": "four" is no number, as those of the reference are`},
		{"empty.csv", "", "the file is empty"},
		{"twice.csv", "x,x\n", `columns 1 and 2 are both called "x"`},
		{"other.csv", "y,z\n1,2\n", "have no column in common"},
		{"text.txt", "x\n", "neither .csv nor .parquet"},
		{"text.parquet", "x\n1\n2\n3\n", "text.parquet: "},
		{"short.parquet", string(data[:len(data)-9]), "short.parquet: "},
	} {
		_, err := run([]string{good, write(t, c.name, c.data)}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := run([]string{parquetFile, write(t, "damaged.parquet", string(damaged))}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "damaged.parquet: after row ") {
		t.Errorf("a damaged file: %v", err)
	}
	words := write(t, "words.csv", "age\nold\n")
	if _, err := run([]string{words, parquetFile}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), `column "age" is of numbers, but of words in the reference`) {
		t.Errorf("numbers for words: %v", err)
	}
	for _, arguments := range [][]string{{good}, {good, good, good}, {good, good, "-bins", "0"}, {good, good, "-sample", "3"}, {good, good, "-level", "2"}, {good, good, "-nonsense"}} {
		if _, err := run(arguments, io.Discard, io.Discard); err == nil {
			t.Errorf("%q: no error", arguments)
		}
	}
	if _, err := run([]string{good, filepath.Join(t.TempDir(), "none.csv")}, io.Discard, io.Discard); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// A column without values in the reference is compared by whether there are any.
func TestNothingInReference(t *testing.T) {
	ref := write(t, "a.csv", "x,y\n"+strings.Repeat("NA,1\n,2\nNaN,1\n", 100))
	for _, live := range []string{"word,1\n,2\n,1\n", "7,1\n,2\nNaN,1\n"} {
		var text bytes.Buffer
		_, err := run([]string{ref, write(t, "b.csv", "x,y\n"+strings.Repeat(live, 100))}, &text, io.Discard)
		if line := strings.Split(text.String(), "\n")[1]; err != nil || !strings.Contains(line, " drifted ") || !strings.HasSuffix(line, `"x"`) || strings.Count(text.String(), "drifted") != 1 {
			t.Errorf("%v\n%s", err, text.String())
		}
	}
}

// A sample has every value as probably: of 64 of 1000 values in their order, the mean is near the middle.
func TestSample(t *testing.T) {
	s := newSummary(64)
	for i := range 1000 {
		s.add(values{numbers: []float64{float64(i)}})
	}
	sum := 0.0
	for _, x := range s.sample {
		sum += x
	}
	if mean := sum / 64; len(s.sample) != 64 || mean < 392 || mean > 608 { // three standard deviations
		t.Errorf("%d values with the mean %v", len(s.sample), mean)
	}
}
