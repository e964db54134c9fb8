package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A traffic is requests of one body by so many clients, which share the cores with the service: so they send prepared bytes, and read of an answer no
// more than its status and its length.
type traffic struct {
	kind     string
	body     []byte
	status   int
	clients  int
	requests int           // of a client
	pause    time.Duration // from the beginning of a client's request to that of the next one, if it is answered by then
}

// request is the bytes of one.
func (l traffic) request() []byte {
	head := fmt.Sprintf("POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", l.kind, len(l.body))
	return append([]byte(head), l.body...)
}

// run loads the service: how long each request took, in ascending order, and all of them.
func (l traffic) run(address string) (times []time.Duration, all time.Duration, err error) {
	each := make([][]time.Duration, l.clients)
	errs := make([]error, l.clients)
	var group sync.WaitGroup
	begin := time.Now()
	for c := range l.clients {
		group.Add(1)
		go func() {
			defer group.Done()
			first := begin.Add(l.pause * time.Duration(c) / time.Duration(l.clients)) // they do not all come at once
			each[c], errs[c] = l.client(address, first)
		}()
	}
	group.Wait()
	all = time.Since(begin)
	times = slices.Concat(each...)
	slices.Sort(times)
	return times, all, errors.Join(errs...)
}

// client keeps a connection of its own.
func (l traffic) client(address string, next time.Time) ([]time.Duration, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	from, request := bufio.NewReader(connection), l.request()
	times := make([]time.Duration, l.requests)
	for i := range times {
		if l.pause > 0 {
			time.Sleep(time.Until(next))
			next = next.Add(l.pause)
		}
		begin := time.Now()
		if _, err := connection.Write(request); err != nil {
			return nil, err
		}
		if status, err := skipAnswer(from); err != nil || status != l.status {
			return nil, fmt.Errorf("request %d of %s: status %d, %w", i, l.kind, status, err)
		}
		times[i] = time.Since(begin)
	}
	return times, nil
}

// skipAnswer reads an answer, which has a Content-Length.
func skipAnswer(from *bufio.Reader) (status int, err error) {
	length := -1
	for {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return status, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if after, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 ")); ok {
			status, _ = strconv.Atoi(string(after[:3]))
		}
		if after, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(after))
		}
	}
	if length < 0 {
		return status, errors.New("an answer without a length")
	}
	_, err = from.Discard(length)
	return status, err
}

// served runs a service on loopback until stop, which gives serve's error.
func served(t testing.TB, s *service) (address string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, s) }()
	return listener.Addr().String(), func() error { cancel(); return <-ended }
}

const jsonType = "application/json"

// A service under load on loopback answers all. With RELENT_DEEP=1 it is loaded for longer, and must hold what it is built for, on two cores that
// have nothing else to do.
func TestLoad(t *testing.T) {
	const d, k = 16, 8
	deep := os.Getenv("RELENT_DEEP") == "1"
	times := 1
	if deep {
		times = 40
	}
	reference := testReference(t, testRows(1000, d))
	m, err := newMonitor(reference, 2, "", quiet)
	if err != nil {
		t.Fatal(err)
	}
	s := newService(testMixture(d, k), defaultLimits, quiet)
	s.observe, s.drift = m.observe, m
	address, stop := served(t, s)
	measure := func(rows int, l traffic) (perSecond float64, p99 time.Duration) {
		t.Helper()
		l.status = 200
		all, took, err := l.run(address)
		if err != nil {
			t.Fatal(err)
		}
		perSecond = float64(len(all)) / took.Seconds()
		p99 = all[len(all)*99/100]
		t.Logf("%-35s %3d rows: %8.0f rows/s, %6.0f requests/s, p50 %v, p99 %v", l.kind, rows, perSecond*float64(rows), perSecond, all[len(all)/2], p99)
		return perSecond * float64(rows), p99
	}
	for _, n := range []int{1, 16, 256} {
		x := testRows(n, d)
		perSecond, _ := measure(n, traffic{kind: arrowType, body: arrowOf(x, n, true), clients: 4, requests: 100 * times})
		if deep && n == 256 && perSecond < 1e6 {
			t.Errorf("%.0f rows/s", perSecond)
		}
		measure(n, traffic{kind: jsonType, body: jsonOf(x), clients: 4, requests: 25 * times})
	}
	_, p99 := measure(1, traffic{kind: jsonType, body: jsonOf(testRows(1, d)), clients: 8, requests: 50 * times, pause: 4 * time.Millisecond})
	if deep && p99 > 2*time.Millisecond {
		t.Errorf("p99 is %v", p99)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// Memory stays as it is under load of every kind, refused bodies among it: with RELENT_DEEP=1 for two minutes.
func TestFlatMemory(t *testing.T) {
	const d, k = 16, 8
	samples := 4
	if os.Getenv("RELENT_DEEP") == "1" {
		samples = 24
	}
	s := newService(testMixture(d, k), defaultLimits, quiet)
	m, err := newMonitor(testReference(t, testRows(1000, d)), 2, "", quiet)
	if err != nil {
		t.Fatal(err)
	}
	s.observe, s.drift = m.observe, m
	address, stop := served(t, s)
	x := testRows(256, d)
	loads := []traffic{
		{kind: arrowType, body: arrowOf(x, 100, true), status: 200, clients: 2},
		{kind: arrowType, body: arrowOf(x, 100, false), status: 200, clients: 1},
		{kind: jsonType, body: jsonOf(x), status: 200, clients: 2},
		{kind: jsonType, body: jsonOf(x)[:5000], status: 400, clients: 1},
		{kind: "text/csv", body: []byte("1,2"), status: 415, clients: 1},
	}
	var inUse []uint64 // after each sample
	seconds := 5 * time.Second
	if samples == 4 {
		seconds = 200 * time.Millisecond
	}
	for range samples {
		for end := time.Now().Add(seconds); time.Now().Before(end); {
			var group sync.WaitGroup
			for _, l := range loads {
				group.Add(1)
				go func() {
					defer group.Done()
					l.requests = 50
					if _, _, err := l.run(address); err != nil {
						t.Error(err)
					}
				}()
			}
			group.Wait()
		}
		var memory runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&memory)
		inUse = append(inUse, memory.HeapAlloc)
	}
	t.Logf("bytes in use after each of %d times %v: %d", samples, seconds, inUse)
	first, second := slices.Max(inUse[:samples/2]), slices.Max(inUse[samples/2:])
	if second > first+first/4+1<<20 {
		t.Errorf("%d bytes are in use in the first half, %d in the second", first, second)
	}
	if err := stop(); err != nil {
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
