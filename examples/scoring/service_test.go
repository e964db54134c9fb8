package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// testMixture is of K components in d dimensions, with covariances in full.
func testMixture(d, k int) *mvn.Mixture {
	r := rand.New(rand.NewPCG(1, 2))
	means, weights, covariances := mat.NewDense(k, d, nil), make([]float64, k), make([]mat.Symmetric, k)
	for c := range k {
		sigma := mat.NewSymDense(d, nil)
		for i := range d {
			means.Set(c, i, 3*r.NormFloat64())
			for j := range i {
				sigma.SetSym(i, j, 0.5/float64(d))
			}
			sigma.SetSym(i, i, 1+r.Float64())
		}
		weights[c], covariances[c] = 1/float64(k), sigma
	}
	m, err := mvn.NewFullMixture(weights, means, covariances)
	if err != nil {
		panic(err)
	}
	return m
}

func testRows(n, d int) relent.Matrix[float64] {
	r := rand.New(rand.NewPCG(3, 4))
	x := relent.NewMatrix[float64](n, d)
	for i := range x.Data {
		x.Data[i] = 3 * r.NormFloat64()
	}
	return x
}

var quiet = slog.New(slog.DiscardHandler)

func jsonOf(x relent.Matrix[float64]) []byte {
	var rows [][]float64
	for i := range x.Rows {
		rows = append(rows, x.Row(i))
	}
	data, err := json.Marshal(map[string]any{"rows": rows})
	if err != nil {
		panic(err)
	}
	return data
}

// arrowOf are batches of about so many rows, as lists or by columns.
func arrowOf(x relent.Matrix[float64], size int, lists bool, options ...ipc.Option) []byte {
	fields := []arrow.Field{{Name: "row", Type: arrow.FixedSizeListOf(int32(x.Cols), arrow.PrimitiveTypes.Float64)}}
	if !lists {
		fields = nil
		for j := range x.Cols {
			fields = append(fields, arrow.Field{Name: fmt.Sprint(j), Type: arrow.PrimitiveTypes.Float64})
		}
	}
	schema := arrow.NewSchema(fields, nil)
	var b bytes.Buffer
	w := ipc.NewWriter(&b, append(options, ipc.WithSchema(schema))...)
	for from := 0; from < x.Rows; from += size {
		builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for i := from; i < min(from+size, x.Rows); i++ {
			if lists {
				list := builder.Field(0).(*array.FixedSizeListBuilder)
				list.Append(true)
				list.ValueBuilder().(*array.Float64Builder).AppendValues(x.Row(i), nil)
				continue
			}
			for j, v := range x.Row(i) {
				builder.Field(j).(*array.Float64Builder).Append(v)
			}
		}
		if err := w.Write(builder.NewRecordBatch()); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// readScores reads an answer.
func readScores(t *testing.T, contentType string, body []byte) (density []float64, nearest []int) {
	t.Helper()
	if contentType == jsonType {
		var answer struct {
			LogDensity []*float64 `json:"logDensity"`
			Nearest    []int      `json:"nearest"`
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		for _, v := range answer.LogDensity {
			if v == nil {
				density = append(density, math.NaN())
			} else {
				density = append(density, *v)
			}
		}
		return density, answer.Nearest
	}
	r, err := ipc.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		batch := r.RecordBatch()
		density = append(density, batch.Column(0).(*array.Float64).Float64Values()...)
		for _, k := range batch.Column(1).(*array.Int32).Int32Values() {
			nearest = append(nearest, int(k))
		}
	}
	return density, nearest
}

func post(h http.Handler, contentType string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/score", bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Every format gives the mixture's own numbers, and the rows are observed.
func TestScores(t *testing.T) {
	m, x := testMixture(3, 4), testRows(10, 3)
	x.Row(7)[1] = 1e200 // whose log density is -Inf
	s := newService(m, defaultLimits, quiet)
	observed := 0
	s.observe = func(rows relent.Matrix[float64]) { observed += rows.Rows }
	want, err := mvn.MixtureLogProbRows(nil, m, x, relent.Run{})
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]byte{
		"JSON": jsonOf(x), "lists": arrowOf(x, 100, true), "columns": arrowOf(x, 100, false), "batches of lists": arrowOf(x, 3, true),
		"batches of columns": arrowOf(x, 3, false), "compressed": arrowOf(x, 4, true, ipc.WithZstd()),
	}
	for name, body := range bodies {
		kind := arrowType
		if name == "JSON" {
			kind = jsonType
		}
		w := post(s.handler(), kind, body)
		if w.Code != 200 || w.Header().Get("Content-Type") != kind {
			t.Fatalf("%s: %d, %s", name, w.Code, w.Body)
		}
		density, nearest := readScores(t, kind, w.Body.Bytes())
		if len(density) != x.Rows || len(nearest) != x.Rows {
			t.Fatalf("%s: %d densities and %d components of %d rows", name, len(density), len(nearest), x.Rows)
		}
		for i := range x.Rows {
			k, _ := m.Nearest(x.Row(i))
			same := math.Float64bits(density[i]) == math.Float64bits(want[i]) || name == "JSON" && math.IsInf(want[i], -1) && density[i] != density[i]
			if !same || nearest[i] != k {
				t.Errorf("%s, row %d: %v and component %d, want %v and %d", name, i, density[i], nearest[i], want[i], k)
			}
		}
	}
	if observed != len(bodies)*x.Rows {
		t.Errorf("%d rows observed", observed)
	}
}

// What is wrong is refused with the status and the reason, counted, and loses nothing: the next request is answered.
func TestRefusals(t *testing.T) {
	s := newService(testMixture(3, 2), limits{body: 4000, rows: 5, time: time.Second}, quiet)
	h := s.handler()
	good := arrowOf(testRows(2, 3), 9, true)
	for _, c := range []struct {
		kind string
		body []byte
		code int
		want string
	}{
		{"text/csv", []byte("1,2,3"), 415, `the content type is "text/csv"`},
		{jsonType, nil, 400, "not JSON"},
		{jsonType, []byte(`{"rows": [[1, 2, "x"]]}`), 400, "not JSON"},
		{jsonType, []byte(`{"rows": [[1, 2, 3]]} x`), 400, "more after"},
		{jsonType, []byte(`{"lines": [[1, 2, 3]]}`), 400, `lines`},
		{jsonType, []byte(`{"rows": [[1, 2, 1e999]]}`), 400, "1e999"},
		{jsonType, []byte(`{"rows": []}`), 400, "no rows"},
		{jsonType, []byte(`{"rows": [[1, 2, 3], [1, null, 3]]}`), 422, "element 1 of row 1 is null"},
		{arrowType, append(slices.Clone(good), 0, 0, 0, 0), 400, "before the body does"},
		{jsonType, []byte(`{"rows": [[1, 2, 3], [1]]}`), 422, "row 1 has 1 elements, the mixture 3 columns"},
		{jsonType, jsonOf(testRows(6, 3)), 413, "more than 5 rows"},
		{jsonType, jsonOf(testRows(100, 3)), 413, "longer than 4000 bytes"},
		{arrowType, nil, 400, "not an Arrow stream"},
		{arrowType, []byte("not at all one"), 400, "not an Arrow stream"},
		{arrowType, good[:len(good)/2], 400, "are left"},
		{arrowType, append([]byte{255, 255, 255, 255, 255, 255, 255, 127}, good...), 400, "a message of 2147483647 bytes"},
		{arrowType, arrowOf(testRows(2, 4), 9, true), 422, "the lists have 4 elements, the mixture 3 columns"},
		{arrowType, arrowOf(testRows(2, 2), 9, false), 422, "there are 2 columns, the mixture has 3"},
		{arrowType, arrowOf(testRows(6, 3), 4, true), 413, "6 rows or more"},
		{arrowType, arrowOf(testRows(0, 3), 4, true), 400, "no rows"},
		{arrowType, arrowOf(relent.NewMatrix[float64](100_000, 3), 100_000, true, ipc.WithZstd()), 413, "bytes of memory"},
		{jsonType, []byte(`{"rows": [[1, 2, 3]]`), 400, "it ends where '}' is expected"},
		{jsonType, []byte(`{"rows": [[1, 2, 03]]}`), 400, "at byte 18 where ',' or ']' is expected"},
		{jsonType, []byte(`{"rows": [[1, 2, +3]]}`), 400, "at byte 17 where a number is expected"},
	} {
		if w := post(h, c.kind, c.body); w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s, %.40q: %d, %s, want %d, %s", c.kind, c.body, w.Code, w.Body, c.code, c.want)
		}
		if w := post(h, arrowType, good); w.Code != 200 {
			t.Fatalf("after %.40q: %d, %s", c.body, w.Code, w.Body)
		}
	}
	if w := httptest.NewRecorder(); true {
		h.ServeHTTP(w, httptest.NewRequest("GET", "/score", nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("GET /score: %d", w.Code)
		}
	}
	slow := newService(testMixture(3, 2), limits{body: 4000, rows: 5, time: 0}, quiet)
	if w := post(slow.handler(), arrowType, good); w.Code != 503 {
		t.Errorf("without time: %d, %s", w.Code, w.Body)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`scoring_requests_total{code="415",format="unknown"} 1`, `scoring_requests_total{code="413",format="application/json"} 2`, "scoring_rows_total 48",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
}

// A service that is told to stop ends the requests that it has, and takes no others.
func TestGracefulStop(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mixture")
	data, err := testMixture(3, 2).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	m := new(mvn.Mixture)
	if err := load(file, m); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	s := newService(m, defaultLimits, quiet)
	began, finish := make(chan bool), make(chan bool)
	s.observe = func(relent.Matrix[float64]) { began <- true; <-finish }
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, s) }()
	url := "http://" + listener.Addr().String()
	answered := make(chan string, 1)
	go func() {
		r, err := http.Post(url+"/score", jsonType, strings.NewReader(`{"rows": [[1, 2, 3]]}`))
		if err != nil {
			answered <- err.Error()
			return
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		answered <- r.Status + " " + string(body)
	}()
	<-began
	if r, err := http.Get(url + "/healthz"); err != nil || r.StatusCode != 200 {
		t.Errorf("health: %v", err)
	}
	stop()
	for !s.stopping.Load() {
		time.Sleep(time.Millisecond)
	}
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
	if w.Code != 503 {
		t.Errorf("health while it stops: %d", w.Code)
	}
	finish <- true
	if answer := <-answered; !strings.HasPrefix(answer, `200 OK {"logDensity":[`) {
		t.Errorf("the request under way: %s", answer)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := load(file+"x", m); err == nil {
		t.Error("a file that is not there is loaded")
	}
	if err := os.WriteFile(file, data[:50], 0o666); err != nil {
		t.Fatal(err)
	}
	if err := load(file, m); err == nil || !strings.Contains(err.Error(), "mvn: Mixture.UnmarshalBinary: ") {
		t.Errorf("half a file: %v", err)
	}
}

// damage are the bodies that fuzzing begins with, and the service that it loads.
func damage() (asJSON [][]byte, asArrow [][]byte, h http.Handler) {
	x := testRows(4, 3)
	asJSON = [][]byte{jsonOf(x), []byte(" {\t\"rows\" :\r\n[ [ -0 , 1e-7,2.50E+3 ] , [1,2,3]] } "), []byte(`{"rows":[[1,null,3]]}`), []byte(`{"rows":[[01,2,3]]}`)}
	asArrow = [][]byte{arrowOf(x, 3, true), arrowOf(x, 3, false), arrowOf(x, 9, true, ipc.WithZstd()), arrowOf(x, 9, true, ipc.WithLZ4())}
	return asJSON, asArrow, newService(testMixture(3, 2), limits{body: 1 << 16, rows: 1000, time: time.Minute}, quiet).handler()
}

// understood fails unless the answer to a body is 200 or a 4xx with a reason.
func understood(t *testing.T, h http.Handler, kind string, body []byte) {
	t.Helper()
	if w := post(h, kind, body); w.Code != 200 && (w.Code/100 != 4 || w.Body.Len() < 10) {
		t.Fatalf("%s, %x: %d, %s", kind, body, w.Code, w.Body)
	}
}

// What is read as JSON is what the standard library reads, and nothing else: only the member's name has to be written without escapes, and once.
func FuzzJSON(f *testing.F) {
	bodies, _, h := damage()
	for _, body := range bodies {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		understood(t, h, jsonType, body)
		rows, err := jsonFormat{}.decode(body, new([]float64), 3, 1000)
		var want struct{ Rows [][]*float64 }
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		valid := d.Decode(&want) == nil && json.Valid(body) && len(want.Rows) > 0 && len(want.Rows) <= 1000
		for _, row := range want.Rows {
			valid = valid && len(row) == 3 && !slices.Contains(row, nil)
		}
		usual := bytes.Contains(body, []byte(`"rows"`)) && bytes.Count(body, []byte(`"`)) == 2
		if valid != (err == nil) && usual || err == nil && !usual {
			t.Fatalf("%q: %v, but for the standard library it is valid: %v", body, err, valid)
		}
		if err != nil {
			return
		}
		for i := range rows.Rows {
			for j, v := range rows.Row(i) {
				if math.Float64bits(v) != math.Float64bits(*want.Rows[i][j]) {
					t.Fatalf("%q: %v in row %d", body, rows.Row(i), i)
				}
			}
		}
	})
}

// Whatever a body is, the answer is 200 or a 4xx.
func FuzzArrow(f *testing.F) {
	_, bodies, h := damage()
	for _, body := range bodies {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) { understood(t, h, arrowType, body) })
}

// Damaged bodies, many of them, are refused or scored.
func TestDamagedBodies(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	asJSON, asArrow, h := damage()
	for kind, bodies := range map[string][][]byte{jsonType: asJSON[:1], arrowType: asArrow} {
		for _, body := range bodies {
			for range 3000 {
				body := bytes.Clone(body)
				for range 1 + r.IntN(3) {
					body[r.IntN(len(body))] = byte(r.Uint32()) >> r.IntN(8)
				}
				understood(t, h, kind, body)
			}
		}
	}
}

// Batches that are compressed become longer than they are in the body: those that follow stay as they are.
func TestBatchesOfDifferentSizes(t *testing.T) {
	x := testRows(364, 3)
	clear(x.Slice(4, 64).Data[:60*3]) // short when compressed
	stream := func(from, to int, options ...ipc.Option) (schema, batches, end []byte) {
		b := arrowOf(x.Slice(from, to), to-from, true, options...)
		first, last := 8+int(binary.LittleEndian.Uint32(b[4:])), len(b)-8
		return b[:first], b[first:last], b[last:]
	}
	schema, few, end := stream(0, 4)
	_, compressed, _ := stream(4, 64, ipc.WithZstd())
	_, many, _ := stream(64, 364)
	got, err := arrowFormat{}.decode(slices.Concat(schema, few, compressed, many, end), new([]float64), 3, 1000)
	if err != nil || got.Rows != x.Rows {
		t.Fatalf("%d rows, %v", got.Rows, err)
	}
	for i := range x.Rows {
		if !slices.Equal(got.Row(i), x.Row(i)) {
			t.Fatalf("row %d is %v, want %v", i, got.Row(i), x.Row(i))
		}
	}
}
