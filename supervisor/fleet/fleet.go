// Package fleet shows the instances of several machines as one. A service of another
// machine is called machine/service; services of this machine keep their names. A slow
// machine delays no other.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// Member is the instance of one machine.
type Member struct {
	Name   string // of the machine; empty for this one
	Client *client.Client
}

// Fleet speaks to several instances. It is safe for concurrent use.
type Fleet struct{ members []Member }

// New makes a fleet of members, which have different names; they are shown in
// this order.
func New(members ...Member) *Fleet { return &Fleet{members} }

// called is what a member's service is called here.
func (m Member) called(name string) string {
	if m.Name == "" {
		return name
	}
	return m.Name + "/" + name
}

// of finds the member that has the service of this name, and what the service
// is called there.
func (f *Fleet) of(name string) (Member, string, error) {
	machine, there, remote := strings.Cut(name, "/")
	if !remote {
		machine, there = "", name
	}
	for _, m := range f.members {
		if m.Name == machine {
			return m, there, nil
		}
	}
	var names []string
	for _, m := range f.members {
		names = append(names, m.called("NAME"))
	}
	return Member{}, "", &api.Error{Code: api.CodeNoSuchService,
		Message: fmt.Sprintf("expected a service of one of these machines, %s, got %q", strings.Join(names, ", "), name)}
}

// own is s as its machine knows it.
func (f *Fleet) own(s api.Service) (*client.Client, api.Service, error) {
	m, there, err := f.of(s.Name)
	s.Name = there
	return m.Client, s, err
}

// foreign is a member's service as it is known here.
func (m Member) foreign(s api.Service, info api.Info) api.Service {
	s.Name, s.Host = m.called(s.Name), m.Name
	if m.Name == "" {
		return s
	}
	// Where it listens on all addresses of its machine, it is reached there.
	if host, port, err := net.SplitHostPort(s.Addr); err == nil && len(info.Hosts) > 0 {
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			s.Addr = net.JoinHostPort(info.Hosts[0], port)
		}
	}
	return s
}

// patience is how long one machine may take to answer a question.
const patience = 15 * time.Second

// Services lists those of all machines, in order. An error names the machines
// that did not answer; the list has the others'.
func (f *Fleet) Services(ctx context.Context) ([]api.Service, error) {
	lists, errs := make([][]api.Service, len(f.members)), make([]error, len(f.members))
	var all sync.WaitGroup
	for i, m := range f.members {
		all.Go(func() {
			bounded, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			s, err := m.Client.Snapshot(bounded)
			if err != nil {
				errs[i] = m.failed(err)
				return
			}
			for _, svc := range s.Services {
				lists[i] = append(lists[i], m.foreign(svc, s.Info))
			}
		})
	}
	all.Wait()
	return slices.Concat(lists...), errors.Join(errs...)
}

// failed adds the machine's name to an error without it.
func (m Member) failed(err error) error {
	if m.Name == "" || client.NamesHost(err) {
		return err
	}
	return fmt.Errorf("%s: %w", m.Name, err)
}

// Service describes one service.
func (f *Fleet) Service(ctx context.Context, name string) (api.Service, error) {
	m, there, err := f.of(name)
	if err != nil {
		return api.Service{}, err
	}
	s, err := m.Client.Service(ctx, there)
	if err != nil {
		return s, m.failed(err)
	}
	return m.foreign(s, api.Info{}), nil
}

// Start, Stop, Restart and Unshare are the client's, by name.
func (f *Fleet) Start(ctx context.Context, name string) error {
	return f.act(ctx, name, (*client.Client).Start)
}

// Stop stops a service.
func (f *Fleet) Stop(ctx context.Context, name string) error {
	return f.act(ctx, name, (*client.Client).Stop)
}

// Restart restarts a service.
func (f *Fleet) Restart(ctx context.Context, name string) error {
	return f.act(ctx, name, (*client.Client).Restart)
}

// ReloadProgram runs the reload command of a service.
func (f *Fleet) ReloadProgram(ctx context.Context, name string) error {
	return f.act(ctx, name, (*client.Client).ReloadProgram)
}

// Signal sends a signal to a service.
func (f *Fleet) Signal(ctx context.Context, name string, req api.SignalRequest) error {
	return f.act(ctx, name, func(c *client.Client, ctx context.Context, there string) error {
		return c.Signal(ctx, there, req)
	})
}

// Unshare ends a share.
func (f *Fleet) Unshare(ctx context.Context, name string) error {
	return f.act(ctx, name, (*client.Client).Unshare)
}

func (f *Fleet) act(ctx context.Context, name string, do func(*client.Client, context.Context, string) error) error {
	m, there, err := f.of(name)
	if err != nil {
		return err
	}
	if err := do(m.Client, ctx, there); err != nil {
		return m.failed(err)
	}
	return nil
}

// here is this machine, for what makes no sense across several.
func (f *Fleet) here(what string) (*client.Client, error) {
	for _, m := range f.members {
		if m.Name == "" {
			return m.Client, nil
		}
	}
	return nil, fmt.Errorf("%s is for one machine: ammarctl -H MACHINE …", what)
}

// Share makes a share on this machine.
func (f *Fleet) Share(ctx context.Context, req api.ShareRequest) (api.Service, error) {
	c, err := f.here("a share")
	if err != nil {
		return api.Service{}, err
	}
	return c.Share(ctx, req)
}

// Reload applies this machine's configuration.
func (f *Fleet) Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error) {
	c, err := f.here("a configuration")
	if err != nil {
		return api.Reload{}, err
	}
	return c.Reload(ctx, req)
}

// Down stops this machine's instance; the others keep running.
func (f *Fleet) Down(ctx context.Context) error {
	c, err := f.here("down")
	if err != nil {
		return err
	}
	return c.Down(ctx)
}
