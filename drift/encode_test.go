package drift

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/relent-go/relent"
)

// mixed is a reference of all kinds of bins, with some counts.
func mixed(t testing.TB) *Reference {
	t.Helper()
	quantiles, err := Quantiles(numbers[float64](3, 300), 10)
	must(t, err)
	uniform, err := Uniform(-2, 3, 7)
	must(t, err)
	integers, err := IntegerCategories(-5, 0, 9)
	must(t, err)
	words, err := Categories("red", "", "green")
	must(t, err)
	r, err := ReferenceOf(Column{"quantiles", quantiles}, Column{"uniform", uniform}, Column{"integers", integers}, Column{"words", words}, Column{"any", Bins{}})
	must(t, err)
	must(t, AddRows(r.Profile(), relent.NewMatrix(100, 5, numbers[float64](4, 500)...), relent.Run{}))
	r.Profile().AddStrings(3, []string{"red", "blue", "green", "green"})
	AddIntegers(r.Profile(), 2, []int{9, 9, 1})
	AddIntegers(r.Profile(), 2, []uint64{9, 1 << 63})
	r.Profile().AddMissing(3, 2)
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEncoding(t *testing.T) {
	r := mixed(t)
	data, err := r.MarshalBinary()
	must(t, err)
	var again Reference
	must(t, again.UnmarshalBinary(data))
	if !again.equal(r.schema) || !slices.Equal(again.counts.counts, r.counts.counts) {
		t.Error("another reference comes back")
	}
	if twice, err := again.MarshalBinary(); err != nil || !bytes.Equal(twice, data) {
		t.Errorf("other bytes, %v", err)
	}
	part, err := r.Profile().MarshalBinary()
	must(t, err)
	p := again.NewProfile()
	must(t, p.UnmarshalBinary(part))
	if !slices.Equal(p.counts, r.counts.counts) {
		t.Error("other counts come back")
	}
	other, err := ReferenceOf(Column{Name: "x"})
	must(t, err)
	if err := other.NewProfile().UnmarshalBinary(part); err == nil {
		t.Error("a profile of other bins is taken")
	}
	for _, none := range []func() ([]byte, error){new(Reference).MarshalBinary, new(Profile).MarshalBinary} {
		if _, err := none(); err == nil {
			t.Error("the zero value is encoded")
		}
	}
	if err := new(Profile).UnmarshalBinary(part); err == nil {
		t.Error("a profile without bins is decoded")
	}
	for i := range data {
		damaged := slices.Clone(data)
		damaged[i] ^= 1
		if again.UnmarshalBinary(damaged) == nil || again.UnmarshalBinary(data[:i]) == nil {
			t.Errorf("damage at byte %d goes unnoticed", i)
		}
	}
}

// What is accepted has a correct checksum, and is encoded as it was.
func FuzzReference(f *testing.F) {
	data, err := mixed(f).MarshalBinary()
	must(f, err)
	f.Add(data[9 : len(data)-8])
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		data := referenceKind.Append(nil, func(b []byte) []byte { return append(b, body...) })
		var r Reference
		if r.UnmarshalBinary(data) != nil {
			return
		}
		for j, c := range r.Columns() {
			if n := c.Bins.Len(); len(r.Profile().Counts(j)) != n || c.Bins.Find(1) >= n || c.Bins.FindString("1") >= n {
				t.Errorf("column %d has %d bins", j, n)
			}
		}
		again, err := r.MarshalBinary()
		if err != nil || len(again) != len(data) {
			t.Errorf("%d bytes, not %d: %v", len(again), len(data), err)
		}
		if _, err := Compare(&r, r.Profile(), Options{}); err != nil {
			t.Error(err)
		}
	})
}

func TestProfiles(t *testing.T) {
	r := mixed(t)
	if got := fmt.Sprint(r.Profile().Counts(3), r.Profile().Total(2)); got != "[0 2 1 101 2] 105" {
		t.Errorf("counts %s", got)
	}
	p := r.NewProfile()
	must(t, p.Merge(r.Profile()))
	must(t, p.Merge(r.Profile()))
	must(t, p.Subtract(r.Profile()))
	if !slices.Equal(p.counts, r.counts.counts) {
		t.Error("merging and subtracting leaves other counts")
	}
	more := p.Clone()
	more.AddMissing(0, 1)
	if p.Subtract(more) == nil || !slices.Equal(p.counts, r.counts.counts) {
		t.Error("more is subtracted than there is")
	}
	p.counts[1] = 1<<63 - 1
	if more.counts[1] = 1; more.Merge(p) == nil {
		t.Error("too many are merged")
	}
	other, err := ReferenceOf(Column{Name: "x"})
	must(t, err)
	if p.Merge(other.NewProfile()) == nil || p.Subtract(other.NewProfile()) == nil {
		t.Error("profiles of other bins are merged")
	}
	if _, err := Compare(r, other.NewProfile(), Options{}); err == nil {
		t.Error("profiles of other bins are compared")
	}
	p.Reset()
	if p.Total(0) != 0 {
		t.Error("counts are left")
	}
}

// A window has the counts of its last parts.
func TestWindow(t *testing.T) {
	r := mixed(t)
	for _, parts := range []int{1, 3} {
		w := r.NewWindow(parts)
		for hour := range 8 {
			if hour > 0 {
				must(t, w.Advance())
			}
			w.Current().AddMissing(0, 1<<hour)
			want := 0
			for h := max(0, hour-parts+1); h <= hour; h++ {
				want += 1 << h
			}
			data, err := w.MarshalBinary()
			must(t, err)
			w = r.NewWindow(parts) // as after a restart
			must(t, w.UnmarshalBinary(data))
			total, err := w.Total()
			must(t, err)
			if got := total.Total(0); got != uint64(want) {
				t.Errorf("%d values in hour %d of %d parts, not %d", got, hour, parts, want)
			}
		}
	}
}

// Bytes of windows that are none, or of others, are refused and change nothing.
func TestRefusedWindows(t *testing.T) {
	r := mixed(t)
	w := r.NewWindow(2)
	w.Current().AddMissing(0, 5)
	data, err := w.MarshalBinary()
	must(t, err)
	other, err := ReferenceOf(Column{Name: "x"})
	must(t, err)
	if err := r.NewWindow(3).UnmarshalBinary(data); err == nil || !strings.Contains(err.Error(), "2 parts, the window has 3") {
		t.Errorf("a window of other parts: %v", err)
	}
	if err := other.NewWindow(2).UnmarshalBinary(data); !errors.Is(err, errOthers) {
		t.Errorf("a window of other columns: %v", err)
	}
	if err := new(Window).UnmarshalBinary(data); !errors.Is(err, errEmpty) {
		t.Errorf("no window: %v", err)
	}
	if _, err := new(Window).MarshalBinary(); !errors.Is(err, errEmpty) {
		t.Errorf("bytes of no window: %v", err)
	}
	for n := range data {
		if w.UnmarshalBinary(data[:n]) == nil {
			t.Errorf("%d bytes are a window", n)
		}
		forged := slices.Clone(data)
		forged[n] ^= 4
		if w.UnmarshalBinary(forged) == nil {
			t.Errorf("byte %d may be any", n)
		}
	}
	if got := w.Current().Total(0); got != 5 {
		t.Errorf("%d values are left of 5", got)
	}
}

// What no reference has made, and more values than a column may have.
func TestRefusedProfiles(t *testing.T) {
	ref := mixed(t)
	if _, err := Compare(ref, &Profile{}, Options{}); !errors.Is(err, errOtherBins) {
		t.Errorf("no profile: %v", err)
	}
	if _, err := Compare(&Reference{}, &Profile{}, Options{}); err == nil {
		t.Error("nothing is compared with nothing")
	}
	if err := ref.NewProfile().Merge(&Profile{}); !errors.Is(err, errOtherBins) {
		t.Errorf("merged: %v", err)
	}
	full, one := ref.NewProfile(), ref.NewProfile()
	full.AddMissing(0, math.MaxInt)
	one.AddMissing(0, 1)
	if math.MaxInt == mostValues {
		if err := full.Merge(one); !errors.Is(err, errTooMany) || full.Total(0) != mostValues {
			t.Errorf("too many values: %v, %d", err, full.Total(0))
		}
	}
	for name, f := range map[string]func(){
		"drift: AddMissing: no Reference": func() { new(Profile).AddMissing(0, 1) },
		"drift: AddRows: no Reference":    func() { _ = AddRows(new(Profile), relent.NewMatrix[float64](1, 1), relent.Run{}) },
		"drift: AddMissing: -1 values":    func() { one.AddMissing(0, -1) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, name) {
					t.Errorf("%s: %s", name, got)
				}
			}()
			f()
		}()
	}
}

// The largest numbers make bins that are kept, and distances.
func TestBinsOfLargeNumbers(t *testing.T) {
	largest, err := Quantiles([]float64{math.MaxFloat64, math.MaxFloat64}, 5)
	must(t, err)
	wide, err := Uniform(-1.5e308, 1.5e308, 1)
	must(t, err)
	ref, err := ReferenceOf(Column{"largest", largest}, Column{"wide", wide})
	must(t, err)
	must(t, AddRows(ref.Profile(), relent.NewMatrix(2, 2, math.MaxFloat64, -1.5e308, math.MaxFloat64, 1.5e308), relent.Run{}))
	data, err := ref.MarshalBinary()
	must(t, err)
	must(t, new(Reference).UnmarshalBinary(data))
	report, err := Compare(ref, ref.Profile(), Options{})
	must(t, err)
	for _, c := range report.Columns {
		if c.Wasserstein != 0 || c.P != 1 {
			t.Errorf("%s: W1 %v, p %v", c.Name, c.Wasserstein, c.P)
		}
	}
}
