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
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/remote"
)

// connections finds the machines and the instance that a command speaks to, and
// opens the connections to them.
type connections struct {
	env      func(string) string // as os.Getenv
	instance string              // --instance
	config   string              // --config
	named    []string            // -H, as given
	hosts    []*remote.Host
}

// close ends the connections.
func (conns *connections) close() {
	for _, h := range conns.hosts {
		h.Close()
	}
}

// machine is a machine to speak to. A nil target is this machine.
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
	ReloadProgram(ctx context.Context, name string) error
	Signal(ctx context.Context, name string, req api.SignalRequest) error
	Unshare(ctx context.Context, name string) error
	Watch(ctx context.Context, fn func(api.Snapshot) error) error
	Logs(ctx context.Context, q client.LogQuery, fn func(api.LogLine) error) error
}

// known are the machines of the configuration's [hosts]. A configuration that
// is wrong has none: who only names a machine is not told about it.
func (conns *connections) known() []configs.Host {
	config, err := configs.Load(conns.config, conns.env)
	if err != nil {
		return nil
	}
	return config.Hosts
}

// chosen are the machines that -H names, each once.
func (conns *connections) chosen() ([]machine, error) {
	known := conns.known()
	var list []machine
	add := func(m machine) {
		if !slices.ContainsFunc(list, func(other machine) bool { return other.name == m.name }) {
			list = append(list, m)
		}
	}
	for _, name := range conns.named {
		i := slices.IndexFunc(known, func(h configs.Host) bool { return h.Name == name })
		switch {
		case name == configs.HostHere:
			add(machine{})
		case name == configs.HostAll:
			if len(known) == 0 {
				return nil, usageError{errors.New("-H all: the configuration has no table [hosts]; " +
					`expected one with lines such as pi = "ssh://pi@robot"`)}
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
func (conns *connections) one() (machine, error) {
	list, err := conns.chosen()
	if err == nil && len(list) != 1 {
		err = usageError{fmt.Errorf("-H: expected one machine for this command, got %d", len(list))}
	}
	if err != nil {
		return machine{}, err
	}
	return list[0], nil
}

// onOtherMachine tells whether -H names another machine than this one.
func (conns *connections) onOtherMachine() bool {
	return len(conns.named) > 0 && !(len(conns.named) == 1 && conns.named[0] == configs.HostHere)
}

// dirs returns the folders of the instance that the flags name.
func (conns *connections) dirs() (instance.Dirs, error) {
	dirs, err := instance.Resolve(conns.instance, conns.env)
	if err != nil {
		return dirs, usageError{err}
	}
	return dirs, nil
}

// client speaks to one instance, whether it runs or not: here, or where -H says.
func (conns *connections) client() (*client.Client, error) {
	if !conns.onOtherMachine() {
		return conns.clientOf(machine{})
	}
	m, err := conns.one()
	if err != nil {
		return nil, err
	}
	return conns.clientOf(m)
}

func (conns *connections) clientOf(m machine) (*client.Client, error) {
	if m.at == nil {
		if err := canSupervise(); err != nil {
			return nil, err
		}
		dirs, err := conns.dirs()
		if err != nil {
			return nil, err
		}
		return client.New(dirs.Socket()), nil
	}
	if !names.Valid(conns.instance) {
		_, err := conns.dirs() // which says what is wrong with it
		return nil, err
	}
	h := remote.NewHost(*m.at, conns.instance)
	conns.hosts = append(conns.hosts, h)
	return client.Over(m.at.String(), h.Dial), nil
}

// engine speaks to the instance, or to those of several machines at once.
func (conns *connections) engine(ctx context.Context) (engine, error) {
	list, err := conns.chosen()
	if err != nil {
		return nil, err
	}
	if len(list) < 2 {
		return conns.client()
	}
	return conns.fleet(ctx, list)
}

// fleet is several machines. ssh may ask the person something about each, one
// after the other, before all are spoken to at once.
func (conns *connections) fleet(ctx context.Context, list []machine) (*fleet.Fleet, error) {
	var members []fleet.Member
	for _, m := range list {
		c, err := conns.clientOf(m)
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
