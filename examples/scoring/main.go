// Scoring is a service that scores rows under a mixture of normal distributions, which it loads from the bytes of mvn.Mixture.MarshalBinary.
//
//	POST /score    rows as JSON, {"rows": [[1, 2], [3, 4]]}, or as a stream of Arrow record batches: the log density of each, and the nearest
//	               component by Mahalanobis distance, in the format of the request
//	GET /healthz   200 while it takes requests
//	GET /metrics   for Prometheus
//
// A request that is not understood gets a 4xx with a reason, one that is too large 413, and one that takes too long 503.
package main

import (
	"context"
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
	model := flag.String("model", "", "file of a mixture's bytes")
	limits := defaultLimits
	flag.Int64Var(&limits.body, "body", limits.body, "bytes of a request at most")
	flag.IntVar(&limits.rows, "rows", limits.rows, "rows of a request at most")
	flag.DurationVar(&limits.time, "time", limits.time, "for a request at most")
	flag.Parse()

	mixture, err := load(*model)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log.Info("scoring", "address", listener.Addr().String(), "components", mixture.Components(), "columns", mixture.Dim())
	return serve(ctx, listener, newService(mixture, limits, log))
}

// load reads a mixture.
func load(file string) (*mvn.Mixture, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var m mvn.Mixture
	if err := m.UnmarshalBinary(data); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &m, nil
}

// serve takes requests until the context is done, then lets those end that there are, for as long as one may take.
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
	grace, cancel := context.WithTimeout(context.Background(), 2*s.limits.time)
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
