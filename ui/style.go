package ui

import (
	"charm.land/lipgloss/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// styles are named by what they mean. Their colours are the terminal's own,
// so that its theme is respected; nothing is said by colour alone.
type styles struct {
	title, faint, strong, heading  lipgloss.Style
	good, wait, bad, off, selected lipgloss.Style
	rule, match, key, frame        lipgloss.Style
}

func newStyles() styles {
	plain := lipgloss.NewStyle()
	colour := func(n string) lipgloss.Style { return plain.Foreground(lipgloss.Color(n)) }
	return styles{
		title:    plain.Bold(true).Foreground(lipgloss.Color("6")),
		faint:    colour("8"),
		strong:   plain.Bold(true),
		heading:  colour("8"),
		good:     colour("2"),
		wait:     colour("3"),
		bad:      plain.Bold(true).Foreground(lipgloss.Color("1")),
		off:      colour("8"),
		selected: plain.Bold(true).Foreground(lipgloss.Color("6")),
		rule:     colour("8"),
		match:    plain.Reverse(true),
		key:      plain.Bold(true),
		frame:    plain.Border(lipgloss.RoundedBorder()).BorderForeground(lipgloss.Color("6")).Padding(0, 2),
	}
}

// state is how a state looks, beside its word.
func (s styles) state(state api.State) lipgloss.Style {
	switch state {
	case api.Ready:
		return s.good
	case api.Failed:
		return s.bad
	case api.Stopped:
		return s.off
	}
	return s.wait
}

// level is how a line of this level looks.
func (s styles) level(level string) lipgloss.Style {
	switch level {
	case "ERROR":
		return s.bad
	case "WARN":
		return s.wait
	}
	return s.faint
}
