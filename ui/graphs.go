package ui

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/chart"
	"github.com/ammarctl/ammarctl/ui/words"
)

// graph is one measure over time.
type graph struct {
	title  string
	values func(*measures) *chart.History
	show   func(float64) string
	// second is drawn in the title only: what the curve's measure goes with.
	second     string
	secondary  func(*measures) *chart.History
	style      func(*model) lipgloss.Style
	worthwhile func(api.Service) bool // nil: always
}

func hasPool(s api.Service) bool  { return s.Pool != nil }
func isCamera(s api.Service) bool { return s.Camera != nil }

func graphs() []graph {
	first := func(m *model) lipgloss.Style { return m.styles.Graph }
	other := func(m *model) lipgloss.Style { return m.styles.Graph2 }
	return []graph{
		{title: words.GraphFPS, values: func(h *measures) *chart.History { return &h.fps }, show: rate, style: first, worthwhile: isCamera,
			second: words.GraphWatching, secondary: func(h *measures) *chart.History { return &h.clients }},
		{title: words.GraphRequests, values: func(h *measures) *chart.History { return &h.requests }, show: rate, style: first, worthwhile: hasPool},
		{title: words.GraphLatency, values: func(h *measures) *chart.History { return &h.p99 }, show: milliseconds, style: other, worthwhile: hasPool,
			second: words.GraphMedian, secondary: func(h *measures) *chart.History { return &h.p50 }},
		{title: words.GraphPool, values: func(h *measures) *chart.History { return &h.busy }, show: whole, style: first, worthwhile: hasPool,
			second: words.GraphQueue, secondary: func(h *measures) *chart.History { return &h.queued }},
		{title: words.GraphBytes, values: func(h *measures) *chart.History { return &h.bytes }, show: bytesPerSecond, style: first, worthwhile: hasPool},
		{title: words.GraphCPU, values: func(h *measures) *chart.History { return &h.cpu }, show: percent, style: other},
		{title: words.GraphMemory, values: func(h *measures) *chart.History { return &h.memory }, show: memoryOrNone, style: first},
	}
}

func milliseconds(v float64) string { return fmt.Sprintf("%.1f ms", v) }
func percent(v float64) string      { return fmt.Sprintf("%.1f%%", v) }
func whole(v float64) string        { return fmt.Sprintf("%.0f", v) }

// memoryOrNone is memory with a word for none, which the table leaves blank.
func memoryOrNone(v float64) string { return cmp.Or(memory(int64(v)), "0") }

func bytesPerSecond(v float64) string { return size(v) + "/s" }

// size is a number of bytes, in units of a thousand.
func size(v float64) string {
	if v < 1000 {
		return fmt.Sprintf("%.0f B", v)
	}
	units := "kMGT"
	for v >= 999_500 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	return fmt.Sprintf("%.1f %cB", v/1000, units[0])
}

// The least that a graph is drawn in, with its title.
const (
	graphWidth  = 30
	graphHeight = 4
)

// nextSpan looks further back, or at the last minute again.
func (m *model) nextSpan() {
	if m.tab != tabGraphs {
		m.tab = tabGraphs
		return
	}
	m.span = (m.span + 1) % len(spans())
}

// graphsPane draws as many graphs as there is room for, side by side.
func (m *model) graphsPane(l layout) []string {
	s, ok := m.current()
	h := m.past[m.selected]
	if !ok || h == nil {
		return nil
	}
	var list []graph
	for _, g := range graphs() {
		if g.worthwhile == nil || g.worthwhile(s) {
			list = append(list, g)
		}
	}
	columns := min(max(1, (m.width-1)/(graphWidth+2)), len(list), 3)
	rows := min((len(list)+columns-1)/columns, max(1, l.pane/graphHeight))
	list = list[:min(len(list), columns*rows)]
	height := l.pane / rows
	if height > 12 {
		height = 12
	}
	width := (m.width-2)/columns - 2
	var out []string
	for r := 0; r < rows; r++ {
		var cells [][]string
		for _, g := range list[r*columns : min((r+1)*columns, len(list))] {
			cells = append(cells, m.graph(g, h, width, height))
		}
		for y := range cells[0] {
			var line []string
			for _, cell := range cells {
				line = append(line, fit(cell[y], width))
			}
			out = append(out, " "+strings.Join(line, "  "))
		}
	}
	return out
}

// graph draws one: a line that names it, with its value now and its highest,
// and the curve.
func (m *model) graph(g graph, h *measures, width, height int) []string {
	values := g.values(h).Values(m.span, m.now)
	top := chart.Top(values)
	head := m.styles.Strong.Render(g.title) + " " + g.show(latest(values))
	if g.secondary != nil {
		head += m.styles.Faint.Render("  "+g.second+" ") + g.show(latest(g.secondary(h).Values(m.span, m.now)))
	}
	highest := m.styles.Faint.Render(words.Highest(g.show(top)))
	if ansi.StringWidth(head)+ansi.StringWidth(highest)+1 > width {
		highest = ""
	}
	lines := []string{sides(head, highest, width)}
	space := max(1, height-2)
	if height < 4 {
		space = max(1, height-1)
	}
	for _, line := range chart.Curve(values, chart.Nice(top), width, space, m.glyphs) {
		lines = append(lines, g.style(m).Render(line))
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height]
}

// latest is the newest value that is known.
func latest(values []float64) float64 {
	for i := len(values) - 1; i >= 0; i-- {
		if !math.IsNaN(values[i]) {
			return values[i]
		}
	}
	return 0
}
