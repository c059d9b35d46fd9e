// Package client speaks to a supervisor over its control socket. Commands, the
// dashboard and the status service know a supervisor only through it.
package client

import (
	"context"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Client talks to one supervisor. It holds no connection between calls and is safe for
// concurrent use.
//
// The error of a method is ErrNoInstance if there is no listener, an *api.Error if the
// supervisor refused, and ctx's error if ctx ended.
type Client struct{ transport }

// New makes a client of the supervisor that listens on the unix socket at
// path socket. Nothing is opened before the first call.
func New(socket string) *Client {
	return &Client{newTransport(socket, "", new(net.Dialer).DialContext)}
}

// Over makes a client of the supervisor of another machine, called host. dial
// reaches the sockets there: the control socket is "unix" with an empty address.
func Over(host string, dial func(ctx context.Context, network, address string) (net.Conn, error)) *Client {
	return &Client{newTransport("", host, dial)}
}

// Socket is the path of the control socket; empty for another machine's.
func (c *Client) Socket() string { return c.socket }

// Host is the machine of the supervisor; empty for this one.
func (c *Client) Host() string { return c.host }

// Info describes the instance.
func (c *Client) Info(ctx context.Context) (api.Info, error) {
	var v api.Info
	return v, c.call(ctx, "GET", "/v1/info", nil, &v)
}

// Services lists the services in the order of the configuration.
func (c *Client) Services(ctx context.Context) ([]api.Service, error) {
	var v []api.Service
	return v, c.call(ctx, "GET", "/v1/services", nil, &v)
}

// Service describes one service.
func (c *Client) Service(ctx context.Context, name string) (api.Service, error) {
	var v api.Service
	return v, c.call(ctx, "GET", servicePath(name), nil, &v)
}

// History is what was measured of a service over the last hour: the span 1m,
// 15m or 1h, or all of them where that is empty.
func (c *Client) History(ctx context.Context, name, span string) (api.History, error) {
	var v api.History
	return v, c.call(ctx, "GET", servicePath(name)+"/history?span="+url.QueryEscape(span), nil, &v)
}

// Settings returns the configuration of a service that is in force: every key, in the
// order of the reference, without values that may be secret.
func (c *Client) Settings(ctx context.Context, name string) ([]api.Setting, error) {
	var v []api.Setting
	return v, c.call(ctx, "GET", servicePath(name)+"/config", nil, &v)
}

// Snapshot is the instance at this moment.
func (c *Client) Snapshot(ctx context.Context) (api.Snapshot, error) {
	var v api.Snapshot
	return v, c.call(ctx, "GET", "/v1/snapshot", nil, &v)
}

// Start starts a service and returns when it is ready, or an error that says why it is
// not. If ctx ends first, the supervisor continues the start.
func (c *Client) Start(ctx context.Context, name string) error { return c.act(ctx, name, "start") }

// Signal sends a signal to the process of a service, or to all of its processes.
func (c *Client) Signal(ctx context.Context, name string, req api.SignalRequest) error {
	return c.call(ctx, "POST", servicePath(name)+"/signal", req, nil)
}

// Stop stops a service and returns when its processes have ended. A second Stop
// before that kills what is left.
func (c *Client) Stop(ctx context.Context, name string) error { return c.act(ctx, name, "stop") }

// Restart restarts a service and returns when the new process is ready.
func (c *Client) Restart(ctx context.Context, name string) error { return c.act(ctx, name, "restart") }

func (c *Client) act(ctx context.Context, name, verb string) error {
	return c.call(ctx, "POST", servicePath(name)+"/"+verb, nil, nil)
}

// Share makes a share and returns its service, ready, with every address.
func (c *Client) Share(ctx context.Context, req api.ShareRequest) (api.Service, error) {
	var v api.Service
	return v, c.call(ctx, "POST", "/v1/shares", req, &v)
}

// Run starts a program that is in no configuration, and returns its service when
// it is ready.
func (c *Client) Run(ctx context.Context, req api.RunRequest) (api.Service, error) {
	var v api.Service
	return v, c.call(ctx, "POST", "/v1/services", req, &v)
}

// Reload has the configuration read again and applied, or only compared.
func (c *Client) Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error) {
	var v api.Reload
	return v, c.call(ctx, "POST", "/v1/reload", req, &v)
}

// ReloadProgram runs the reload command of a service.
func (c *Client) ReloadProgram(ctx context.Context, name string) error {
	return c.act(ctx, name, "reload")
}

// Scale changes the number of a service's replicas until the next reload.
func (c *Client) Scale(ctx context.Context, name string, req api.ScaleRequest) (api.Reload, error) {
	var v api.Reload
	return v, c.call(ctx, "POST", servicePath(name)+"/scale", req, &v)
}

// Upgrade has the supervisor make way for another binary. It returns before
// that is there: compare the pid of Info.
func (c *Client) Upgrade(ctx context.Context, req api.UpgradeRequest) error {
	return c.call(ctx, "POST", "/v1/upgrade", req, nil)
}

// Unshare ends a share.
func (c *Client) Unshare(ctx context.Context, name string) error {
	return c.call(ctx, "DELETE", servicePath(name), nil, nil)
}

// Down stops every service and the supervisor. It returns nil when the
// supervisor no longer answers: its ports are free then.
func (c *Client) Down(ctx context.Context) error { return down(ctx, c, nil) }

// ForceDown is Down, but every process is killed at once.
func (c *Client) ForceDown(ctx context.Context) error {
	return down(ctx, c, api.DownRequest{Force: true})
}

func down(ctx context.Context, c *Client, body any) error {
	if err := c.call(ctx, "POST", "/v1/down", body, nil); err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		bounded, cancel := context.WithTimeout(ctx, time.Second)
		err := c.callOnce(bounded, "GET", "/v1/info", nil, nil)
		cancel()
		if errors.Is(err, ErrNoInstance) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func servicePath(name string) string { return "/v1/services/" + url.PathEscape(name) }
