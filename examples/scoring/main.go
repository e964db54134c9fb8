// Scoring is a service that scores rows under a mixture of normal distributions, and tells whether the rows of the last hours still look like
// those of a reference. It loads the bytes of an mvn.Mixture and of a drift.Reference, which it also makes of a file of numbers:
//
//	go run . -fit ../../bench/data/wine.csv -components 3    # writes mixture.bin and reference.bin
//	go run .                                                 # listens on localhost:8080
//	curl -H 'Content-Type: application/json' localhost:8080/score -d '{"rows": [[14.2,1.7,2.4,15.6,127,2.8,3.1,0.3,2.3,5.6,1,3.9,1065]]}'
//
// What it answers:
//
//	POST /score    rows as JSON, {"rows": [[1, 2], [3, 4]]}, or as a stream of Arrow record batches: the log density of each, and the nearest
//	               component by Mahalanobis distance, in the format of the request
//	GET /drift     the report on the rows of the window, as format=json, text, prometheus or html
//	GET /healthz   200 while it takes requests
//	GET /metrics   for Prometheus
//
// A request that is not understood gets a 4xx with a reason, one that is too large 413, one that does not come in time 408, and one that takes
// too long 503. A window is kept in a file when the service stops, and every ten seconds: one that is killed loses at most the counts of those. That
// of another reference or other parts is put aside, with a warning.
package main

import (
	"context"
	"encoding"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/relent-go/relent/drift"
	"github.com/relent-go/relent/mvn"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := run(log); err != nil {
		log.Error("scoring ends", "error", err)
		os.Exit(1)
	}
}

func run(log *slog.Logger) error {
	address := flag.String("address", "localhost:8080", "where to listen")
	model := flag.String("model", "mixture.bin", "file of a mixture's bytes")
	reference := flag.String("reference", "reference.bin", "file of a drift reference's bytes; empty for none")
	window := flag.String("window", "window.bin", "file that keeps the window of drift; empty for none")
	parts := flag.Int("parts", 24, "of the window")
	part := flag.Duration("part", time.Hour, "how long a part is")
	keep := flag.Duration("keep", 10*time.Second, "between two times that the window is kept")
	data := flag.String("fit", "", "a CSV file of numbers to make both files of, and end")
	components := flag.Int("components", 3, "of the mixture that is made")
	limits := defaultLimits
	flag.Int64Var(&limits.body, "body", limits.body, "bytes of a request at most")
	flag.IntVar(&limits.rows, "rows", limits.rows, "rows of a request at most")
	flag.DurationVar(&limits.time, "time", limits.time, "for a request at most")
	flag.Parse()
	if *data != "" {
		return fit(*data, *components, *model, *reference)
	}
	if *parts < 1 || *part <= 0 || *keep <= 0 {
		return errors.New("a window needs at least one part, and time")
	}

	mixture := new(mvn.Mixture)
	if err := load(*model, mixture); err != nil {
		return err
	}
	s := newService(mixture, limits, log)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var m *monitor
	if *reference != "" {
		r := new(drift.Reference)
		err := load(*reference, r)
		if err == nil && len(r.Columns()) != mixture.Dim() {
			err = fmt.Errorf("the reference has %d columns, the mixture %d", len(r.Columns()), mixture.Dim())
		}
		if err == nil {
			m, err = newMonitor(r, *parts, *window, log)
		}
		if err != nil {
			return err
		}
		s.observe, s.drift = m.observe, m
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	log.Info("scoring", "address", listener.Addr().String(), "components", mixture.Components(), "columns", mixture.Dim())
	if m == nil {
		return serve(ctx, listener, s)
	}
	served, done := context.WithCancel(context.Background())
	kept := make(chan error, 1)
	go func() { kept <- m.run(served, *part, *keep) }()
	err = serve(ctx, listener, s)
	done() // no rows come any more
	return errors.Join(err, <-kept)
}

// load reads a mixture, or a reference.
func load(file string, into encoding.BinaryUnmarshaler) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := into.UnmarshalBinary(data); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// serve takes requests until the context is done, then lets those end that there are, for as long as one may take: its head, its body and its answer.
func serve(ctx context.Context, listener net.Listener, s *service) error {
	server := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: s.limits.time,
		ReadTimeout:       s.limits.time,
		WriteTimeout:      2 * s.limits.time,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	grace, cancel := context.WithTimeout(context.Background(), 3*s.limits.time)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	s.log.Info("stopped")
	return nil
}
