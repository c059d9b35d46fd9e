package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/component"
)

// tabBar is the line with the names of the tabs, and at its right the caption of
// the one in front.
type tabBar struct {
	scr         component.Screen
	titles      []string
	front       int
	long, short string // the caption
}

func newTabBar(scr component.Screen, tabs []component.Tab, front int) tabBar {
	b := tabBar{scr: scr, front: front}
	for _, t := range tabs {
		b.titles = append(b.titles, t.About().Title)
	}
	scr.Front = true
	b.long, b.short = tabs[front].Caption(scr)
	return b
}

// span is where a tab can be clicked, in cells: from <= x < to.
type span struct{ from, to int }

// view draws the bar.
func (b tabBar) view() string {
	left, right, _ := b.parts()
	style := b.scr.Styles.Heading
	if b.scr.Focused {
		style = b.scr.Styles.Selected
	}
	rule := b.scr.Rule()
	room := b.scr.Width - ansi.StringWidth(left)
	if right == "" {
		return left + style.Render(strings.Repeat(rule, max(0, room)))
	}
	room -= ansi.StringWidth(right) + 3
	return left + style.Render(strings.Repeat(rule, max(0, room))+" "+right+" "+rule)
}

// tabAt is the tab whose name is in this cell.
func (b tabBar) tabAt(x int) (tab int, ok bool) {
	_, _, spans := b.parts()
	for tab, s := range spans {
		if x >= s.from && x < s.to {
			return tab, true
		}
	}
	return 0, false
}

// The sizes of the names, the widest first.
const (
	numbersAndNames = iota
	namesOnly
	numbersOnly // but for the tab in front, which has its name
)

// parts are both sides of the bar, and where the names of the tabs are. The
// names are as wide as the caption allows.
func (b tabBar) parts() (left, right string, spans []span) {
	for _, right := range []string{b.long, b.short} {
		for size := range numbersOnly + 1 {
			left, spans := b.names(size)
			if right == "" && ansi.StringWidth(left) <= b.scr.Width ||
				ansi.StringWidth(left)+ansi.StringWidth(right)+5 <= b.scr.Width {
				return left, right, spans
			}
		}
	}
	left, spans = b.names(numbersOnly)
	return left, "", spans
}

// names is the left side of the bar.
func (b tabBar) names(size int) (text string, spans []span) {
	var line strings.Builder
	line.WriteString(b.scr.Styles.Heading.Render(b.scr.Rule()))
	at := 1
	for i, title := range b.titles {
		number := string(rune('1' + i))
		name := " " + number + " " + title + " "
		switch {
		case size == numbersOnly && i != b.front:
			name = " " + number + " "
		case size != numbersAndNames:
			name = " " + title + " "
		}
		style := b.scr.Styles.Tab
		if i == b.front {
			style = b.scr.Styles.TabOn
			if b.scr.Plain {
				name = "[" + name[1:len(name)-1] + "]"
			}
		}
		line.WriteString(style.Render(name))
		spans = append(spans, span{at, at + len(name)})
		at += len(name)
		if size == numbersAndNames && i < len(b.titles)-1 {
			line.WriteByte(' ')
			at++
		}
	}
	return line.String() + " ", spans
}
