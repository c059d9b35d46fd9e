// Package table is the list of services, with its selection. It also describes the
// selected service, and all of them in one line.
package table

import (
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/metrics"
)

// Operations knows what is being done with services.
type Operations interface {
	// Busy tells what is being done with a service ("stopping"), and since when.
	Busy(service string) (doing string, since time.Time, busy bool)
}

// Merged knows whose logs are merged.
type Merged interface{ Merged(service string) bool }

// Table is the list of services. It owns the selection, the order and the
// filter.
type Table struct {
	operations Operations
	merged     Merged
	recorder   *metrics.Recorder

	selected string // name of the service; empty for none
	// expectedUntil is how long the selection may name a service that no snapshot
	// has: a share is made before it is in a snapshot.
	expectedUntil time.Time
	order         order
	filter        string // only services with this text are shown
}

// New makes an empty table.
func New(o Operations, m Merged, r *metrics.Recorder) *Table {
	return &Table{operations: o, merged: m, recorder: r, order: order{column: unsorted}}
}

// Selected is the name of the selected service; empty when there is none.
func (t *Table) Selected() string { return t.selected }

// Filter is the text by which the table is filtered.
func (t *Table) Filter() string { return t.filter }

// Select selects a service.
func (t *Table) Select(name string) { t.selected = name }

// newServiceWait is several times the pause between two snapshots.
const newServiceWait = 3 * time.Second

// SelectNew selects a service that the next snapshots may not have yet.
func (t *Table) SelectNew(scr component.Screen, name string) {
	t.selected, t.expectedUntil = name, scr.Now.Add(newServiceWait)
}

// Index is the row of the selected service; -1 when it is not shown.
func (t *Table) Index(scr component.Screen) int {
	return slices.IndexFunc(t.Rows(scr), func(s api.Service) bool { return s.Name == t.selected })
}

// Refresh keeps the selection on a service that exists: the same one, or the one
// in its row. before is the row of the selection in the last snapshot.
func (t *Table) Refresh(scr component.Screen, before int) {
	if _, ok := scr.Service(t.selected); ok {
		t.expectedUntil = time.Time{}
		return
	}
	if scr.Now.Before(t.expectedUntil) {
		return
	}
	t.selected = ""
	if rows := t.Rows(scr); len(rows) > 0 {
		t.selected = rows[min(max(before, 0), len(rows)-1)].Name
	} else if len(scr.Snapshot.Services) > 0 {
		t.selected = scr.Snapshot.Services[0].Name
	}
}

// Move moves the selection by rows, up for a positive number.
func (t *Table) Move(scr component.Screen, up int) {
	if rows := t.Rows(scr); len(rows) > 0 {
		t.selected = rows[min(max(t.Index(scr)-up, 0), len(rows)-1)].Name
	}
}

// Keys are the keys of the table.
func (t *Table) Keys() []component.Key {
	return []component.Key{
		{
			Keys: "/", Help: "show only some services (in the table)", Name: "Filter the services",
			Group: messages.GroupServices, When: func(scr component.Screen) bool { return !scr.Focused },
			Run: t.askFilter, Hint: component.Hint{Text: "filter", Table: 60},
		},
		{
			Keys: "o", Help: "sort by the next column", Name: "Sort by the next column",
			Group: messages.GroupServices,
			Run:   func(component.Screen) component.Effects { return t.sortNext() },
			Hint:  component.Hint{Text: "sort", Table: 65},
		},
		{
			Keys: "O", Help: "reverse the order", Name: "Reverse the order",
			Group: messages.GroupServices, Run: component.Do(t.reverseOrder),
		},
	}
}

// askFilter filters the table while the text is typed. Esc shows all services.
func (t *Table) askFilter(component.Screen) component.Effects {
	p := component.NewPrompt(messages.FilterPrompt, messages.PromptHint, t.filter)
	p.Typed = func(scr component.Screen, text string) {
		t.filter = strings.TrimSpace(text)
		if rows := t.Rows(scr); len(rows) > 0 && t.Index(scr) < 0 {
			t.selected = rows[0].Name
		}
	}
	p.Drop = func(component.Screen) { t.filter = "" }
	return component.Ask(p)
}

// DropFilter shows all services. It reports false when there is no filter.
func (t *Table) DropFilter() bool {
	had := t.filter != ""
	t.filter = ""
	return had
}

// View draws these rows, with a heading or without.
func (t *Table) View(scr component.Screen, services []api.Service, heading bool) []string {
	l := t.layout(scr, columns(), services)
	var out []string
	if heading {
		out = append(out, strings.Repeat(" ", markerWidth)+scr.Styles.Heading.Render(l.line(t.titles())))
	}
	for i, s := range services {
		row := l.line(l.cells[i])
		switch {
		case scr.Lost || s.Lost:
			row = scr.Styles.Faint.Render(ansi.Strip(row))
		case s.Name == t.selected:
			row = strings.Replace(row, l.cells[i][0], scr.Styles.Selected.Render(l.cells[i][0]), 1)
		}
		out = append(out, scr.Marker(s.Name == t.selected)+row)
	}
	return out
}

// titles are the names of the columns, with an arrow at the one that the table
// is sorted by.
func (t *Table) titles() []string {
	var titles []string
	for i, c := range columns() {
		switch {
		case i != t.order.column:
		case t.order.reverse:
			c.title += "↓"
		default:
			c.title += "↑"
		}
		titles = append(titles, c.title)
	}
	return titles
}
