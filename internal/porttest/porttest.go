// Package porttest reserves TCP ports for tests that must name them before they
// listen. The system may give a port that was released to any other test on the
// machine, as its port 0 or as a client's port.
package porttest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Reserved ports are below those that a system gives out by itself. Those begin at
// 32768 on Linux and at 49152 elsewhere (RFC 6335, section 6).
const first, last = 20_000, 32_000

// Reserve finds n free TCP ports of 127.0.0.1. It keeps them from all its other
// callers on this machine until release is called, by holding the UDP ports of the
// same numbers. It is safe for concurrent use.
func Reserve(n int) (ports []int, release func(), err error) {
	var signs []net.PacketConn
	release = func() {
		for _, sign := range signs {
			_ = sign.Close()
		}
	}
	for tries := 0; len(ports) < n; tries++ {
		if tries > 100*(n+1) {
			release()
			return nil, nil, fmt.Errorf("cannot find %d free ports between %d and %d", n, first, last)
		}
		port := first + rand.IntN(last-first)
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		sign, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			_ = sign.Close()
			continue
		}
		_ = ln.Close() // without clients: nothing of it lingers
		signs = append(signs, sign)
		ports = append(ports, port)
	}
	return ports, release, nil
}

// Free is Reserve for the time of a test.
func Free(t testing.TB, n int) []int {
	t.Helper()
	ports, release, err := Reserve(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return ports
}
