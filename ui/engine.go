// Package ui is the dashboard in the terminal. It shows what an Engine reports
// and asks it for what a person wants; no service ever waits for it.
package ui

import (
	"github.com/ammarctl/ammarctl/ui/editing"
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/operations"
	"github.com/ammarctl/ammarctl/ui/sharing"
	"github.com/ammarctl/ammarctl/ui/tabs/camera"
	"github.com/ammarctl/ammarctl/ui/tabs/clients"
	"github.com/ammarctl/ammarctl/ui/tabs/graphs"
	"github.com/ammarctl/ammarctl/ui/tabs/info"
)

// Engine is an instance as the dashboard needs it: the sum of what its parts
// need. *client.Client is one.
type Engine interface {
	feed.Source
	operations.Engine
	sharing.Engine
	editing.Engine
	graphs.Engine
	clients.Engine
	camera.Engine
	info.Engine
}
