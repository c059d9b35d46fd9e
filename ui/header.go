package ui

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/table"
)

// oneLine is all that a tiny screen has room for.
func oneLine(scr component.Screen) string {
	ready, all := table.Count(scr.Snapshot.Services)
	worst := ""
	if scr.Connected {
		worst = table.Worst(scr.Snapshot.Services)
	}
	return ansi.Truncate(messages.TooSmall(component.MinWidth, component.MinHeight, ready, all, worst), scr.Width, "")
}

// header is the first line: the instance, how many services are ready, and the
// time.
func header(scr component.Screen, l layout, ending time.Time, filter string) []string {
	left := " " + scr.Styles.Title.Render(messages.Name)
	switch {
	case !ending.IsZero(): // the supervisor is expected to be gone then
		left += "  " + scr.Styles.Wait.Render(messages.StoppingAll(humanize.Span(scr.Now.Sub(ending))))
	case scr.Lost:
		left += "  " + scr.Styles.Wait.Render(messages.Lost)
	case !scr.Connected:
		left += "  " + scr.Styles.Faint.Render(messages.Connecting)
	default:
		left += instance(scr, filter)
	}
	lines := []string{draw.Sides(left, scr.Styles.Faint.Render(scr.Now.Local().Format("15:04"))+" ", scr.Width)}
	if l.header > 1 {
		lines = append(lines, "")
	}
	return lines
}

// instance describes an instance that answers.
func instance(scr component.Screen, filter string) (text string) {
	if name := scr.Snapshot.Info.Instance; name != "default" {
		text += "  " + safe.Text(name)
	}
	ready, all := table.Count(scr.Snapshot.Services)
	style := scr.Styles.Good
	if ready < all {
		style = scr.Styles.Wait
	}
	text += "  " + style.Render(messages.Up(ready, all))
	if lost := table.LostMachines(scr.Snapshot.Services); len(lost) > 0 {
		text += "  " + scr.Styles.Wait.Render(safe.Text(strings.Join(lost, ", "))+" "+messages.LostMachine)
	}
	if since := scr.Snapshot.Info.Since; !since.IsZero() { // zero for several machines: each has its own
		text += scr.Note(messages.Since(humanize.Span(scr.Now.Sub(since))))
	}
	if filter != "" {
		text += "  " + scr.Styles.Wait.Render("/"+safe.Text(filter))
	}
	return text
}

// services is the table, or why it is empty.
func services(scr component.Screen, l layout, t *table.Table) []string {
	rows := t.Rows(scr)
	if scr.Connected && len(rows) > 0 {
		shown := rows[min(l.skipped, len(rows)):min(l.skipped+l.rows, len(rows))]
		return t.View(scr, shown, l.heading > 0)
	}
	lines := make([]string, l.heading+l.rows)
	switch {
	case scr.Connected && len(scr.Snapshot.Services) > 0:
		lines[l.heading] = scr.Note(messages.NoneMatches)
	case scr.Connected:
		lines[l.heading] = "  " + messages.NoServices
	}
	return lines
}

// about is about the selected service, and about the rows that there is no room
// for.
func about(scr component.Screen, l layout, t *table.Table) []string {
	more := ""
	above, below := l.skipped, max(0, len(t.Rows(scr))-l.skipped-l.rows)
	if above > 0 || below > 0 {
		more = scr.Note(messages.Unseen(above, below))
	}
	if welcome := table.Welcome(scr); l.about > 1 && welcome != nil {
		return append(append([]string{more}, welcome...), "")
	}
	text := "  " + t.About(scr)
	switch {
	case l.about > 1:
		return []string{more, text, ""}
	case more != "":
		return []string{draw.Sides(text, more+" ", scr.Width)}
	}
	return []string{text}
}
