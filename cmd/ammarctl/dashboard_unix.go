//go:build unix && !tiny

package main

import (
	"context"
	"errors"

	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/ui"
)

// dashboard opens the dashboard, and starts the instance first if none runs.
func (a *app) dashboard(ctx context.Context) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	if _, err := c.Info(ctx); errors.Is(err, client.ErrNoInstance) {
		if err := a.startHere(ctx, c, err); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if a.plain {
		return ui.Plain(ctx, c, a.out)
	}
	return ui.Run(ctx, c, ui.Options{In: a.in, Out: a.out, Getenv: a.getenv, NoColour: a.noColor, Theme: a.getenv("AMMARCTL_THEME")})
}
