//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/memtrim"
	"github.com/ammarctl/ammarctl/supervisor"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/control"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

// argv is the command line of a service; those that come with ammarctl are in
// its own binary.
func argv(s configs.Service) ([]string, error) {
	self, err := instance.Self()
	return configs.Argv(self, s), err
}

// superviseServices runs the engine and its API until ctx ends or a client requests
// down, and then until every service has stopped. A second Ctrl-C does not wait for
// them.
func superviseServices(ctx context.Context, a *app, sup *supervisor.Supervisor, server *control.Server,
	ln net.Listener) error {
	// Buffered for both: the first signal has ended ctx as well.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	stopped := make(chan error, 1)
	go func() { stopped <- serveControl(ctx, a, sup, server, ln) }()
	return untilStopped(&a.console, stopped, signals, sup.Services)
}

// untilStopped waits for the end, which a second signal brings at once; the
// error then names what was left.
func untilStopped(con *console, stopped <-chan error, signals <-chan os.Signal, services func() []api.Service) error {
	for hurry := false; ; hurry = true {
		select {
		case err := <-stopped:
			return err
		case <-signals:
			if hurry {
				return leftBehind(services())
			}
			fmt.Fprintln(con.err, "stopping every service; press Ctrl-C again to leave at once")
		}
	}
}

func leftBehind(services []api.Service) error {
	var left []string
	for _, s := range services {
		if s.PID != 0 {
			left = append(left, fmt.Sprintf("%s (pid %d)", s.Name, s.PID))
		}
	}
	if len(left) == 0 {
		return errors.New("left before everything was tidied up")
	}
	return fmt.Errorf("left at once, with these on their way to stop: %s", strings.Join(left, ", "))
}

// serveControl runs the engine and its API. The API keeps answering while the services
// stop.
func serveControl(ctx context.Context, a *app, sup *supervisor.Supervisor, server *control.Server,
	ln net.Listener) error {
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	announcing, stopAnnouncing := context.WithCancel(ctx)
	defer stopAnnouncing()
	var g errgroup.Group
	g.Go(func() error {
		<-sup.Began() // Serve comes there whatever happens; until then clients wait in the queue
		return server.Serve(serving, ln)
	})
	g.Go(func() error {
		defer stopServing()
		defer stopAnnouncing()
		return sup.Serve(ctx)
	})
	g.Go(func() error {
		announceInstance(announcing, a, sup)
		return nil
	})
	return g.Wait()
}

// announceInstance prints once where the services are, as soon as each has come to rest.
// Memory that only their start needed is returned to the system then.
func announceInstance(ctx context.Context, a *app, sup *supervisor.Supervisor) {
	select {
	case <-sup.Settled():
	case <-time.After(startTimeout):
	case <-ctx.Done():
	}
	if ctx.Err() == nil { // also when that took too long
		printWhere(&a.console, sup.Services())
		memtrim.Trim()
	}
}
