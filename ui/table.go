package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/chart"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// column is one of the table's. Where the screen is narrow the least important
// ones are left out.
type column struct {
	title   string
	rank    int // importance; 0 is never left out
	right   bool
	cell    func(m *model, s api.Service) string
	compare func(a, b api.Service) int // nil: it is not sorted by
}

const (
	shortestName = 20 // that may be cut
	sparkWidth   = 12
	gaugeWidth   = 8
)

func columns() []column {
	return []column{
		{"NAME", 0, false, nameCell, by(func(s api.Service) string { return s.Name })},
		{"STATE", 0, false, (*model).stateCell, by(urgency)},
		{"ADDRESS", 2, false, func(_ *model, s api.Service) string { return safe.Text(s.Addr) }, by(func(s api.Service) string { return s.Addr })},
		{"UPTIME", 5, true, (*model).uptime, by(func(s api.Service) float64 { return s.UptimeSeconds })},
		{"RESTARTS", 9, true, func(_ *model, s api.Service) string { return fmt.Sprint(s.Restarts) }, by(func(s api.Service) int { return s.Restarts })},
		{"REQ/S", 1, true, requestsCell, by(func(s api.Service) float64 { return s.RequestsPerSecond })},
		{"LAST MINUTE", 10, false, (*model).sparkCell, nil},
		{"POOL", 3, true, poolCell, by(func(s api.Service) int { return busyOf(s) })},
		{"", 11, false, (*model).gaugeCell, nil},
		{"P50", 13, true, func(_ *model, s api.Service) string { return latencyCell(s.P50MS) }, by(func(s api.Service) float64 { return s.P50MS })},
		{"P99", 8, true, func(_ *model, s api.Service) string { return latencyCell(s.P99MS) }, by(func(s api.Service) float64 { return s.P99MS })},
		{"OUT", 12, true, outCell, by(func(s api.Service) float64 { return s.BytesPerSecond })},
		{"FPS", 4, true, fpsCell, by(framesOf)},
		{"CPU", 6, true, cpuCell, by(func(s api.Service) float64 { return s.CPUPercent })},
		{"MEM", 7, true, func(_ *model, s api.Service) string { return memory(s.RSSBytes) }, by(func(s api.Service) int64 { return s.RSSBytes })},
	}
}

func busyOf(s api.Service) int {
	if s.Pool == nil {
		return -1
	}
	return s.Pool.Busy + s.Pool.Queued
}

func framesOf(s api.Service) float64 {
	if s.Camera == nil {
		return -1
	}
	return s.Camera.FPS
}

// nameCell has a sign before a service whose log is merged with others.
func nameCell(m *model, s api.Service) string {
	name := safe.Text(s.Name)
	if slices.Contains(m.merged, s.Name) {
		name += " ◆"
	}
	return name
}

func latencyCell(ms float64) string {
	switch {
	case ms <= 0:
		return ""
	case ms < 10:
		return fmt.Sprintf("%.1fms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.0fms", ms)
	}
	return fmt.Sprintf("%.0fs", ms/1000)
}

func outCell(_ *model, s api.Service) string {
	if s.Pool == nil || s.BytesPerSecond <= 0 {
		return ""
	}
	return bytesPerSecond(s.BytesPerSecond)
}

// count is a time that counts seconds; the columns after it stay where they
// are when it gets or loses a digit.
func count(d time.Duration) string { return fmt.Sprintf("%-3s", humanize.Span(d)) }

// stateCell is glyph, word and a time: of what is on its way, how long it takes
// by now; in backoff, until the next start.
func (m *model) stateCell(s api.Service) string {
	if s.Lost {
		return humanize.LostGlyph(m.glyphs) + " " + words.LostMachine
	}
	text := safe.Text(string(s.State))
	taking, seen := m.sinceState(s)
	if w, busy := m.working[s.Name]; busy {
		text = w.verb + " " + count(m.now.Sub(w.since))
	} else if s.State == api.Backoff && s.NextStart != nil {
		text += " " + count(s.NextStart.Sub(m.now).Round(time.Second))
	} else if seen && (s.State == api.Starting || s.State == api.Stopping) {
		text += " " + count(taking)
	}
	return m.styles.State(s.State).Render(s.State.Glyph(m.glyphs) + " " + text)
}

func (m *model) uptime(s api.Service) string {
	if s.PID == 0 {
		return ""
	}
	return humanize.Span(time.Duration(s.UptimeSeconds*float64(time.Second)) + max(0, m.now.Sub(m.snapshot.Time)))
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
	return m.styles.Good.Render(chart.Spark(s.Rates, sparkWidth, m.glyphs))
}

func poolCell(m *model, s api.Service) string {
	if s.Pool == nil {
		return ""
	}
	text := fmt.Sprintf("%d/%d", s.Pool.Busy, s.Pool.Size)
	if s.Pool.Queued > 0 {
		text += m.styles.Wait.Render(fmt.Sprintf("+%d", s.Pool.Queued))
	}
	return text
}

func (m *model) gaugeCell(s api.Service) string {
	if s.Pool == nil {
		return ""
	}
	style := m.styles.Good
	if s.Pool.Queued > 0 {
		style = m.styles.Wait
	}
	filled, empty := chart.Bar(float64(s.Pool.Busy), float64(s.Pool.Size), gaugeWidth, m.glyphs)
	return style.Render(filled) + m.styles.Faint.Render(empty)
}

// bar is a bar in colours.
func (m *model) bar(part, whole float64, width int) (filled, empty string) {
	filled, empty = chart.Bar(part, whole, width, m.glyphs)
	return m.styles.Good.Render(filled), m.styles.Faint.Render(empty)
}

func fpsCell(m *model, s api.Service) string {
	switch {
	case s.Camera == nil:
		return ""
	case !s.Camera.Capturing:
		return m.styles.Faint.Render("idle")
	}
	return fmt.Sprintf("%.1f", s.Camera.FPS)
}

func cpuCell(_ *model, s api.Service) string {
	if s.PID == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f%%", s.CPUPercent)
}

// table draws the heading and the services that l has room for.
func (m *model) table(l layout) []string {
	rows := m.rows()
	services := rows[min(l.skipped, len(rows)):min(l.skipped+l.rows, len(rows))]
	cols := columns()
	cells, widths, visible := m.cells(cols, services)
	var out []string
	if l.heading > 0 {
		out = append(out, strings.Repeat(" ", len(marker))+m.heading(cols, widths, visible))
	}
	for i, s := range services {
		mark := strings.Repeat(" ", len(marker))
		row := line(cols, widths, visible, cells[i])
		switch {
		case m.lost || s.Lost:
			row = m.styles.Faint.Render(ansi.Strip(row))
		case s.Name == m.selected:
			row = strings.Replace(row, cells[i][0], m.styles.Selected.Render(cells[i][0]), 1)
		}
		if s.Name == m.selected {
			mark = m.styles.Selected.Render(m.pointer()) + " "
		}
		out = append(out, mark+row)
	}
	return out
}

// cells are the texts of the table, the widths of its columns, and which of
// those there is room for.
func (m *model) cells(cols []column, services []api.Service) (cells [][]string, widths []int, visible []bool) {
	cells = make([][]string, len(services))
	widths = make([]int, len(cols))
	for c := range cols {
		widths[c] = ansi.StringWidth(cols[c].title)
		if c == m.order.column {
			widths[c]++
		}
	}
	empty := make([]bool, len(cols))
	for c := range cols {
		empty[c] = cols[c].rank > 0 && len(services) > 0
	}
	for i, s := range services {
		cells[i] = make([]string, len(cols))
		for c := range cols {
			cells[i][c] = cols[c].cell(m, s)
			if c == 0 { // a long name does not take the other columns away
				cells[i][c] = ansi.Truncate(cells[i][c], max(shortestName, m.width*3/10), "…")
			}
			widths[c] = max(widths[c], ansi.StringWidth(cells[i][c]))
			empty[c] = empty[c] && cells[i][c] == ""
		}
	}
	return cells, widths, choose(cols, widths, empty, m.width-len(marker))
}

// heading names the columns, and says which one the table is sorted by.
func (m *model) heading(cols []column, widths []int, visible []bool) string {
	names := titles(cols)
	if c := m.order.column; c >= 0 && c < len(cols) {
		sign := "↑"
		if m.order.reverse {
			sign = "↓"
		}
		names[c] += sign
	}
	return m.styles.Heading.Render(line(cols, widths, visible, names))
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

// choose leaves out the columns that have nothing to say, and others until the
// rest fits.
func choose(cols []column, widths []int, empty []bool, room int) []bool {
	shown := make([]bool, len(cols))
	total := -gap
	for i := range cols {
		if shown[i] = !empty[i]; shown[i] {
			total += widths[i] + gap
		}
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
