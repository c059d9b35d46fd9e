package ui

import (
	"context"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/editing"
	"github.com/ammarctl/ammarctl/ui/metrics"
	"github.com/ammarctl/ammarctl/ui/operations"
	"github.com/ammarctl/ammarctl/ui/sharing"
	"github.com/ammarctl/ammarctl/ui/table"
	"github.com/ammarctl/ammarctl/ui/tabs/camera"
	"github.com/ammarctl/ammarctl/ui/tabs/clients"
	"github.com/ammarctl/ammarctl/ui/tabs/graphs"
	"github.com/ammarctl/ammarctl/ui/tabs/info"
	"github.com/ammarctl/ammarctl/ui/tabs/logs"
)

// settings are what the parts have to know of the terminal and the person.
type settings struct {
	look     draw.Look
	getenv   func(string) string
	cellSize func() (width, height int) // nil: unknown
	prepare  sharing.Prepare            // nil: shares have no user and no TLS
}

// parts are what the dashboard consists of.
type parts struct {
	recorder   *metrics.Recorder
	operations *operations.Part
	table      *table.Table
	others     []component.Part // without a view of their own
	tabs       []component.Tab
}

// newParts makes the parts and connects them. A new tab is a package with its
// type, and a line in the list of tabs.
func newParts(ctx context.Context, e Engine, f logs.Follower, s settings) parts {
	log := logs.New(ctx, f, s.getenv)
	p := parts{recorder: &metrics.Recorder{}, operations: operations.New(ctx, e)}
	p.table = table.New(p.operations, log, p.recorder)
	p.others = []component.Part{
		sharing.New(ctx, e, s.prepare),
		p.operations,
		editing.New(ctx, e, s.getenv),
	}
	p.tabs = []component.Tab{
		log,
		graphs.New(ctx, e, p.recorder),
		clients.New(ctx, e),
		camera.New(ctx, e, camera.Options{Getenv: s.getenv, CellSize: s.cellSize}),
		info.New(ctx, e),
	}
	return p
}
