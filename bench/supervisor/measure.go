//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/bench/peer"
	"github.com/ammarctl/ammarctl/bench/report"
)

// settling is how long what a start costs is given to be over; no peer counts
// a service as too short-lived then.
const settling = 3 * time.Second

// cost is the cost of a supervisor with this many services.
type cost struct {
	took     time.Duration
	started  string
	memory   float64 // MiB
	cpu      float64 // percent of a core
	switches float64 // per second
}

func footprint(ctx context.Context, name string, p plan, n int) (cost, error) {
	r, err := start(ctx, name, p.bin, n, setup{})
	defer r.stop()
	if err != nil {
		return cost{}, err
	}
	first, err := r.notes(n)
	if err != nil {
		return cost{}, err
	}
	c := cost{started: "–"}
	for _, s := range first {
		c.took = max(c.took, time.Duration(s[1]-r.began))
	}
	if n > 0 {
		c.started = fmt.Sprintf("%.0f ms", float64(c.took.Microseconds())/1000)
	}
	time.Sleep(settling)
	own := r.own()
	cpu, switches := peer.CPU(own), peer.Switches(own)
	time.Sleep(p.idle)
	c.cpu = 100 * (peer.CPU(own) - cpu).Seconds() / p.idle.Seconds()
	c.switches = float64(peer.Switches(own)-switches) / p.idle.Seconds()
	c.memory = float64(peer.PSS(own)) / 1024
	return c, nil
}

// comeback is how a service came back from kill -9.
type comeback struct {
	first, serving report.Sample // ms
	refused, asked int
}

func restart(ctx context.Context, name string, p plan) (comeback, error) {
	port, err := freePort()
	if err != nil {
		return comeback{}, err
	}
	r, err := start(ctx, name, p.bin, 1, setup{args: []string{"serve", strconv.Itoa(port)}, port: port})
	defer r.stop()
	if err != nil {
		return comeback{}, err
	}
	if err := answered(port, func(error) {}); err != nil {
		return comeback{}, err
	}
	var c comeback
	for i := range p.kills {
		// Wait, so that no supervisor counts a start limit or a floor for short lives.
		time.Sleep(settling / 2)
		notes, err := r.notes(i + 1)
		if err != nil {
			return c, err
		}
		at := now()
		if err := syscall.Kill(int(notes[i][0]), syscall.SIGKILL); err != nil {
			return c, err
		}
		if err := answered(port, func(err error) {
			c.asked++
			if errors.Is(err, syscall.ECONNREFUSED) {
				c.refused++
			}
		}); err != nil {
			return c, err
		}
		c.serving = append(c.serving, float64(now()-at)/1e6)
		if notes, err = r.notes(i + 2); err != nil {
			return c, err
		}
		c.first = append(c.first, float64(notes[i+1][1]-at)/1e6)
	}
	return c, nil
}

// answered asks every millisecond until a connection is answered.
func answered(port int, each func(error)) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), 5*time.Second)
		if err == nil {
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			_, err = io.ReadFull(conn, make([]byte, 1))
			conn.Close()
		}
		if each(err); err == nil {
			return nil
		}
	}
	return fmt.Errorf("nobody answers on port %d", port)
}

// logRate is how many lines a second one service gets rid of.
func logRate(ctx context.Context, name string, p plan) (float64, error) {
	r, err := start(ctx, name, p.bin, 1, setup{args: []string{"flood", strconv.Itoa(p.lines)}, logs: true})
	defer r.stop()
	if err != nil {
		return 0, err
	}
	notes, err := r.notes(2) // its start, and how long it took
	if err != nil {
		return 0, err
	}
	return float64(p.lines) / (float64(notes[1][1]) / 1e9), nil
}

// notes waits until the services have left n notes, and returns pid and value
// of each.
func (r *running) notes(n int) ([][2]int64, error) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		data, _ := os.ReadFile(filepath.Join(r.dir, "notes"))
		var out [][2]int64
		for line := range strings.Lines(string(data)) {
			pid, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			p, _ := strconv.ParseInt(pid, 10, 64)
			v, _ := strconv.ParseInt(value, 10, 64)
			out = append(out, [2]int64{p, v})
		}
		if len(out) >= n {
			return out, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%d of %d notes had been left after a minute", len(out), n)
		}
	}
}

func now() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}
