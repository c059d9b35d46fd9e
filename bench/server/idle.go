//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"

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
