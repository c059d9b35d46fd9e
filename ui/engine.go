// Package ui is the dashboard in the terminal. It shows what an Engine says
// and asks it for what a person wants; no service ever waits for it.
package ui

import (
	"context"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// Engine is what the dashboard needs of an instance; *client.Client is one.
type Engine interface {
	// Watch calls fn with each state of the instance until ctx ends or the
	// supervisor is gone.
	Watch(ctx context.Context, fn func(api.Snapshot) error) error
	// Logs calls fn with each line that q asks for.
	Logs(ctx context.Context, q client.LogQuery, fn func(api.LogLine) error) error

	// History is what was measured of a service before: see client.History.
	History(ctx context.Context, name, span string) (api.History, error)

	Start(ctx context.Context, name string) error
	Stop(ctx context.Context, name string) error
	Restart(ctx context.Context, name string) error
	Share(ctx context.Context, req api.ShareRequest) (api.Service, error)
	Unshare(ctx context.Context, name string) error
	// Visitors and Transfers ask a service whom it serves, and with what; Kick
	// ends one of its transfers.
	Visitors(ctx context.Context, s api.Service) ([]api.Visitor, error)
	Transfers(ctx context.Context, s api.Service) ([]api.Transfer, error)
	Kick(ctx context.Context, s api.Service, id string) error
	// Picture is the newest picture of a camera, a JPEG.
	Picture(ctx context.Context, s api.Service) ([]byte, error)
	// Controls lists what can be set at a camera; SetControls sets some of it,
	// and tells what all is then.
	Controls(ctx context.Context, s api.Service) (api.Controls, error)
	SetControls(ctx context.Context, s api.Service, values map[string]int) (api.Controls, error)
	// Limits are the bandwidths of a files service, in bytes per second; the
	// others change that of all clients and of each, and of one.
	Limits(ctx context.Context, s api.Service) (api.TransferLimits, error)
	SetLimits(ctx context.Context, s api.Service, share, each int64) error
	SetClientLimit(ctx context.Context, s api.Service, client string, bytesPerSecond int64) error
	// Links lists what links open of a files service; Revoke ends one.
	Links(ctx context.Context, s api.Service) ([]api.Link, error)
	Revoke(ctx context.Context, s api.Service, id string) error
	// Reload has a configuration read and applied, or only compared.
	Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error)
	// Down stops everything and returns when nothing answers any more.
	Down(ctx context.Context) error
}
