package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/drift"
)

// A monitor counts the rows that were scored in a window of the last parts of time, which a file keeps.
type monitor struct {
	reference *drift.Reference
	file      string // none if it is empty
	log       *slog.Logger

	mutex  sync.Mutex
	window *drift.Window
}

// newMonitor continues the window of the file, if there is one. That of another reference, or of other parts, is put aside.
func newMonitor(r *drift.Reference, parts int, file string, log *slog.Logger) (*monitor, error) {
	m := &monitor{reference: r, file: file, log: log, window: r.NewWindow(parts)}
	if file == "" {
		return m, nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	if err := m.window.UnmarshalBinary(data); err != nil {
		aside := file + ".old"
		log.Warn("the window begins anew", "file", file, "aside", aside, "error", err)
		return m, os.Rename(file, aside)
	}
	return m, nil
}

// observe counts rows.
func (m *monitor) observe(rows relent.Matrix[float64]) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	_ = drift.AddRows(m.window.Current(), rows, relent.Run{}) // without a context there is no error
}

// run begins a new part after so much time, and keeps the window after so much, until the context is done and once more then. What is not kept
// when the process is killed are the rows of that time at most.
func (m *monitor) run(ctx context.Context, part, keep time.Duration) error {
	parts, keeps := time.NewTicker(part), time.NewTicker(keep)
	defer parts.Stop()
	defer keeps.Stop()
	for {
		select {
		case <-ctx.Done():
			return m.keep()
		case <-parts.C:
			m.mutex.Lock()
			err := m.window.Advance()
			m.mutex.Unlock()
			if err != nil {
				m.log.Error("a part of the window does not begin", "error", err)
			}
		case <-keeps.C:
			if err := m.keep(); err != nil {
				m.log.Error("the window is not kept", "error", err)
			}
		}
	}
}

// keep writes the window to the file, which is either the old or the new one at any time.
func (m *monitor) keep() error {
	if m.file == "" {
		return nil
	}
	m.mutex.Lock()
	data, err := m.window.MarshalBinary()
	m.mutex.Unlock()
	if err != nil {
		return err
	}
	next := m.file + ".next"
	if err := os.WriteFile(next, data, 0o644); err != nil {
		return err
	}
	return os.Rename(next, m.file)
}

// report compares the window with the reference.
func (m *monitor) report() (*drift.Report, error) {
	m.mutex.Lock()
	live, err := m.window.Total()
	m.mutex.Unlock()
	if err != nil {
		return nil, err
	}
	return drift.Compare(m.reference, live, drift.Options{})
}

// ServeHTTP answers with a report in the format that is asked for.
func (m *monitor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	report, err := m.report()
	if err != nil {
		m.log.Error("no report", "error", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch format := r.URL.Query().Get("format"); format {
	case "", "json":
		w.Header().Set("Content-Type", "application/json")
		err = json.NewEncoder(w).Encode(report)
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		err = report.WriteText(w)
	case "prometheus":
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		err = report.WritePrometheus(w, "scoring_drift")
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		err = report.WriteHTML(w, "Live rows against the reference")
	default:
		http.Error(w, fmt.Sprintf("the format is %q, not json, text, prometheus or html", format), http.StatusBadRequest)
	}
	if err != nil { // the client is gone
		m.log.Info("not sent", "error", err, "from", r.RemoteAddr)
	}
}
