package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// column is one of the table's.
type column struct {
	title string
	cell  func(api.Service) string
	right bool // figures stand at the right
	// sooner columns with a higher number are left out first where the
	// terminal is narrow; 0 stays.
	sooner int
}

func (con *console) columns() []column {
	return []column{
		{"NAME", func(s api.Service) string { return s.Name }, false, 0},
		{"STATE", con.stateCell, false, 0},
		{"ADDRESS", func(s api.Service) string { return cmp.Or(s.Address(), "-") }, false, 1},
		{"UPTIME", uptime, true, 4},
		{"RESTARTS", func(s api.Service) string { return fmt.Sprint(s.Restarts) }, true, 5},
		{"REQ/S", rate, true, 3},
		{"POOL", func(s api.Service) string { return pool(s.Pool) }, true, 2},
		{"FPS", func(s api.Service) string { return fps(s.Camera) }, true, 8},
		{"CPU", percent, true, 6},
		{"MEM", func(s api.Service) string { return memory(s.RSSBytes) }, true, 7},
	}
}

func (con *console) stateCell(s api.Service) string {
	if s.Lost {
		return humanize.LostGlyph(con.unicode()) + " lost"
	}
	return s.State.Glyph(con.unicode()) + " " + string(s.State)
}

// gap is between columns.
const gap = "  "

// printTable prints services for a person, one a line, and below a service
// what there is to know about it.
func (con *console) printTable(services []api.Service, now time.Time) {
	con.printTableIn(services, now, con.width())
}

// printTableIn leaves out columns that do not fit; a width of 0 is endless.
func (con *console) printTableIn(services []api.Service, now time.Time, width int) {
	colour := con.colour(con.out)
	columns := fit(con.columns(), services, width)
	line := func(cell func(column) string, paintCell func(column, string) string) {
		var b strings.Builder
		for i, c := range columns {
			text := cell(c)
			space := strings.Repeat(" ", c.width(services)-cellsOf(text))
			if c.right {
				text = space + text
			} else if i < len(columns)-1 {
				text += space
			}
			if i > 0 {
				b.WriteString(gap)
			}
			b.WriteString(paintCell(c, text))
		}
		fmt.Fprintln(con.out, b.String())
	}
	line(func(c column) string { return c.title }, func(_ column, text string) string { return paint(colour, dim, text) })
	for _, s := range services {
		line(func(c column) string { return c.cell(s) }, func(c column, text string) string {
			if s.Lost {
				return paint(colour, dim, text)
			}
			if c.title == "STATE" {
				return paint(colour, stateColour(s.State), text)
			}
			return text
		})
		for _, remark := range remarks(s, now) {
			remark = gap + safetext.Escape(remark)
			if width > 0 {
				remark = shorten(remark, width, con.ellipsis())
			}
			fmt.Fprintln(con.out, paint(colour, dim, remark))
		}
	}
}

// fit leaves out the columns that matter least until the rest is no wider
// than width.
func fit(columns []column, services []api.Service, width int) []column {
	for width > 0 {
		total, least := -len(gap), 0
		for i, c := range columns {
			total += len(gap) + c.width(services)
			if c.sooner > columns[least].sooner {
				least = i
			}
		}
		if total <= width || columns[least].sooner == 0 {
			break
		}
		columns = slices.Delete(columns, least, least+1)
	}
	return columns
}

func (c column) width(services []api.Service) int {
	width := len(c.title)
	for _, s := range services {
		width = max(width, cellsOf(c.cell(s)))
	}
	return width
}

// remarks are what the columns do not say.
func remarks(s api.Service, now time.Time) []string {
	var lines []string
	if s.Reason != "" {
		text := s.Reason
		if s.NextStart != nil {
			text += fmt.Sprintf(", next in %.1fs", max(0, s.NextStart.Sub(now).Seconds()))
		}
		lines = append(lines, text)
	}
	if s.Status != "" && (s.Share == nil || len(s.Share.URLs) == 0) { // a share's own line says more
		lines = append(lines, s.Status)
	}
	if s.NoTakeover != "" {
		lines = append(lines, "its ports are not held while it restarts: "+s.NoTakeover)
	}
	if s.LastExit != nil && s.Reason == "" && s.Restarts > 0 {
		lines = append(lines, fmt.Sprintf("last exit %s ago: %s", humanize.Span(now.Sub(s.LastExit.Time)), s.LastExit.Text))
	}
	if s.State.Unwell() && s.LastExit != nil {
		for _, l := range s.LastExit.Lines[max(0, len(s.LastExit.Lines)-3):] {
			lines = append(lines, "| "+l)
		}
	}
	if s.Share != nil && len(s.Share.URLs) > 0 {
		lines = append(lines, s.Share.Path+" at "+s.Share.URLs[0].URL)
	}
	return lines
}
