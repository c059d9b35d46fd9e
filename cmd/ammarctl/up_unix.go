//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/supervisor/control"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/keeper"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// runInstance is the supervisor itself.
func runInstance(ctx context.Context, a *app) error {
	config, wrong := configs.Load(a.config, a.getenv)
	dirs, err := a.dirs()
	if err != nil {
		return err
	}
	if err := dirs.Create(); err != nil {
		return err
	}
	log := slog.New(newLineHandler(a.err, a.colour(a.err)))
	store, err := keeper.Open(a.getenv)
	if err != nil {
		log.Warn("Nobody watches over this supervisor", "error", err)
		if !keeperRuns(a, dirs) {
			store = nil // this process could replace no keeper
		}
	}
	lock, err := dirs.Lock()
	var held *instance.HeldError
	switch {
	case errors.As(err, &held) && keeperRuns(a, dirs):
		a.complain(a.err, err)
		return codeError(keeper.LeaveAlone)
	case wrong != nil && err != nil:
		return wrong
	case err != nil:
		return err
	}
	defer lock.Release()
	inherited := keeper.Inherited(a.getenv)
	if err := store.Holds(inherited); err != nil {
		log.Warn("What is kept would be lost with the keeper", "error", err)
	}
	inheritance := supervisor.Inherit(dirs, inherited, log)
	if before, goesOn := inheritance.Config(); goesOn {
		sayChange(log, before, config, wrong)
		config = before
	} else if wrong != nil {
		return wrong
	}
	ln, err := controlSocket(dirs, store, inheritance, log)
	if err != nil {
		return err
	}
	var yield func()
	if keeperRuns(a, dirs) {
		yield = func() { os.Exit(exitFailed) } // which the keeper takes for a crash
	}
	sup, err := supervisor.New(supervisor.Options{
		Config: config, Dirs: dirs, Self: instance.Self, Version: version(),
		Argv: argv, Load: func(path string) (configs.Config, error) { return loadConfig(path, a.getenv) },
		Log: log, Store: store, Inheritance: inheritance, Yield: yield,
	})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	if keeperRuns(a, dirs) {
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go replaceKeeper(watching, a, keeperPID(a, dirs), store, log)
	}
	return superviseServices(ctx, a, sup, control.New(sup), ln)
}

// loadConfig reads a configuration again; the embedded one may have been given a
// file since.
func loadConfig(path string, getenv func(string) string) (configs.Config, error) {
	if path == configs.Embedded {
		path = ""
	}
	return configs.Load(path, getenv)
}

// keeperRuns tells whether our keeper has started this process.
func keeperRuns(a *app, dirs instance.Dirs) bool { return keeperPID(a, dirs) != 0 }

// keeperPID returns the process number of that keeper, even if it has ended since.
func keeperPID(a *app, dirs instance.Dirs) int { return dirs.KeeperOf(a.getenv(contract.NotifySocket)) }

// sayChange serves a supervisor that keeps the previous configuration, because its
// services run with it, although the file has changed.
func sayChange(log *slog.Logger, before, now configs.Config, wrong error) {
	switch {
	case wrong != nil:
		log.Warn("The configuration has changed and is wrong; going on with the one in force", "error", wrong)
	case !reflect.DeepEqual(before, now):
		log.Warn("The configuration has changed; going on with the one in force. To apply the change: ammarctl reload",
			"in force", before.Path, "found", now.Path)
	}
}

// replaceKeeper waits for the keeper's end. Then this process becomes the keeper, and
// starts a supervisor that continues with everything.
func replaceKeeper(ctx context.Context, a *app, pid int, store *keeper.Store, log *slog.Logger) {
	process.AwaitEnd(ctx, pid)
	if ctx.Err() != nil {
		return
	}
	up, err := upArgs(&a.connections)
	if err != nil {
		log.Error("The keeper is gone", "error", err)
		return
	}
	self, err := instance.Self()
	if err == nil {
		log.Warn("The keeper is gone; this process takes its place, with a new supervisor")
		err = store.Become(self, []string{"ammarctl", keepArg, a.instance}, up)
	}
	log.Error("The keeper is gone and cannot be replaced", "error", err)
}

// upDetached starts a supervisor that outlives this command.
func upDetached(ctx context.Context, a *app) error {
	found, err := configs.Load(a.config, a.getenv)
	if err != nil && len(findOrphans(&a.connections)) == 0 {
		return err // while services run, a supervisor keeps the configuration in force
	}
	c, err := a.client()
	if err != nil {
		return err
	}
	if info, err := c.Info(ctx); err == nil {
		if info.Version != version() {
			return upgrade(ctx, a, c, info)
		}
		fmt.Fprintf(a.out, "the instance %q is already running, with pid %d; its configuration: %s\n", info.Instance,
			info.SupervisorPID, info.Config)
		if found.Path != "" && found.Path != configs.Embedded && found.Path != info.Config {
			fmt.Fprintf(a.out, "To have it run %s: ammarctl reload -c %[1]s\nTo have both: ammarctl up -d --instance NAME\n",
				found.Path)
		}
		return nil
	}
	if err := spawnInstance(ctx, a, c); err != nil {
		return err
	}
	var services []api.Service
	err = a.withProgress("waiting for the services to be ready", func() (err error) {
		services, err = settled(ctx, c)
		return err
	})
	if err != nil {
		return err
	}
	a.printTable(services, time.Now())
	if slices.ContainsFunc(services, doesNotComeUp) {
		return codeError(exitFailed) // the table says why
	}
	return nil
}

// doesNotComeUp tells whether a service failed, or is tried again.
func doesNotComeUp(s api.Service) bool { return s.State.Unwell() || s.State == api.Backoff }

// upgrade has this binary take over from the supervisor of another version.
func upgrade(ctx context.Context, a *app, c *client.Client, before api.Info) error {
	self, err := instance.Self()
	if err != nil {
		return err
	}
	if err := c.Upgrade(ctx, api.UpgradeRequest{Path: self, Version: version()}); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var now api.Info
	err = poll(bounded, func() (bool, error) {
		info, err := c.Info(bounded)
		now = info
		return err == nil && info.SupervisorPID != before.SupervisorPID, nil
	})
	switch {
	case err != nil:
		return explain.Errorf("upgrade-failed", "the new supervisor does not answer: %w", err)
	case now.Version != version():
		dirs, err := a.dirs()
		if err != nil {
			return err
		}
		return explain.Errorf("upgrade-failed",
			"version %s did not work; %s goes on with all services. See %s", version(), now.Version, dirs.SupervisorLog())
	}
	fmt.Fprintf(a.out, "upgraded from %s to %s; the services went on\n", before.Version, now.Version)
	return nil
}

// settled waits until each service has come to rest once, startTimeout at most,
// and returns where they are then.
func settled(ctx context.Context, c *client.Client) ([]api.Service, error) {
	bounded, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := poll(bounded, func() (bool, error) {
		info, err := c.Info(bounded)
		return info.Settled, err
	})
	if err != nil && bounded.Err() == nil || ctx.Err() != nil {
		return nil, err
	}
	return c.Services(ctx)
}
