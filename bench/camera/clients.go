//go:build linux && amd64

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// viewer is a client of a stream.
type viewer struct {
	conn net.Conn
	body *bufio.Reader
	file []byte
}

func (v *server) view(ctx context.Context, receive int) (*viewer, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", v.address)
	if err != nil {
		return nil, err
	}
	if receive > 0 {
		err = conn.(*net.TCPConn).SetReadBuffer(receive)
	}
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	}
	if err == nil {
		_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", v.stream)
	}
	r := bufio.NewReaderSize(conn, 64<<10)
	var resp *http.Response
	if err == nil {
		resp, err = http.ReadResponse(r, nil)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	if resp.ContentLength < 0 && len(resp.TransferEncoding) > 0 {
		r = bufio.NewReaderSize(resp.Body, 64<<10)
	}
	return &viewer{conn: conn, body: r}, nil
}

func (w *viewer) close() { _ = w.conn.Close() }

// next reads the next picture: whole if keep, else it is thrown away.
func (w *viewer) next(keep bool) ([]byte, error) {
	length := -1
	for {
		line, err := w.body.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		line = bytes.TrimSpace(line)
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return nil, fmt.Errorf("a stream says Content-Length: %s", value)
			}
		}
		if len(line) == 0 && length >= 0 {
			break
		}
	}
	if !keep {
		_, err := w.body.Discard(length)
		return nil, err
	}
	if cap(w.file) < length {
		w.file = make([]byte, length)
	}
	w.file = w.file[:length]
	_, err := io.ReadFull(w.body, w.file)
	return w.file, err
}

// fetch gets a whole answer that must be 200.
func fetch(client *http.Client, req *http.Request) ([]byte, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", req.URL, resp.StatusCode)
	}
	return body, err
}

// throttled is a connection that delivers a fixed number of bytes a second.
type throttled struct {
	net.Conn
	perSecond int
	began     time.Time
	total     int
}

func (t *throttled) Read(b []byte) (int, error) {
	if t.total == 0 {
		t.began = time.Now()
	}
	n, err := t.Conn.Read(b[:min(len(b), 4096)])
	t.total += n
	due := t.began.Add(time.Duration(t.total) * time.Second / time.Duration(t.perSecond))
	time.Sleep(time.Until(due))
	return n, err
}
