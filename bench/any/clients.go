//go:build linux

package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// askers is how many clients ask during a restart, and knockers during a crash.
const (
	askers   = 16
	knockers = 4
)

// tally is what the clients of one run saw.
type tally struct {
	asked, refused, cut int
	longest             time.Duration // without an answer
	refusal, loss       error         // one of each
}

func (t *tally) add(o tally) {
	t.asked += o.asked
	t.refused += o.refused
	t.cut += o.cut
	t.longest = max(t.longest, o.longest)
	t.refusal, t.loss = cmp.Or(t.refusal, o.refusal), cmp.Or(t.loss, o.loss)
}

// clients ask until stop is called.
func clients(ctx context.Context, n int, client func(ctx context.Context) tally) (stop func() tally) {
	ctx, cancel := context.WithCancel(ctx)
	var mu sync.Mutex
	var sum tally
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			t := client(ctx)
			mu.Lock()
			defer mu.Unlock()
			sum.add(t)
		})
	}
	return func() tally {
		cancel()
		all.Wait()
		return sum
	}
}

// fresh is a client whose every request has a connection of its own.
func fresh(ctx context.Context, pause time.Duration, port int, request string) tally {
	var t tally
	silent := time.Now() // since when there was no answer
	for ctx.Err() == nil {
		err := ask(port, request)
		t.asked++
		switch {
		case err == nil:
			t.longest = max(t.longest, time.Since(silent))
		case errors.Is(err, syscall.ECONNREFUSED):
			t.refused++
			t.refusal = err
			time.Sleep(time.Millisecond)
		default:
			t.cut++
			t.loss = err
		}
		time.Sleep(pause)
		if err == nil {
			silent = time.Now()
		}
	}
	return t
}

// ask sends one request on a connection of its own and reads the whole answer.
func ask(port int, request string) error {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if request != "" {
		if _, err := io.WriteString(conn, request); err != nil {
			return err
		}
		_, err := bufio.NewReader(conn).ReadString('\n')
		return err
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// mostPause is the longest pause of a client with a kept connection.
const mostPause = 3 * time.Second

// kept is a client that keeps its connection, as browsers and proxies do, and
// asks again after a pause of random length. A connection that the server
// closed in the pause is replaced; that is no loss.
func kept(ctx context.Context, port int) tally {
	var t tally
	var conn net.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for rest(ctx, rand.N(mostPause)) == nil {
		if conn != nil && closed(conn) {
			conn.Close()
			conn = nil
		}
		t.asked++
		var err error
		if conn == nil {
			conn, err = net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), patience)
		}
		if err == nil {
			err = askKept(conn)
		}
		if err != nil {
			t.cut++
			t.loss = err
			if conn != nil {
				conn.Close()
			}
			conn = nil
		}
	}
	return t
}

// closed reports whether the server has closed an idle connection.
func closed(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := conn.Read(make([]byte, 1))
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

func askKept(conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
