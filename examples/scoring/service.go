package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
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

// A format reads rows of so many columns, at most so many, and writes their scores.
type format interface {
	decode(body []byte, cols, most int) (relent.Matrix[float64], error)
	encode(w io.Writer, scores scores) error
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

// answer writes nothing before all rows are scored.
func (s *service) answer(w http.ResponseWriter, r *http.Request, f format) error {
	if f == nil {
		return refuse(http.StatusUnsupportedMediaType, "the content type is %q, not application/json or %s", r.Header.Get("Content-Type"), arrowType)
	}
	body, err := s.read(w, r)
	if err != nil {
		return err
	}
	rows, err := f.decode(body, s.mixture.Dim(), s.limits.rows)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.limits.time)
	defer cancel()
	scored, err := s.scores(ctx, rows)
	if err != nil {
		return refuse(http.StatusServiceUnavailable, "scoring %d rows: %w", rows.Rows, err)
	}
	s.rows.Add(float64(rows.Rows))
	if s.observe != nil {
		s.observe(rows)
	}
	w.Header().Set("Content-Type", f.contentType())
	if err := f.encode(w, scored); err != nil { // the client is gone, and the status is sent
		s.log.Info("not sent", "error", err, "from", r.RemoteAddr)
	}
	return nil
}

// read is the body of a request, if it is not too long.
func (s *service) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, s.limits.body)
	var body []byte
	var err error
	if n := r.ContentLength; n >= 0 && n <= s.limits.body {
		body = make([]byte, n)
		_, err = io.ReadFull(limited, body)
	} else {
		body, err = io.ReadAll(limited)
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is longer than %d bytes", s.limits.body)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "reading the body: %w", err)
	}
	return body, nil
}

// scores are of rows: the log density, and the nearest component, -1 where no distance is finite.
type scores struct {
	logDensity []float64
	nearest    []int32
}

func (s *service) scores(ctx context.Context, rows relent.Matrix[float64]) (scores, error) {
	run := relent.Run{Context: ctx}
	density, err := mvn.MixtureLogProbRows(nil, s.mixture, rows, run)
	if err != nil {
		return scores{}, err
	}
	components, err := mvn.MixtureNearestRows(nil, nil, s.mixture, rows, run)
	if err != nil {
		return scores{}, err
	}
	nearest := make([]int32, len(components))
	for i, k := range components {
		nearest[i] = int32(k)
	}
	return scores{density, nearest}, nil
}
