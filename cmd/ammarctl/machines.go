package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/internal/target"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
	"github.com/ammarctl/ammarctl/supervisor/fleet"
	"github.com/ammarctl/ammarctl/supervisor/remote"
)

// machines are those that a call of ammarctl speaks to.
type machines struct {
	named []string // as given with -H
	hosts []*remote.Host
}

// close ends the connections.
func (m *machines) close() {
	for _, h := range m.hosts {
		h.Close()
	}
}

// machine is one of them; a nil target is this machine.
type machine struct {
	name string
	at   *target.Target
}

// engine is what commands about services ask: one instance, or several.
type engine interface {
	Services(ctx context.Context) ([]api.Service, error)
	Service(ctx context.Context, name string) (api.Service, error)
	Start(ctx context.Context, name string) error
	Stop(ctx context.Context, name string) error
	Restart(ctx context.Context, name string) error
	Signal(ctx context.Context, name string, req api.SignalRequest) error
	Unshare(ctx context.Context, name string) error
	Watch(ctx context.Context, fn func(api.Snapshot) error) error
	Logs(ctx context.Context, q client.LogQuery, fn func(api.LogLine) error) error
}

// known are the machines of the configuration's [hosts]. A configuration that
// is wrong has none: who only names a machine is not told about it.
func (a *app) known() []configs.Host {
	config, err := configs.Load(a.config, a.getenv)
	if err != nil {
		return nil
	}
	return config.Hosts
}

// chosen are the machines that -H names, each once.
func (a *app) chosen() ([]machine, error) {
	known := a.known()
	var list []machine
	add := func(m machine) {
		if !slices.ContainsFunc(list, func(other machine) bool { return other.name == m.name }) {
			list = append(list, m)
		}
	}
	for _, name := range a.machines.named {
		i := slices.IndexFunc(known, func(h configs.Host) bool { return h.Name == name })
		switch {
		case name == configs.HostHere:
			add(machine{})
		case name == configs.HostAll:
			if len(known) == 0 {
				return nil, usageError{errors.New(`-H all: the configuration has no table [hosts]; expected one with lines such as pi = "ssh://pi@robot"`)}
			}
			add(machine{})
			for _, h := range known {
				add(machine{h.Name, &h.Target})
			}
		case i >= 0:
			add(machine{name, &known[i].Target})
		default:
			t, err := target.Parse(name)
			if err != nil {
				return nil, usageError{fmt.Errorf("-H: %w", err)}
			}
			add(machine{t.Name(), &t})
		}
	}
	return list, nil
}

// one is the machine of a command that is for one.
func (a *app) one() (machine, error) {
	list, err := a.chosen()
	if err == nil && len(list) != 1 {
		err = usageError{fmt.Errorf("-H: expected one machine for this command, got %d", len(list))}
	}
	if err != nil {
		return machine{}, err
	}
	return list[0], nil
}

// onOtherMachine tells whether -H names another machine than this one.
func (a *app) onOtherMachine() bool {
	return len(a.machines.named) > 0 && !(len(a.machines.named) == 1 && a.machines.named[0] == configs.HostHere)
}

// client speaks to one instance, whether it runs or not: here, or where -H says.
func (a *app) client() (*client.Client, error) {
	if !a.onOtherMachine() {
		return a.clientOf(machine{})
	}
	m, err := a.one()
	if err != nil {
		return nil, err
	}
	return a.clientOf(m)
}

func (a *app) clientOf(m machine) (*client.Client, error) {
	if m.at == nil {
		if err := canSupervise(); err != nil {
			return nil, err
		}
		dirs, err := a.dirs()
		if err != nil {
			return nil, err
		}
		return client.New(dirs.Socket()), nil
	}
	if !names.Valid(a.instance) {
		_, err := a.dirs() // which says what is wrong with it
		return nil, err
	}
	h := remote.NewHost(*m.at, a.instance)
	a.machines.hosts = append(a.machines.hosts, h)
	return client.Over(m.at.String(), h.Dial), nil
}

// engine speaks to the instance, or to those of several machines at once.
func (a *app) engine(ctx context.Context) (engine, error) {
	list, err := a.chosen()
	if err != nil {
		return nil, err
	}
	if len(list) < 2 {
		return a.client()
	}
	return a.fleet(ctx, list)
}

// fleet is several machines. ssh may ask the person something about each, one
// after the other, before all are spoken to at once.
func (a *app) fleet(ctx context.Context, list []machine) (*fleet.Fleet, error) {
	var members []fleet.Member
	for _, m := range list {
		c, err := a.clientOf(m)
		if err != nil {
			return nil, err
		}
		members = append(members, fleet.Member{Name: m.name, Client: c})
		if m.at != nil {
			_, _ = c.Info(ctx) // what is wrong shows when it is spoken to
		}
	}
	return fleet.New(members...), ctx.Err()
}
