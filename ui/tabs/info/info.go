// Package info is the tab with everything that is known of the selected
// service.
package info

import (
	"context"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/address"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Tab shows facts about the selected service, and scrolls.
type Tab struct {
	ctx     context.Context
	engine  Engine
	detail  DetailMsg // of the process that is shown
	service string    // the one that top belongs to
	top     int       // the first line that is shown
}

// New makes the tab. Its questions end with ctx.
func New(ctx context.Context, e Engine) *Tab { return &Tab{ctx: ctx, engine: e} }

// About describes the tab.
func (t *Tab) About() component.About {
	return component.About{
		ID: "info", Title: "Info", Summary: "addresses, command, configuration, last exit",
		Manual: "address with its QR code, command line, configuration, last exit",
	}
}

// Keys is empty: the tab only scrolls.
func (t *Tab) Keys() []component.Key { return nil }

// Caption names the service.
func (t *Tab) Caption(scr component.Screen) (long, short string) {
	name := safe.Text(scr.Selected)
	return name, name
}

// Update asks for the configuration, once for each process.
func (t *Tab) Update(scr component.Screen, msg tea.Msg) component.Effects {
	if msg, ok := msg.(DetailMsg); ok && msg.Service == t.detail.Service && msg.PID == t.detail.PID {
		t.detail = msg
	}
	if t.service != scr.Selected {
		t.service, t.top = scr.Selected, 0
	}
	s, ok := scr.Current()
	if !scr.Front || !ok || t.detail.of(s) {
		return nil
	}
	t.detail = DetailMsg{Service: s.Name, PID: s.PID}
	return component.Run(readDetail(t.ctx, t.engine, s))
}

// Move scrolls. Keys scroll only while the tab has them, the wheel always.
func (t *Tab) Move(scr component.Screen, m component.Motion) bool {
	lines := m.Up
	switch m.Unit {
	case component.Page:
		lines *= max(1, scr.Pane.Height-1)
	case component.Wheel:
		lines *= 3
	}
	if m.Unit != component.Wheel && !scr.Focused {
		return false
	}
	t.top = max(0, min(t.top-lines, len(t.lines(scr))-scr.Pane.Height))
	return true
}

// View draws the lines that there is room for. The last one counts those below.
func (t *Tab) View(scr component.Screen) []string {
	lines, room := t.lines(scr), scr.Pane.Height
	if len(lines) <= room || room < 2 {
		return lines
	}
	lines = lines[min(t.top, len(lines)-room):]
	if below := len(lines) - room; below > 0 {
		return append(lines[:room-1:room-1], scr.Note(messages.MoreLines(below+1, scr.Focused)))
	}
	return lines
}

// lines are all facts, with the QR code of the best address at their right where
// there is room.
func (t *Tab) lines(scr component.Screen) []string {
	s, ok := scr.Current()
	if !ok {
		return nil
	}
	lines := scr.Facts(t.facts(scr, s))
	var code []string
	if url := address.Of(s, scr.Snapshot.Info.Hosts); address.Scannable(s, url) {
		code = scr.QR(url)
	}
	if len(code) == 0 || len(code) > scr.Pane.Height || scr.Width < 70 {
		return lines
	}
	side := ansi.StringWidth(code[0])
	for len(lines) < len(code) {
		lines = append(lines, "")
	}
	for i := range code {
		lines[i] = draw.Fit(lines[i], scr.Width-side-3) + " " + code[i]
	}
	return lines
}
