package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Clients that send slowly, or nothing more, and such as do not read their answers, hold up no others: those are answered meanwhile. They are
// refused, or left, when their time is over, and the service stops as it should.
func TestSlowClients(t *testing.T) {
	l := limits{body: 16 << 20, rows: 100_000, time: 500 * time.Millisecond}
	address, stop := served(t, newService(testMixture(3, 2), l, quiet))
	dial := func() *net.TCPConn {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { connection.Close() })
		connection.SetDeadline(time.Now().Add(time.Minute))
		return connection.(*net.TCPConn)
	}
	send := func(c net.Conn, text []byte) net.Conn {
		if _, err := c.Write(text); err != nil {
			t.Fatal(err)
		}
		return c
	}
	whole := traffic{kind: jsonType, body: jsonOf(testRows(10, 3)), status: 200, clients: 2, requests: 100}
	request := whole.request()
	var halfHeads, halfBodies []net.Conn
	for range 20 {
		halfHeads = append(halfHeads, send(dial(), request[:30]))
		halfBodies = append(halfBodies, send(dial(), request[:len(request)-30]))
	}
	long := traffic{kind: jsonType, body: jsonOf(testRows(90_000, 3))}
	deaf := dial()
	if err := deaf.SetReadBuffer(1 << 12); err != nil {
		t.Fatal(err)
	}
	go func() { // until the service leaves it
		for range 20 {
			if _, err := deaf.Write(long.request()); err != nil {
				return
			}
		}
	}()
	drips := send(dial(), request[:len(request)-30])
	go func() { // a byte now and then does not buy time
		for _, c := range request[len(request)-30:] {
			if _, err := drips.Write([]byte{c}); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	if _, took, err := whole.run(address); err != nil {
		t.Errorf("others, after %v: %v", took, err)
	}
	for _, c := range halfHeads {
		if got, err := io.ReadAll(c); err != nil || len(got) > 0 && !bytes.HasPrefix(got, []byte("HTTP/1.1 4")) {
			t.Errorf("half a head: %q, %v", got, err)
		}
	}
	for _, c := range append(halfBodies, drips) {
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("half a body: %v", err)
			continue
		}
		text, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(text), "does not come within 500ms") {
			t.Errorf("half a body: %s, %s", answer.Status, text)
		}
	}
	if _, _, err := whole.run(address); err != nil {
		t.Errorf("others afterwards: %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("it stops: %v", err)
	}
}

// A body whose length is not said in advance is read up to the limit.
func TestChunkedBody(t *testing.T) {
	address, stop := served(t, newService(testMixture(3, 2), limits{body: 10_000, rows: 1000, time: 10 * time.Second}, quiet))
	for _, c := range []struct {
		body []byte
		code int
	}{{jsonOf(testRows(10, 3)), 200}, {jsonOf(testRows(500, 3)), 413}, {bytes.Repeat([]byte(" "), 1<<20), 413}} {
		r, err := http.Post(fmt.Sprintf("http://%s/score", address), jsonType, struct{ io.Reader }{bytes.NewReader(c.body)})
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != c.code {
			t.Errorf("%d bytes: %s, %s, %v", len(c.body), r.Status, text, err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
