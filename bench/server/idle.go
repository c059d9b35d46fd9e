//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/bench/peer"
)

// idle opens n connections, makes one request on each and keeps them. It
// returns what the server's memory grew by, in KiB each.
func idle(s *server, k kase, n int) (float64, error) {
	method := "GET"
	base, _ := strings.CutPrefix(s.url(k), "http://")
	host, path, _ := strings.Cut(base, "/")
	before := peer.PSS(s.pids(k))
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for i := range n {
		c, err := net.Dial("tcp", host)
		if err != nil {
			return 0, fmt.Errorf("connection %d of %d: %w", i+1, n, err)
		}
		conns = append(conns, c)
		fmt.Fprintf(c, "%s /%s HTTP/1.1\r\nHost: %s\r\n\r\n", method, path, host)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0, fmt.Errorf("request on connection %d of %d: %w", i+1, n, err)
		}
		resp.Body.Close()
	}
	return float64(peer.PSS(s.pids(k))-before) / float64(n), nil
}

// requests asks for k n times over 64 connections that are kept.
func requests(s *server, k kase, n int) error {
	const clients = 64
	base, _ := strings.CutPrefix(s.url(k), "http://")
	host, path, _ := strings.Cut(base, "/")
	failed := make(chan error, clients)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() { failed <- repeat(host, path, n/clients+1) })
	}
	all.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// connectionLimit is below what each server closes a connection after.
const connectionLimit = 900

func repeat(host, path string, n int) error {
	for ; n > 0; n -= connectionLimit {
		if err := onOneConnection(host, path, min(n, connectionLimit)); err != nil {
			return err
		}
	}
	return nil
}

func onOneConnection(host, path string, n int) error {
	c, err := net.Dial("tcp", host)
	if err != nil {
		return err
	}
	defer c.Close()
	br := bufio.NewReader(c)
	for range n {
		fmt.Fprintf(c, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host)
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return err
		}
	}
	return nil
}
