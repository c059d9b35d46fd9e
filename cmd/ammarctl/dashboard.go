//go:build !tiny

package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/ui"
)

// dashboard opens the dashboard, and starts the instance first if none runs.
// Several machines come into one: those of -H, or those of [hosts] with this
// one.
func dashboard(ctx context.Context, a *app) error {
	if !a.plain && !(term.IsTerminal(int(a.in.Fd())) && term.IsTerminal(int(a.out.Fd()))) {
		return ui.ErrNoTerminal // before anything is started
	}
	list, err := a.chosen()
	if err != nil {
		return err
	}
	config, err := configs.Load(a.config, a.getenv)
	if len(list) == 0 && err == nil {
		if len(config.Services) > 0 {
			list = append(list, machine{})
		}
		for _, h := range config.Hosts {
			list = append(list, machine{h.Name, &h.Target})
		}
	}
	if len(list) == 0 {
		list = append(list, machine{}) // the user learns of a wrong configuration where it is needed
	}
	if len(list) == 1 {
		c, err := a.clientOf(list[0])
		if err != nil {
			return err
		}
		if err := ensureRunning(ctx, a, c); err != nil {
			return err
		}
		return showDashboard(ctx, &a.console, c)
	}
	if slices.ContainsFunc(list, func(m machine) bool { return m.at == nil }) {
		c, err := a.clientOf(machine{})
		if err != nil {
			return err
		}
		if err := ensureRunning(ctx, a, c); err != nil {
			return err
		}
	}
	f, err := a.fleet(ctx, list)
	if err != nil {
		return err
	}
	return showDashboard(ctx, &a.console, f)
}

// ensureRunning sees to it that the instance runs, if it is this machine's.
func ensureRunning(ctx context.Context, a *app, c *client.Client) error {
	_, err := c.Info(ctx)
	if errors.Is(err, client.ErrNoInstance) && c.Host() == "" {
		return spawnInstance(ctx, a, c)
	}
	return err
}

func showDashboard(ctx context.Context, con *console, e ui.Engine) error {
	if con.plain {
		return ui.Plain(ctx, e, con.out)
	}
	return ui.Run(ctx, e, ui.Options{In: con.in, Out: con.out, Getenv: con.getenv, NoColour: con.noColor,
		Theme: con.getenv("AMMARCTL_THEME"), Share: prepareShare})
}

// prepareShare makes what the supervisor is not to see of a share that was
// wished for in the dashboard.
func prepareShare(w ui.ShareWish) (api.ShareRequest, []string, error) {
	req, extra := w.Request, shareExtras{auth: w.User, tls: w.TLS}
	if err := extra.apply(&req); err != nil {
		return req, nil, err
	}
	var said strings.Builder
	extra.print(&said)
	return req, strings.Split(strings.TrimSpace(said.String()), "\n"), nil
}
