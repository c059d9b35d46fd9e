//go:build linux

package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// patience is how long a program may take to serve.
const patience = 60 * time.Second

// measure runs a program under a supervisor and returns the cells of its row.
func measure(ctx context.Context, p plan, name string, prog program, kills, restarts int) (string, error) {
	dir, err := os.MkdirTemp("/tmp", "ab")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	port, err := freePort()
	if err != nil {
		return "", err
	}
	argv, err := prog.argv(dir, port)
	if err != nil {
		return "", err
	}
	own := filepath.Join(dir, "supervisor") // nginx gives dir to the user of its workers
	if err := os.Mkdir(own, 0o700); err != nil {
		return "", err
	}
	s, err := supervise(ctx, p.bin, name, own, argv, port)
	defer s.stop()
	if err != nil {
		return "", err
	}
	if err := serves(ctx, port, prog.request); err != nil {
		return "", err
	}
	crash, err := crashes(ctx, s, prog, port, kills)
	if err != nil {
		return "", err
	}
	restart, err := restarted(ctx, s, prog, port, restarts, func(ctx context.Context) tally {
		return fresh(ctx, 0, port, prog.request)
	})
	if err != nil {
		return "", err
	}
	keeping := "–"
	if prog.keeps && p.kept {
		pausing, err := restarted(ctx, s, prog, port, restarts, func(ctx context.Context) tally { return kept(ctx, port) })
		if err != nil {
			return "", err
		}
		restart.loss = cmp.Or(restart.loss, pausing.loss)
		keeping = fmt.Sprintf("%d of %d", pausing.cut, pausing.asked)
	}
	for _, lost := range []error{crash.refusal, restart.refusal, restart.loss} {
		if lost != nil {
			fmt.Fprintf(os.Stderr, "%s, %s: one of what was lost: %v\n", prog.name, name, lost)
		}
	}
	return fmt.Sprintf("%d | %.2f s | %d of %d | %s", crash.refused, crash.longest.Seconds(),
		restart.refused+restart.cut, restart.asked, keeping), nil
}

// crashes kills the program while clients connect. A request that the killed
// process was answering is lost in any case and does not count.
func crashes(ctx context.Context, s *supervised, prog program, port, n int) (tally, error) {
	stop := clients(ctx, knockers, func(ctx context.Context) tally {
		return fresh(ctx, 3*time.Millisecond, port, prog.request)
	})
	was := 0
	for i := range n {
		// A process that lived for a second is a success for all supervisors.
		if err := rest(ctx, 1200*time.Millisecond); err != nil {
			return stop(), err
		}
		pid := 0
		for until := time.Now().Add(patience); pid == 0 || pid == was; pid = s.pid(ctx) {
			if time.Now().After(until) {
				return stop(), fmt.Errorf("no new process after kill %d", i)
			}
			time.Sleep(5 * time.Millisecond)
		}
		was = pid
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return stop(), fmt.Errorf("cannot kill process %d: %w", pid, err)
		}
		time.Sleep(50 * time.Millisecond)
		if err := serves(ctx, port, prog.request); err != nil {
			return stop(), fmt.Errorf("after kill %d: %w", i+1, err)
		}
	}
	return stop(), nil
}

func restarted(
	ctx context.Context, s *supervised, prog program, port, n int, client func(context.Context) tally,
) (tally, error) {
	if err := rest(ctx, 1200*time.Millisecond); err != nil {
		return tally{}, err
	}
	stop := clients(ctx, askers, client)
	for range n {
		if err := rest(ctx, 300*time.Millisecond); err != nil {
			return stop(), err
		}
		if err := s.restart(ctx); err != nil {
			return stop(), err
		}
		if err := serves(ctx, port, prog.request); err != nil {
			return stop(), err
		}
	}
	if err := rest(ctx, 300*time.Millisecond); err != nil {
		return stop(), err
	}
	return stop(), nil
}

// serves waits until a request is answered.
func serves(ctx context.Context, port int, request string) error {
	var err error
	for until := time.Now().Add(patience); time.Now().Before(until) && ctx.Err() == nil; time.Sleep(2 * time.Millisecond) {
		if err = ask(port, request); err == nil {
			return nil
		}
	}
	return fmt.Errorf("it does not serve: %w", err)
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}
