package info

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Engine is what the tab asks of an instance.
type Engine interface {
	// Settings is the configuration of a service that is in force, less what
	// people may not see.
	Settings(ctx context.Context, name string) ([]api.Setting, error)
}

// DetailMsg is the answer to a question about one process of a service.
type DetailMsg struct {
	Service string
	PID     int
	Table   []string // the keys that are not at their defaults, as "key = value"
}

// of tells whether the details belong to the service's current process.
func (d DetailMsg) of(s api.Service) bool { return d.Service == s.Name && d.PID == s.PID }

// readDetail is the command that asks for the configuration of a service. The
// file is not read: it holds secrets, and may have been edited since.
func readDetail(ctx context.Context, engine Engine, s api.Service) tea.Cmd {
	detail := DetailMsg{Service: s.Name, PID: s.PID}
	return func() tea.Msg {
		settings, err := engine.Settings(ctx, s.Name)
		if err != nil {
			return detail // the tab does without
		}
		for _, set := range settings {
			if !set.Default {
				detail.Table = append(detail.Table, set.Key+" = "+set.Value)
			}
		}
		return detail
	}
}
