// Package sharing is the part of the dashboard that shares folders and shows
// where services are reached.
package sharing

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Engine makes shares.
type Engine interface {
	Share(ctx context.Context, req api.ShareRequest) (api.Service, error)
}

// Wish is a share as a person asks for it.
type Wish struct {
	Request api.ShareRequest // without Users and TLS
	User    string           // user or user:password; empty: everybody may
	TLS     bool
}

// Prepare turns a wish into a request to the supervisor: it makes the hash of
// the password and the certificate. notes are what the other machine must know.
type Prepare func(Wish) (req api.ShareRequest, notes []string, err error)

// Part opens the dialogs of this package.
type Part struct {
	ctx     context.Context
	engine  Engine
	prepare Prepare // nil: shares have no user and no TLS
}

// New makes the part. prepare may be nil; then a share has no user and no TLS.
func New(ctx context.Context, e Engine, prepare Prepare) *Part {
	return &Part{ctx: ctx, engine: e, prepare: prepare}
}

// Keys are the keys of the part.
func (p *Part) Keys() []component.Key {
	return []component.Key{
		{
			Keys: "A", Help: "address and QR code of the selected service", Name: "Address and QR code",
			Group: messages.GroupServices, When: component.HasSelection, Run: p.showAddress,
		},
		{
			Keys: "a", Help: "share a folder, and get its address", Name: "Share a folder",
			Group: messages.GroupShares,
			Run: func(component.Screen) component.Effects {
				return component.Open(newShareDialog(p.ctx, p.engine, p.prepare))
			},
			Hint: component.Hint{Text: messages.Share, Table: 30},
		},
	}
}

func (p *Part) showAddress(scr component.Screen) component.Effects {
	s, ok := scr.Current()
	if !ok {
		return nil
	}
	return component.Open(&addressDialog{service: s})
}

// SharedMsg brings a new share, or why there is none.
type SharedMsg struct {
	Service api.Service
	Notes   []string // what the other machine must know
	Err     error

	dialog *shareDialog // that asked
}

// Update shows the addresses of a new share. A problem is shown here when its
// dialog was closed; otherwise the dialog shows it.
func (p *Part) Update(_ component.Screen, msg tea.Msg) component.Effects {
	shared, ok := msg.(SharedMsg)
	switch {
	case !ok:
		return nil
	case shared.Err == nil:
		return component.Effects{
			component.SelectMsg{Service: shared.Service.Name, New: true},
			component.OpenMsg{Dialog: &addressDialog{shared.Service, shared.Notes}},
		}
	case shared.dialog != nil && shared.dialog.open:
		return nil
	}
	return component.Warn(safe.FirstLine(shared.Err.Error()))
}
