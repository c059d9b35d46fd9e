// Package graphs is the tab with the measurements of the selected service over
// time.
package graphs

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/chart"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/metrics"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// Engine remembers measurements from before the dashboard was opened.
type Engine interface {
	// History is what was measured of a service. An empty span means all.
	History(ctx context.Context, name, span string) (api.History, error)
}

// id is the name of the tab.
const id = "graphs"

// Tab draws graphs of what a Recorder has measured.
type Tab struct {
	ctx      context.Context
	engine   Engine
	recorder *metrics.Recorder
	span     int // index in chart.Spans
}

// New makes the tab. It adds to the recorder what the engine remembers.
func New(ctx context.Context, e Engine, r *metrics.Recorder) *Tab {
	return &Tab{ctx: ctx, engine: e, recorder: r}
}

// About describes the tab.
func (t *Tab) About() component.About {
	return component.About{
		ID: id, Title: "Graphs", Summary: "graphs of the last minute, quarter of an hour, or hour",
		Manual: "requests, latency, pool, bytes, frames, CPU and memory over a minute, a quarter of an hour or an hour " +
			"(`i`); the supervisor remembers them, also from before the dashboard was opened",
	}
}

// Keys are the keys of the tab.
func (t *Tab) Keys() []component.Key {
	return []component.Key{{
		Keys: "i", Help: "how far back the graphs go", Name: "How far back graphs go", Group: messages.GroupTabs,
		Run:  t.nextSpan,
		Hint: component.Hint{Text: "how far back", Tab: 10, When: component.InFront},
	}}
}

// nextSpan looks further back, or again at the last minute.
func (t *Tab) nextSpan(scr component.Screen) component.Effects {
	if !scr.Front {
		return component.ShowTab(id)
	}
	t.span = (t.span + 1) % len(chart.Spans())
	return nil
}

// historyMsg brings what the supervisor has measured of a service.
type historyMsg struct {
	service string
	history api.History
}

// Update asks the engine once for the history of each service that is shown.
func (t *Tab) Update(scr component.Screen, msg tea.Msg) component.Effects {
	if msg, ok := msg.(historyMsg); ok {
		t.recorder.Replace(msg.service, msg.history)
	}
	m := t.recorder.Of(scr.Selected)
	if !scr.Front || m == nil || m.Asked {
		return nil
	}
	m.Asked = true
	ctx, engine, name := t.ctx, t.engine, scr.Selected
	return component.Run(func() tea.Msg {
		history, err := engine.History(ctx, name, "")
		if err != nil {
			return nil // the graphs show what the dashboard has measured itself
		}
		return historyMsg{name, history}
	})
}

// Caption names the service and how far back the graphs go.
func (t *Tab) Caption(scr component.Screen) (long, short string) {
	span := chart.Spans()[t.span].Name
	return safe.Text(scr.Selected) + "  " + span, span
}

// graph is one measure over time.
type graph struct {
	title string
	of    func(*metrics.Service) *chart.History
	show  func(float64) string
	style func(*theme.Styles) lipgloss.Style
	// companion is a measure that is shown in the title only, with its name.
	companion     func(*metrics.Service) *chart.History
	companionName string
	applies       func(api.Service) bool // nil: to every service
}

func hasPool(s api.Service) bool   { return s.Pool != nil }
func hasCamera(s api.Service) bool { return s.Camera != nil }

// graphs lists all graphs, the most important first.
func graphs() []graph {
	first := func(s *theme.Styles) lipgloss.Style { return s.Graph }
	second := func(s *theme.Styles) lipgloss.Style { return s.Graph2 }
	return []graph{
		{
			title: "frames/s", of: func(m *metrics.Service) *chart.History { return &m.FPS },
			show: draw.Rate, style: first, applies: hasCamera,
			companionName: "watching", companion: func(m *metrics.Service) *chart.History { return &m.Clients },
		},
		{
			title: "requests/s", of: func(m *metrics.Service) *chart.History { return &m.Requests },
			show: draw.Rate, style: first, applies: hasPool,
		},
		{
			title: "p99", of: func(m *metrics.Service) *chart.History { return &m.P99 },
			show: milliseconds, style: second, applies: hasPool,
			companionName: "p50", companion: func(m *metrics.Service) *chart.History { return &m.P50 },
		},
		{
			title: "busy workers", of: func(m *metrics.Service) *chart.History { return &m.Busy },
			show: whole, style: first, applies: hasPool,
			companionName: "queued", companion: func(m *metrics.Service) *chart.History { return &m.Queued },
		},
		{
			title: "sent", of: func(m *metrics.Service) *chart.History { return &m.Bytes },
			show: draw.BytesPerSecond, style: first, applies: hasPool,
		},
		{
			title: "CPU", of: func(m *metrics.Service) *chart.History { return &m.CPU },
			show: percent, style: second,
		},
		{
			title: "memory", of: func(m *metrics.Service) *chart.History { return &m.Memory },
			show: memoryOrZero, style: first,
		},
	}
}

func milliseconds(v float64) string { return fmt.Sprintf("%.1f ms", v) }
func percent(v float64) string      { return fmt.Sprintf("%.1f%%", v) }
func whole(v float64) string        { return fmt.Sprintf("%.0f", v) }

// memoryOrZero is draw.Memory with a figure for none.
func memoryOrZero(v float64) string { return cmp.Or(draw.Memory(int64(v)), "0") }

// The smallest size in which a graph is drawn, with its title.
const (
	minWidth  = 30
	minHeight = 4
	maxHeight = 12
)

// View draws as many graphs as there is room for, in up to three columns.
func (t *Tab) View(scr component.Screen) []string {
	s, ok := scr.Current()
	m := t.recorder.Of(scr.Selected)
	if !ok || m == nil {
		return nil
	}
	var list []graph
	for _, g := range graphs() {
		if g.applies == nil || g.applies(s) {
			list = append(list, g)
		}
	}
	columns := min(max(1, (scr.Width-1)/(minWidth+2)), len(list), 3)
	rows := min((len(list)+columns-1)/columns, max(1, scr.Pane.Height/minHeight))
	list = list[:min(len(list), columns*rows)]
	height := min(scr.Pane.Height/rows, maxHeight)
	width := (scr.Width-2)/columns - 2
	var lines []string
	for r := 0; r < rows; r++ {
		var cells [][]string
		for _, g := range list[r*columns : min((r+1)*columns, len(list))] {
			cells = append(cells, t.graph(scr, g, m, width, height))
		}
		for y := range cells[0] {
			var line []string
			for _, cell := range cells {
				line = append(line, draw.Fit(cell[y], width))
			}
			lines = append(lines, " "+strings.Join(line, "  "))
		}
	}
	return lines
}

// graph draws one: a line with its name, its value now and its highest value,
// and the curve.
func (t *Tab) graph(scr component.Screen, g graph, m *metrics.Service, width, height int) []string {
	values := g.of(m).Values(t.span, scr.Now)
	top := chart.Top(values)
	head := scr.Styles.Strong.Render(g.title) + " " + g.show(latest(values))
	if g.companion != nil {
		value := latest(g.companion(m).Values(t.span, scr.Now))
		head += scr.Styles.Faint.Render("  "+g.companionName+" ") + g.show(value)
	}
	highest := scr.Styles.Faint.Render("max " + g.show(top))
	if ansi.StringWidth(head)+ansi.StringWidth(highest)+1 > width {
		highest = ""
	}
	lines := []string{draw.Sides(head, highest, width)}
	space := max(1, height-2)
	if height < minHeight {
		space = max(1, height-1)
	}
	for _, line := range chart.Curve(values, chart.Nice(top), width, space, scr.Unicode) {
		lines = append(lines, g.style(scr.Styles).Render(line))
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height]
}

// latest is the newest value that is known, or 0.
func latest(values []float64) float64 {
	for i := len(values) - 1; i >= 0; i-- {
		if !math.IsNaN(values[i]) {
			return values[i]
		}
	}
	return 0
}
