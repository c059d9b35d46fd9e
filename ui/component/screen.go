// Package component declares the common types of the dashboard's parts: tabs,
// dialogs and prompts. A part declares its keys, reads messages, and makes requests.
//
// A part never reaches into the dashboard. It is handed a Screen to read and
// returns Effects: commands to run, and requests such as NotifyMsg and OpenMsg.
package component

import (
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/draw"
)

// The smallest terminal on which more than one line is drawn, in cells.
const (
	MinWidth  = 32
	MinHeight = 8
)

// Screen is the dashboard at one moment, as a part of it may read it. Nothing
// in it may be changed.
type Screen struct {
	draw.Look

	Now           time.Time
	Width, Height int  // of the terminal, in cells
	Pane          Pane // where the tab in front is drawn
	Front         bool // the part is a tab, and in front
	Focused       bool // the keys go to the tab in front, and not to the table
	Covered       bool // a dialog is open
	Blurred       bool // the terminal's window does not have the keyboard

	Connected bool // a snapshot has come
	Lost      bool // the supervisor does not answer at the moment
	Snapshot  api.Snapshot
	Selected  string // the name of the selected service; empty for none
}

// Pane is the part of the terminal in which a tab is drawn. It is as wide as
// the terminal.
type Pane struct{ Top, Height int }

// Service is the service of this name in the snapshot.
func (s Screen) Service(name string) (api.Service, bool) {
	for _, svc := range s.Snapshot.Services {
		if svc.Name == name {
			return svc, true
		}
	}
	return api.Service{}, false
}

// Current is the selected service. It is false while the snapshot does not have
// it.
func (s Screen) Current() (api.Service, bool) { return s.Service(s.Selected) }

// TooSmall tells whether the terminal has room for one line only.
func (s Screen) TooSmall() bool { return s.Width < MinWidth || s.Height < MinHeight }

// Uptime is how long the process of a service has run; empty when it has none.
func (s Screen) Uptime(svc api.Service) string {
	if svc.PID == 0 {
		return ""
	}
	sinceSnapshot := max(0, s.Now.Sub(s.Snapshot.Time))
	return humanize.Span(time.Duration(svc.UptimeSeconds*float64(time.Second)) + sinceSnapshot)
}

// Embedded tells whether the instance runs without a configuration file.
func (s Screen) Embedded() bool { return s.Snapshot.Info.Config == embedded }

// embedded is what an instance without a configuration file calls it.
const embedded = "embedded default"
