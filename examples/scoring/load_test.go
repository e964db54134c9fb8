package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// A client keeps a connection of its own, for so many requests of one body.
func client(url, kind string, body []byte, requests int, pause time.Duration, took func(time.Duration)) error {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport}
	next := time.Now()
	for range requests {
		if pause > 0 {
			next = next.Add(pause)
			time.Sleep(time.Until(next))
		}
		begin := time.Now()
		r, err := c.Post(url, kind, bytes.NewReader(body))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, r.Body)
		r.Body.Close()
		if err != nil {
			return err
		}
		took(time.Since(begin))
	}
	return nil
}

// measure loads the service by so many clients: rows a second, and the quantiles of the time of a request.
func measure(t *testing.T, url, kind string, body []byte, rows, clients, requests int, pause time.Duration) (perSecond float64, p50, p99 time.Duration) {
	t.Helper()
	var mutex sync.Mutex
	var times []time.Duration
	var group sync.WaitGroup
	begin := time.Now()
	for range clients {
		group.Add(1)
		go func() {
			defer group.Done()
			err := client(url, kind, body, requests, pause, func(d time.Duration) {
				mutex.Lock()
				times = append(times, d)
				mutex.Unlock()
			})
			if err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	seconds := time.Since(begin).Seconds()
	if len(times) != clients*requests {
		t.Fatalf("%d of %d requests were answered", len(times), clients*requests)
	}
	slices.Sort(times)
	return float64(rows*len(times)) / seconds, times[len(times)/2], times[len(times)*99/100]
}

// A service under load on loopback answers all. With RELENT_DEEP=1 it is loaded for longer, and must hold what it is built for, on two cores that
// have nothing else to do.
func TestLoad(t *testing.T) {
	const d, k = 16, 8
	deep := os.Getenv("RELENT_DEEP") == "1"
	times := 1
	if deep {
		times = 40
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, newService(testMixture(d, k), defaultLimits, quiet)) }()
	url := "http://" + listener.Addr().String() + "/score"
	for _, n := range []int{1, 16, 256} {
		x := testRows(n, d)
		perSecond, p50, p99 := measure(t, url, arrowType, arrowOf(x, n, true), n, 4, 100*times, 0)
		t.Logf("Arrow, %3d rows: %8.0f rows/s, p50 %v, p99 %v", n, perSecond, p50, p99)
		if deep && n == 256 && perSecond < 1e6 {
			t.Errorf("%.0f rows/s", perSecond)
		}
		perSecond, p50, p99 = measure(t, url, "application/json", jsonOf(x), n, 4, 25*times, 0)
		t.Logf("JSON,  %3d rows: %8.0f rows/s, p50 %v, p99 %v", n, perSecond, p50, p99)
	}
	perSecond, p50, p99 := measure(t, url, "application/json", jsonOf(testRows(1, d)), 1, 8, 50*times, 4*time.Millisecond)
	t.Logf("JSON, one row, at %.0f requests/s: p50 %v, p99 %v", perSecond, p50, p99)
	if deep && p99 > 2*time.Millisecond {
		t.Errorf("p99 is %v", p99)
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc > 64<<20 {
		t.Errorf("%d bytes are in use in the end", memory.HeapAlloc)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// What a request takes without a network.
func BenchmarkScore(b *testing.B) {
	const d, k = 16, 8
	h := newService(testMixture(d, k), defaultLimits, quiet).handler()
	for _, n := range []int{1, 16, 256} {
		x := testRows(n, d)
		for name, body := range map[string][]byte{arrowType: arrowOf(x, n, true), "application/json": jsonOf(x)} {
			b.Run(fmt.Sprintf("%s/rows=%d", name[len("application/"):], n), func(b *testing.B) {
				for b.Loop() {
					if w := post(h, name, body); w.Code != 200 {
						b.Fatal(w.Body)
					}
				}
				b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}
