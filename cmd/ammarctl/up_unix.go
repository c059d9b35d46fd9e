//go:build unix

package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/supervisor/control"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

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
	return a.supervise(ctx, sup, control.New(sup), ln)
}

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
	var services []api.Service
	err = a.patiently("waiting for the services to be ready", func() (err error) {
		services, err = settled(ctx, c)
		return err
	})
	if err != nil {
		return err
	}
	a.printTable(services, time.Now())
	return nil
}

// settled waits until no service is on its way any more, startTimeout at most.
func settled(ctx context.Context, c *client.Client) ([]api.Service, error) {
	bounded, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var last []api.Service
	err := untilCalm(bounded, func() (bool, error) {
		services, err := c.Services(bounded)
		if err != nil {
			return false, err
		}
		last = services
		return allSettled(last), nil
	})
	if bounded.Err() != nil && ctx.Err() == nil {
		return last, nil
	}
	return last, err
}
