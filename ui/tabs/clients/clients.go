// Package clients is the tab that shows whom the selected service serves: its
// clients, the transfers in progress, and the links that it has handed out.
package clients

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/dialogs"
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Engine is what the tab asks of a service.
type Engine interface {
	Visitors(ctx context.Context, s api.Service) ([]api.Visitor, error)
	// Transfers lists the downloads and uploads in progress. Kick ends one.
	Transfers(ctx context.Context, s api.Service) ([]api.Transfer, error)
	Kick(ctx context.Context, s api.Service, id string) error
	// Limits are the bandwidths of a service, in bytes per second; 0 is no limit.
	// SetLimits changes that of all clients together and that of each client,
	// SetClientLimit that of one client.
	Limits(ctx context.Context, s api.Service) (api.TransferLimits, error)
	SetLimits(ctx context.Context, s api.Service, share, each int64) error
	SetClientLimit(ctx context.Context, s api.Service, client string, bytesPerSecond int64) error
	// Links lists the links of a service. Revoke ends one.
	Links(ctx context.Context, s api.Service) ([]api.Link, error)
	Revoke(ctx context.Context, s api.Service, id string) error
}

// Tab shows the clients of the selected service.
type Tab struct {
	ctx    context.Context
	engine Engine

	visitors visitors
	answer   AnswerMsg // of the service that is shown
	asking   bool      // an AnswerMsg is on its way
	cursor   string    // the transfer or link under the cursor, by an ID of ids
}

// AnswerMsg is what a service said of its clients.
type AnswerMsg struct {
	Service   string
	Visitors  []api.Visitor
	Transfers []api.Transfer
	Links     []api.Link
	Limits    api.TransferLimits
	Problem   string // why something is missing; empty: nothing is
}

// New makes the tab.
func New(ctx context.Context, e Engine) *Tab { return &Tab{ctx: ctx, engine: e} }

// About describes the tab.
func (t *Tab) About() component.About {
	return component.About{
		ID: "clients", Title: "Clients", Summary: "who is being served",
		Manual: "who is connected, what each has asked for, transfers with their progress, and links; " +
			"`K` ends a transfer or revokes a link, `b` limits the bandwidth of all clients and `B` that of one",
	}
}

// Keys are the keys of the tab.
func (t *Tab) Keys() []component.Key {
	return []component.Key{
		{
			Keys: "K", Help: "end the transfer or the link under the cursor (in Clients)",
			Name: "End the transfer or link", Group: messages.GroupTabs, When: t.hasChoice, Run: t.end,
			Hint: component.Hint{Text: "end it", Tab: 10},
		},
		{
			Keys: "b", Help: "limit the bandwidth of all clients (in Clients)",
			Name: "Limit the bandwidth", Group: messages.GroupTabs, When: canLimit, Run: t.askLimit,
			Hint: component.Hint{Text: "bandwidth", Label: "b B", Tab: 11, When: t.hasChoice},
		},
		{
			Keys: "B", Help: "limit the bandwidth of one client (in Clients)",
			Name: "Limit the bandwidth of one client", Group: messages.GroupTabs, When: t.hasChoice, Run: t.askClientLimit,
		},
	}
}

// askEvery is the pause between two questions to a service.
const askEvery = time.Second

// Update asks the selected service for its clients while the tab is in front.
func (t *Tab) Update(scr component.Screen, msg tea.Msg) component.Effects {
	switch msg := msg.(type) {
	case feed.NewsMsg:
		t.visitors.add(msg)
	case AnswerMsg:
		t.asking = false
		if msg.Service == t.answer.Service {
			t.answer = msg
		}
	}
	return component.Run(t.ask(scr))
}

func (t *Tab) ask(scr component.Screen) tea.Cmd {
	s, ok := scr.Current()
	if !scr.Front || t.asking || !ok || s.PID == 0 {
		return nil
	}
	pause := askEvery
	if t.answer.Service != s.Name {
		t.answer, t.cursor, pause = AnswerMsg{Service: s.Name}, "", 0
	}
	t.asking = true
	ctx, engine := t.ctx, t.engine
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		msg := AnswerMsg{Service: s.Name}
		var errs [4]error
		msg.Visitors, errs[0] = engine.Visitors(ctx, s)
		msg.Transfers, errs[1] = engine.Transfers(ctx, s)
		msg.Links, errs[2] = engine.Links(ctx, s)
		msg.Limits, errs[3] = engine.Limits(ctx, s)
		for _, err := range errs {
			if err != nil {
				msg.Problem = safe.FirstLine(err.Error())
			}
		}
		return msg
	}
}

// Caption names the service.
func (t *Tab) Caption(scr component.Screen) (long, short string) {
	name := safe.Text(scr.Selected)
	return name, name
}

// linkPrefix tells the ID of a link from that of a transfer.
const linkPrefix = "link "

// ids lists what the cursor can be on: the transfers, then the links.
func (t *Tab) ids() (list []string) {
	for _, transfer := range t.answer.Transfers {
		list = append(list, transfer.ID)
	}
	for _, l := range t.answer.Links {
		list = append(list, linkPrefix+l.ID)
	}
	return list
}

// choice is the index in ids of what the cursor is on; 0 when that has ended.
func (t *Tab) choice() int { return max(0, slices.Index(t.ids(), t.cursor)) }

// hasChoice tells whether there is a transfer or a link to act on.
func (t *Tab) hasChoice(scr component.Screen) bool {
	return scr.Front && len(t.ids()) > 0 && t.answer.Service == scr.Selected
}

// Move moves the cursor while the tab has the keys.
func (t *Tab) Move(scr component.Screen, m component.Motion) bool {
	if !scr.Focused || m.Unit != component.Line || !t.hasChoice(scr) {
		return false
	}
	ids := t.ids()
	t.cursor = ids[min(max(t.choice()-m.Up, 0), len(ids)-1)]
	return true
}

// transfer is the one under the cursor. It is false when the cursor is on a link
// or on nothing.
func (t *Tab) transfer() (api.Transfer, bool) {
	if i := t.choice(); i < len(t.answer.Transfers) {
		return t.answer.Transfers[i], true
	}
	return api.Transfer{}, false
}

// end asks, and then ends the transfer or revokes the link under the cursor.
func (t *Tab) end(scr component.Screen) component.Effects {
	s, _ := scr.Current()
	ctx, engine := t.ctx, t.engine
	var question, done string
	var end func() error
	if transfer, ok := t.transfer(); ok {
		upload := transfer.Direction == "upload"
		question, done = messages.KickQuestion(transfer.Path, transfer.Client, upload), messages.Kicked(transfer.Path)
		end = func() error { return engine.Kick(ctx, s, transfer.ID) }
	} else {
		l := t.answer.Links[t.choice()-len(t.answer.Transfers)]
		question, done = messages.RevokeQuestion(l.Name), messages.Revoked(l.Name)
		end = func() error { return engine.Revoke(ctx, s, l.ID) }
	}
	return component.Open(dialogs.NewConfirm(question, func(component.Screen) component.Effects {
		return component.Run(func() tea.Msg { return component.OutcomeMsg{Text: done, Err: end()} })
	}))
}
