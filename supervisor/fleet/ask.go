package fleet

import (
	"context"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// The following methods ask one service of one machine: see the client's methods of
// the same names.

// History is what was measured of a service.
func (f *Fleet) History(ctx context.Context, name, span string) (api.History, error) {
	m, there, err := f.of(name)
	if err != nil {
		return api.History{}, err
	}
	h, err := m.Client.History(ctx, there, span)
	h.Service = name
	return h, err
}

// Settings is the configuration of a service that is in force.
func (f *Fleet) Settings(ctx context.Context, name string) ([]api.Setting, error) {
	m, there, err := f.of(name)
	if err != nil {
		return nil, err
	}
	return m.Client.Settings(ctx, there)
}

// Visitors lists the addresses that use s.
func (f *Fleet) Visitors(ctx context.Context, s api.Service) ([]api.Visitor, error) {
	c, s, err := f.own(s)
	if err != nil {
		return nil, err
	}
	return c.Visitors(ctx, s)
}

// Transfers lists the files that s is sending or receiving.
func (f *Fleet) Transfers(ctx context.Context, s api.Service) ([]api.Transfer, error) {
	c, s, err := f.own(s)
	if err != nil {
		return nil, err
	}
	return c.Transfers(ctx, s)
}

// Kick ends one transfer of s.
func (f *Fleet) Kick(ctx context.Context, s api.Service, id string) error {
	c, s, err := f.own(s)
	if err != nil {
		return err
	}
	return c.Kick(ctx, s, id)
}

// Limits tells the bandwidths of s.
func (f *Fleet) Limits(ctx context.Context, s api.Service) (api.TransferLimits, error) {
	c, s, err := f.own(s)
	if err != nil {
		return api.TransferLimits{}, err
	}
	return c.Limits(ctx, s)
}

// SetLimits changes the bandwidths of s.
func (f *Fleet) SetLimits(ctx context.Context, s api.Service, share, each int64) error {
	c, s, err := f.own(s)
	if err != nil {
		return err
	}
	return c.SetLimits(ctx, s, share, each)
}

// SetClientLimit gives one client of s a bandwidth of its own.
func (f *Fleet) SetClientLimit(ctx context.Context, s api.Service, client string, bytesPerSecond int64) error {
	c, s, err := f.own(s)
	if err != nil {
		return err
	}
	return c.SetClientLimit(ctx, s, client, bytesPerSecond)
}

// Links lists the links that open something of s.
func (f *Fleet) Links(ctx context.Context, s api.Service) ([]api.Link, error) {
	c, s, err := f.own(s)
	if err != nil {
		return nil, err
	}
	return c.Links(ctx, s)
}

// Revoke ends a link of s.
func (f *Fleet) Revoke(ctx context.Context, s api.Service, id string) error {
	c, s, err := f.own(s)
	if err != nil {
		return err
	}
	return c.Revoke(ctx, s, id)
}

// Picture is the newest picture of a camera.
func (f *Fleet) Picture(ctx context.Context, s api.Service) ([]byte, error) {
	c, s, err := f.own(s)
	if err != nil {
		return nil, err
	}
	return c.Picture(ctx, s)
}

// Controls lists what can be set at a camera.
func (f *Fleet) Controls(ctx context.Context, s api.Service) (api.Controls, error) {
	c, s, err := f.own(s)
	if err != nil {
		return api.Controls{}, err
	}
	return c.Controls(ctx, s)
}

// SetControls sets controls of a camera.
func (f *Fleet) SetControls(ctx context.Context, s api.Service, values map[string]int) (api.Controls, error) {
	c, s, err := f.own(s)
	if err != nil {
		return api.Controls{}, err
	}
	return c.SetControls(ctx, s, values)
}
