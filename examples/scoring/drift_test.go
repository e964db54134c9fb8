package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/drift"
)

func testReference(t *testing.T, x relent.Matrix[float64]) *drift.Reference {
	t.Helper()
	r, err := drift.NewReference(x, 10, nil, relent.Run{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The window has what was scored: it is stable for rows like the reference's, drifted for others, and survives a restart.
func TestDrift(t *testing.T) {
	reference := testReference(t, testRows(1000, 3))
	file := filepath.Join(t.TempDir(), "window")
	m, err := newMonitor(reference, 4, file, quiet)
	if err != nil {
		t.Fatal(err)
	}
	s := newService(testMixture(3, 2), defaultLimits, quiet)
	s.observe, s.drift = m.observe, m
	report := func(format string) (int, string) {
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/drift?format="+format, nil))
		return w.Code, w.Body.String()
	}
	drifted := func() (report drift.Report) {
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/drift", nil))
		if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil {
			t.Fatalf("%v in %s", err, w.Body)
		}
		return report
	}
	post(s.handler(), arrowType, arrowOf(testRows(1000, 3), 300, true))
	if r := drifted(); r.Drifted != 0 || r.Columns[2].Live != 1000 {
		t.Errorf("%d columns of the reference's own rows drift, with %d values", r.Drifted, r.Columns[2].Live)
	}
	x := testRows(500, 3)
	for i := range x.Rows {
		x.Row(i)[1] += 3
	}
	if w := post(s.handler(), "application/json", []byte(`{"rows": [[1, 2]]}`)); w.Code != 422 {
		t.Errorf("a row of two elements: %d", w.Code)
	}
	post(s.handler(), "application/json", jsonOf(x))
	if r := drifted(); r.Drifted != 1 || !r.Columns[1].Drifted || r.Columns[1].Live != 1500 {
		t.Errorf("%d columns drift", r.Drifted)
	}
	for format, want := range map[string]string{
		"text": "drifted", "prometheus": "scoring_drift_psi{", "html": "<!doctype html>", "json": `"drifted":1`,
	} {
		if code, body := report(format); code != 200 || !strings.Contains(strings.ToLower(body), want) {
			t.Errorf("%s: %d, %.200s", format, code, body)
		}
	}
	if code, body := report("csv"); code != 400 || !strings.Contains(body, `the format is "csv"`) {
		t.Errorf("csv: %d, %s", code, body)
	}
	if err := m.keep(); err != nil {
		t.Fatal(err)
	}
	if s.drift, err = newMonitor(reference, 4, file, quiet); err != nil {
		t.Fatal(err)
	}
	if r := drifted(); r.Drifted != 1 || r.Columns[1].Live != 1500 {
		t.Errorf("after a restart %d columns drift, with %d values", r.Drifted, r.Columns[1].Live)
	}
	other, err := newMonitor(reference, 5, file, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if s.drift = other; drifted().Columns[1].Live != 0 {
		t.Error("a window of other parts is continued")
	}
	if _, err := os.Stat(file + ".old"); err != nil {
		t.Errorf("it is not put aside: %v", err)
	}
}

// A service that is killed under load answers again when it is started anew, and its window has what was kept.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "scoring")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	fitted := exec.Command(binary, "-fit", mustAbs(t, "../../bench/data/wine.csv"))
	fitted.Dir = dir
	if out, err := fitted.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	body := jsonOf(testRows(20, 13))
	url, kill := start(t, dir, binary)
	for range 10 {
		scored(t, url, body)
	}
	for deadline := time.Now().Add(20 * time.Second); liveRows(t, url) > keptRows(t, dir); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the window is not kept")
		}
	}
	busy := make(chan bool)
	go func() { // until it is killed
		defer close(busy)
		for {
			r, err := http.Post(url+"/score", "application/json", bytes.NewReader(body))
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
	}()
	time.Sleep(50 * time.Millisecond)
	kill()
	<-busy
	kept := keptRows(t, dir)
	if kept < 200 {
		t.Errorf("%d rows are kept", kept)
	}
	url, kill = start(t, dir, binary)
	if n := liveRows(t, url); n != kept {
		t.Errorf("%d rows are in the window, %d were kept", n, kept)
	}
	scored(t, url, body)
	kill()
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// start runs the service in a process of its own, which kill ends without warning.
func start(t *testing.T, dir, binary string) (url string, kill func()) {
	t.Helper()
	command := exec.Command(binary, "-address", "localhost:0", "-keep", "50ms")
	command.Dir = dir
	logs, err := command.StderrPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill = func() {
		command.Process.Kill()
		command.Wait()
	}
	t.Cleanup(kill)
	var line struct{ Address string }
	if err := json.NewDecoder(logs).Decode(&line); err != nil || line.Address == "" {
		t.Fatalf("the service says no address: %v", err)
	}
	go io.Copy(io.Discard, logs)
	return "http://" + line.Address, kill
}

func scored(t *testing.T, url string, body []byte) {
	t.Helper()
	r, err := http.Post(url+"/score", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if answer, err := io.ReadAll(r.Body); err != nil || r.StatusCode != 200 {
		t.Fatalf("%s, %s, %v", r.Status, answer, err)
	}
}

// liveRows are how many are in the window of a service, and keptRows in its file.
func liveRows(t *testing.T, url string) uint64 {
	t.Helper()
	r, err := http.Get(url + "/drift")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var report drift.Report
	if err := json.NewDecoder(r.Body).Decode(&report); err != nil {
		t.Fatal(err)
	}
	return report.Columns[0].Live
}

func keptRows(t *testing.T, dir string) uint64 {
	t.Helper()
	var reference drift.Reference
	if err := load(filepath.Join(dir, "reference.bin"), &reference); err != nil {
		t.Fatal(err)
	}
	window := reference.NewWindow(24)
	if err := load(filepath.Join(dir, "window.bin"), window); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	total, err := window.Total()
	if err != nil {
		t.Fatal(err)
	}
	return total.Total(0)
}
