package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
)

// limits are those of a request.
type limits struct {
	body int64 // bytes
	rows int
	time time.Duration
}

var defaultLimits = limits{body: 16 << 20, rows: 100_000, time: 5 * time.Second}

// A service scores rows under a mixture.
type service struct {
	mixture  *mvn.Mixture
	limits   limits
	log      *slog.Logger
	stopping atomic.Bool

	// observe, if there is one, sees the rows of every request that was scored, such as a window of drift; they must not be kept.
	observe func(rows relent.Matrix[float64])
	drift   http.Handler // of /drift, if there is one

	registry *prometheus.Registry
	requests *prometheus.CounterVec
	rows     prometheus.Counter
	seconds  *prometheus.HistogramVec
}

func newService(m *mvn.Mixture, l limits, log *slog.Logger) *service {
	s := &service{
		mixture: m, limits: l, log: log, registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "scoring_requests_total", Help: "Requests."}, []string{"format", "code"}),
		rows:     prometheus.NewCounter(prometheus.CounterOpts{Name: "scoring_rows_total", Help: "Rows scored."}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "scoring_request_seconds", Help: "Time of a request.", Buckets: prometheus.ExponentialBuckets(1e-4, 2, 16),
		}, []string{"format"}),
	}
	s.registry.MustRegister(s.requests, s.rows, s.seconds, collectors.NewGoCollector())
	return s
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /score", s.score)
	mux.HandleFunc("GET /healthz", s.health)
	if s.drift != nil {
		mux.Handle("GET /drift", s.drift)
	}
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{}))
	return mux
}

func (s *service) health(w http.ResponseWriter, _ *http.Request) {
	if s.stopping.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// A format reads rows of so many columns, at most so many, where they are in the body, or into room, which it may make larger; and writes their
// scores.
type format interface {
	decode(body []byte, room *[]float64, cols, most int) (relent.Matrix[float64], error)
	encode(to *bytes.Buffer, scores *scores) error
	contentType() string
}

var formats = map[string]format{"application/json": jsonFormat{}, arrowType: arrowFormat{}}

// A refusal is an error with its status.
type refusal struct {
	status int
	err    error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(status int, text string, args ...any) error {
	return &refusal{status, fmt.Errorf(text, args...)}
}

// score answers a request, or refuses it.
func (s *service) score(w http.ResponseWriter, r *http.Request) {
	begin := time.Now()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	f, known := formats[kind]
	code := http.StatusOK
	if !known {
		kind = "unknown"
	}
	if err := s.answer(w, r, f); err != nil {
		code = http.StatusBadRequest
		var refused *refusal
		if errors.As(err, &refused) {
			code = refused.status
		}
		s.log.Info("refused", "format", kind, "code", code, "error", err, "from", r.RemoteAddr)
		http.Error(w, err.Error(), code)
	}
	s.requests.WithLabelValues(kind, strconv.Itoa(code)).Inc()
	s.seconds.WithLabelValues(kind).Observe(time.Since(begin).Seconds())
}

// work is the memory of a request, which others use after it.
type work struct {
	body, answer bytes.Buffer
	room         []float64
	scores       scores
}

// mostKept is how many bytes of a body, or an answer, are not given back after it: those of ordinary requests.
const mostKept = 1 << 20

var spare = sync.Pool{New: func() any { return new(work) }}

func (w *work) release() {
	if w.body.Cap() <= mostKept && w.answer.Cap() <= mostKept {
		w.body.Reset()
		w.answer.Reset()
		spare.Put(w)
	}
}

// answer writes nothing before all rows are scored.
func (s *service) answer(w http.ResponseWriter, r *http.Request, f format) error {
	if f == nil {
		return refuse(http.StatusUnsupportedMediaType, "the content type is %q, not application/json or %s", r.Header.Get("Content-Type"), arrowType)
	}
	work := spare.Get().(*work)
	defer work.release()
	if err := s.read(&work.body, w, r); err != nil {
		return err
	}
	rows, err := f.decode(work.body.Bytes(), &work.room, s.mixture.Dim(), s.limits.rows)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.limits.time)
	defer cancel()
	if err := work.scores.of(ctx, s.mixture, rows); err != nil {
		return refuse(http.StatusServiceUnavailable, "scoring %d rows: %w", rows.Rows, err)
	}
	if err := f.encode(&work.answer, &work.scores); err != nil {
		return refuse(http.StatusInternalServerError, "writing the scores of %d rows: %w", rows.Rows, err)
	}
	s.rows.Add(float64(rows.Rows))
	if s.observe != nil {
		s.observe(rows)
	}
	w.Header().Set("Content-Type", f.contentType())
	w.Header().Set("Content-Length", strconv.Itoa(work.answer.Len()))
	if _, err := w.Write(work.answer.Bytes()); err != nil { // the client is gone, and the status is sent
		s.log.Info("not sent", "error", err, "from", r.RemoteAddr)
	}
	return nil
}

// read reads the body of a request, if it is not too long. Room is made as it comes, not as its length is said to be.
func (s *service) read(body *bytes.Buffer, w http.ResponseWriter, r *http.Request) error {
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, s.limits.body))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return refuse(http.StatusRequestEntityTooLarge, "the body is longer than %d bytes", s.limits.body)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(http.StatusRequestTimeout, "the body does not come within %v", s.limits.time)
	case err != nil:
		return refuse(http.StatusBadRequest, "reading the body: %w", err)
	}
	return nil
}

// scores are of rows: the log density, and the nearest component, -1 where no distance is finite.
type scores struct {
	logDensity []float64
	components []int
	nearest    []int32 // the same
}

// of scores rows.
func (s *scores) of(ctx context.Context, m *mvn.Mixture, rows relent.Matrix[float64]) (err error) {
	run := relent.Run{Context: ctx}
	n := rows.Rows
	s.logDensity, s.components, s.nearest = resized(s.logDensity, n), resized(s.components, n), resized(s.nearest, n)
	if _, err := mvn.MixtureLogProbRows(s.logDensity, m, rows, run); err != nil {
		return err
	}
	if _, err := mvn.MixtureNearestRows(s.components, nil, m, rows, run); err != nil {
		return err
	}
	for i, k := range s.components {
		s.nearest[i] = int32(k)
	}
	return nil
}

// resized has n elements, in the same memory if there is enough.
func resized[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }
