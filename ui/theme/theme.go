// Package theme names the styles of the dashboard by their meaning. Colour is
// never the only sign: each state also has a glyph and a word.
package theme

import (
	"charm.land/lipgloss/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Styles are one theme. They are large and never changed, so everyone shares a
// pointer to them.
type Styles struct {
	Name string

	Title, Strong, Faint, Heading, Key  lipgloss.Style
	Good, Wait, Bad, Off                lipgloss.Style
	Selected, Match, Tab, TabOn, Marked lipgloss.Style
	Graph, Graph2                       lipgloss.Style
	Frame                               lipgloss.Style
	// Names are the colours of services where their lines are mixed.
	Names []lipgloss.Style
}

// Names lists the themes. The first one is the default.
func Names() []string { return []string{"terminal", "contrast", "colour-blind"} }

// Named is the theme of this name, or the first one.
func Named(name string) *Styles {
	switch name {
	case "contrast":
		return contrast()
	case "colour-blind":
		return colourBlind()
	}
	return terminal()
}

// After is the next theme. The first one follows the last.
func After(name string) *Styles {
	names := Names()
	for i, n := range names {
		if n == name {
			return Named(names[(i+1)%len(names)])
		}
	}
	return terminal()
}

func colour(n string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(n)) }

// terminal uses the terminal's own sixteen colours, so that its theme is
// respected, dark or light.
func terminal() *Styles {
	plain := lipgloss.NewStyle()
	return &Styles{
		Name:  "terminal",
		Title: colour("6").Bold(true), Strong: plain.Bold(true), Faint: colour("8"), Heading: colour("8"),
		Key:  plain.Bold(true),
		Good: colour("2"), Wait: colour("3"), Bad: colour("1").Bold(true), Off: colour("8"),
		Selected: colour("6").Bold(true), Match: plain.Reverse(true), Tab: colour("8"),
		TabOn: colour("6").Bold(true).Reverse(true), Marked: colour("5"),
		Graph: colour("6"), Graph2: colour("3"),
		Frame: plain.Border(lipgloss.RoundedBorder()).BorderForeground(lipgloss.Color("6")).Padding(0, 2),
		Names: []lipgloss.Style{colour("6"), colour("5"), colour("4"), colour("2"), colour("3"), colour("14"),
			colour("13"), colour("12")},
	}
}

// OnLight is the theme for a light background, on which cyan is hard to read.
func (s *Styles) OnLight() *Styles {
	if s.Name != "terminal" {
		return s
	}
	light := *s
	blue := lipgloss.Color("4")
	light.Title, light.Selected = s.Title.Foreground(blue), s.Selected.Foreground(blue)
	light.TabOn = s.TabOn.Foreground(blue)
	light.Graph, light.Frame = s.Graph.Foreground(blue), s.Frame.BorderForeground(blue)
	light.Names = s.Names[1:]
	return &light
}

// contrast has nothing dimmed: for a projector, the sun, and weak eyes.
func contrast() *Styles {
	plain := lipgloss.NewStyle()
	return &Styles{
		Name:  "contrast",
		Title: plain.Bold(true), Strong: plain.Bold(true), Faint: plain, Heading: plain.Bold(true).Underline(true),
		Key:  plain.Bold(true).Underline(true),
		Good: colour("10").Bold(true), Wait: colour("11").Bold(true), Bad: colour("9").Bold(true).Reverse(true), Off: plain,
		Selected: plain.Bold(true).Reverse(true), Match: plain.Reverse(true), Tab: plain,
		TabOn: plain.Bold(true).Reverse(true), Marked: colour("13").Bold(true),
		Graph: colour("14").Bold(true), Graph2: colour("11").Bold(true),
		Frame: plain.Border(lipgloss.ThickBorder()).Padding(0, 2),
		Names: []lipgloss.Style{colour("14").Bold(true), colour("13").Bold(true), colour("11").Bold(true),
			colour("10").Bold(true)},
	}
}

// colourBlind shows good and bad in blue and orange, from the palette of Okabe and
// Ito. People with every kind of colour vision can distinguish them.
func colourBlind() *Styles {
	s := terminal()
	s.Name = "colour-blind"
	const blue, orange, vermilion, purple, yellow = "#56B4E9", "#E69F00", "#D55E00", "#CC79A7", "#F0E442"
	s.Title, s.Selected, s.Graph = colour(blue).Bold(true), colour(blue).Bold(true), colour(blue)
	s.TabOn = colour(blue).Bold(true).Reverse(true)
	s.Good, s.Wait, s.Bad = colour(blue), colour(yellow), colour(orange).Bold(true).Underline(true)
	s.Graph2, s.Marked = colour(orange), colour(purple)
	s.Frame = s.Frame.BorderForeground(lipgloss.Color(blue))
	s.Names = []lipgloss.Style{
		colour(blue), colour(orange), colour(purple), colour(yellow), colour(vermilion), lipgloss.NewStyle().Bold(true),
	}
	return s
}

// State is the style of a state.
func (s *Styles) State(state api.State) lipgloss.Style {
	switch {
	case state.Healthy():
		return s.Good
	case state.Unwell():
		return s.Bad
	case state.Resting():
		return s.Off
	}
	return s.Wait
}

// Level is the style of the level of a log line.
func (s *Styles) Level(level string) lipgloss.Style {
	switch level {
	case "ERROR":
		return s.Bad
	case "WARN":
		return s.Wait
	}
	return s.Faint
}

// Service is the style of the nth of several services.
func (s *Styles) Service(n int) lipgloss.Style { return s.Names[n%len(s.Names)] }
