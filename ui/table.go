package ui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/shown"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// column is one of the table's. Where the screen is narrow the least important
// ones are left out.
type column struct {
	title string
	rank  int // importance; 0 is never left out
	right bool
	cell  func(m *model, s api.Service) string
}

const (
	sparkWidth = 12
	gaugeWidth = 8
)

func columns() []column {
	return []column{
		{title: "NAME", cell: func(_ *model, s api.Service) string { return safe(s.Name) }},
		{title: "STATE", cell: (*model).stateCell},
		{title: "ADDRESS", rank: 2, cell: func(_ *model, s api.Service) string { return safe(s.Addr) }},
		{title: "UPTIME", rank: 5, right: true, cell: func(m *model, s api.Service) string { return m.uptime(s) }},
		{title: "RESTARTS", rank: 8, right: true, cell: func(_ *model, s api.Service) string { return fmt.Sprint(s.Restarts) }},
		{title: "REQ/S", rank: 1, right: true, cell: requestsCell},
		{title: "LAST MINUTE", rank: 9, cell: (*model).sparkCell},
		{title: "POOL", rank: 3, right: true, cell: poolCell},
		{title: "", rank: 10, cell: (*model).gaugeCell},
		{title: "FPS", rank: 4, right: true, cell: fpsCell},
		{title: "CPU", rank: 6, right: true, cell: cpuCell},
		{title: "MEM", rank: 7, right: true, cell: func(_ *model, s api.Service) string { return memory(s.RSSBytes) }},
	}
}

// stateCell is glyph, word and, in backoff, the time until the next start.
func (m *model) stateCell(s api.Service) string {
	text := safe(string(s.State))
	if w, busy := m.working[s.Name]; busy {
		text = w.verb + " " + shown.Span(m.now.Sub(w.since))
	} else if s.State == api.Backoff && s.NextStart != nil {
		text += fmt.Sprintf(" %.0fs", max(0, s.NextStart.Sub(m.now).Seconds()))
	}
	return m.styles.state(s.State).Render(shown.Glyph(s.State, m.glyphs) + " " + text)
}

func (m *model) uptime(s api.Service) string {
	if s.PID == 0 {
		return ""
	}
	return shown.Span(time.Duration(s.UptimeSeconds*float64(time.Second)) + max(0, m.now.Sub(m.snapshot.Time)))
}

func requestsCell(_ *model, s api.Service) string {
	if s.Pool == nil {
		return ""
	}
	return rate(s.RequestsPerSecond)
}

func (m *model) sparkCell(s api.Service) string {
	if s.Pool == nil || len(s.Rates) == 0 {
		return ""
	}
	return m.styles.good.Render(sparkline(s.Rates, sparkWidth, m.glyphs))
}

func poolCell(m *model, s api.Service) string {
	if s.Pool == nil {
		return ""
	}
	text := fmt.Sprintf("%d/%d", s.Pool.Busy, s.Pool.Size)
	if s.Pool.Queued > 0 {
		text += m.styles.wait.Render(fmt.Sprintf("+%d", s.Pool.Queued))
	}
	return text
}

func (m *model) gaugeCell(s api.Service) string {
	if s.Pool == nil {
		return ""
	}
	filled, empty := gauge(s.Pool.Busy, s.Pool.Size, gaugeWidth, m.glyphs)
	style := m.styles.good
	if s.Pool.Queued > 0 {
		style = m.styles.wait
	}
	return style.Render(filled) + m.styles.faint.Render(empty)
}

func fpsCell(m *model, s api.Service) string {
	switch {
	case s.Camera == nil:
		return ""
	case !s.Camera.Capturing:
		return m.styles.faint.Render("idle")
	}
	return fmt.Sprintf("%.1f", s.Camera.FPS)
}

func cpuCell(_ *model, s api.Service) string {
	if s.PID == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f%%", s.CPUPercent)
}

// table draws the heading and the services that l has room for.
func (m *model) table(l layout) []string {
	services := m.snapshot.Services[l.skipped:min(l.skipped+l.rows, len(m.snapshot.Services))]
	cols := columns()
	cells := make([][]string, len(services))
	widths := make([]int, len(cols))
	for c := range cols {
		widths[c] = ansi.StringWidth(cols[c].title)
	}
	for i, s := range services {
		cells[i] = make([]string, len(cols))
		for c := range cols {
			cells[i][c] = cols[c].cell(m, s)
			widths[c] = max(widths[c], ansi.StringWidth(cells[i][c]))
		}
	}
	shown := choose(cols, widths, m.width-len(marker))
	var out []string
	if l.heading > 0 {
		out = append(out, m.styles.heading.Render(strings.Repeat(" ", len(marker))+line(cols, widths, shown, titles(cols))))
	}
	for i, s := range services {
		mark := strings.Repeat(" ", len(marker))
		row := line(cols, widths, shown, cells[i])
		switch {
		case m.lost:
			row = m.styles.faint.Render(ansi.Strip(row))
		case s.Name == m.selected:
			row = strings.Replace(row, cells[i][0], m.styles.strong.Render(cells[i][0]), 1)
		}
		if s.Name == m.selected {
			mark = m.styles.selected.Render(m.pointer()) + " "
		}
		out = append(out, mark+row)
	}
	return out
}

// marker is as wide as what stands before a row.
const marker = "> "

func (m *model) pointer() string {
	if m.glyphs {
		return "▸"
	}
	return ">"
}

func titles(cols []column) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.title
	}
	return out
}

// gap is between two columns.
const gap = 2

// choose leaves out columns until the rest fits.
func choose(cols []column, widths []int, room int) []bool {
	shown := make([]bool, len(cols))
	total := -gap
	for i := range cols {
		shown[i] = true
		total += widths[i] + gap
	}
	for total > room {
		worst := -1
		for i, c := range cols {
			if shown[i] && c.rank > 0 && (worst < 0 || c.rank > cols[worst].rank) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		shown[worst] = false
		total -= widths[worst] + gap
	}
	return shown
}

func line(cols []column, widths []int, shown []bool, cells []string) string {
	var parts []string
	for i, c := range cols {
		switch {
		case !shown[i]:
		case c.right:
			parts = append(parts, fitRight(cells[i], widths[i]))
		default:
			parts = append(parts, fit(cells[i], widths[i]))
		}
	}
	return strings.Join(parts, strings.Repeat(" ", gap))
}
