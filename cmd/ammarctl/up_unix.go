//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/supervisor/control"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

func (a *app) upCommand() *cobra.Command {
	var detach bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the services; with -d in the background",
		Long: `up runs the services of the configuration and prints what happens to them, until
Ctrl-C stops them in order. With -d it leaves them running in the background
and returns when they are ready, or says which are not and why.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if detach {
				return a.upDetached(cmd.Context())
			}
			return a.up(cmd.Context())
		},
	}
	cmd.Flags().BoolVarP(&detach, "detach", "d", false, "run in the background")
	return cmd
}

// up is the supervisor itself.
func (a *app) up(ctx context.Context) error {
	config, err := configs.Load(a.config, a.getenv)
	if err != nil {
		return err
	}
	dirs, err := a.dirs()
	if err != nil {
		return err
	}
	if err := dirs.Create(); err != nil {
		return err
	}
	lock, err := dirs.Lock()
	if err != nil {
		return err
	}
	defer lock.Release()
	sup, err := supervisor.New(supervisor.Options{
		Config: config, Dirs: dirs, Self: instance.Self, Version: version(),
		Argv: argv,
		Log:  slog.New(newLineHandler(a.err, a.colour(a.err))),
	})
	if err != nil {
		return err
	}
	ln, err := control.Listen(dirs.Socket())
	if err != nil {
		return err
	}
	go forceOnSecondSignal(ctx)
	return serveBoth(ctx, sup, control.New(sup), ln)
}

// argv is the command line of a service; those that come with ammarctl are in
// its own binary.
func argv(s configs.Service) ([]string, error) {
	self, err := instance.Self()
	return configs.Argv(self, s), err
}

// startTimeout is how long `up -d` waits for the services; they go on starting
// after it.
const startTimeout = 5 * time.Second

// upDetached starts a supervisor that outlives this command.
func (a *app) upDetached(ctx context.Context) error {
	if _, err := configs.Load(a.config, a.getenv); err != nil {
		return err
	}
	c, err := a.client()
	if err != nil {
		return err
	}
	if info, err := c.Info(ctx); err == nil {
		fmt.Fprintf(a.out, "the instance %q runs already, with pid %d\n", info.Instance, info.SupervisorPID)
		return nil
	}
	if err := a.spawn(ctx, c); err != nil {
		return err
	}
	services, err := settled(ctx, c)
	if err != nil {
		return err
	}
	a.printTable(services, time.Now())
	return nil
}

// spawn starts the supervisor and waits until it answers.
func (a *app) spawn(ctx context.Context, c *client.Client) error {
	dirs, err := a.dirs()
	if err != nil {
		return err
	}
	if err := dirs.Create(); err != nil {
		return err
	}
	self, err := instance.Self()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(dirs.SupervisorLog(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot open the supervisor's log: %w", err)
	}
	defer log.Close()
	said, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	args := []string{"up", "--no-color", "--instance", a.instance}
	if a.config != "" {
		path, err := filepath.Abs(a.config)
		if err != nil {
			return err
		}
		args = append(args, "--config", path)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "ammarctl"
	cmd.Stdout, cmd.Stderr = log, log
	// A session of its own: closing this terminal does not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot start the supervisor: %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	return answers(ctx, c, exited, func() string { return tail(dirs.SupervisorLog(), said) })
}

// answers waits until the new supervisor does.
func answers(ctx context.Context, c *client.Client, exited <-chan error, said func() string) error {
	deadline := time.After(startTimeout)
	for {
		_, err := c.Info(ctx)
		if err == nil || !errors.Is(err, client.ErrNoInstance) {
			return err
		}
		select {
		case <-exited:
			return fmt.Errorf("the supervisor ended at once; it said:\n%s", said())
		case <-deadline:
			return fmt.Errorf("the supervisor does not answer on %s after %s; it said:\n%s", c.Socket(), startTimeout, said())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func tail(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, from, 64<<10))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// settled waits until no service is on its way any more, startTimeout at most.
func settled(ctx context.Context, c *client.Client) ([]api.Service, error) {
	bounded, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var last []api.Service
	allSettled := errors.New("settled")
	err := c.Watch(bounded, func(s api.Snapshot) error {
		last = s.Services
		for _, svc := range last {
			if svc.State == api.Starting || svc.State == api.Stopped && svc.Reason == "" || svc.State == api.Backoff && svc.PID != 0 {
				return nil
			}
		}
		return allSettled
	})
	if errors.Is(err, allSettled) || bounded.Err() != nil && ctx.Err() == nil {
		return last, nil
	}
	return last, err
}

// forceOnSecondSignal ends the process at once when a person insists: the
// first signal, which ended ctx, is stopping the services in order.
func forceOnSecondSignal(ctx context.Context) {
	<-ctx.Done()
	fmt.Fprintln(os.Stderr, "stopping every service; press Ctrl-C again to leave at once")
	again := make(chan os.Signal, 1)
	signal.Notify(again, os.Interrupt, syscall.SIGTERM)
	<-again
	os.Exit(exitFailed)
}

// serveBoth runs the engine and its API; the API goes on answering while the
// services stop.
func serveBoth(ctx context.Context, sup *supervisor.Supervisor, api *control.Server, ln net.Listener) error {
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	var g errgroup.Group
	g.Go(func() error { return api.Serve(serving, ln) })
	g.Go(func() error {
		defer stopServing()
		return sup.Serve(ctx)
	})
	return g.Wait()
}
