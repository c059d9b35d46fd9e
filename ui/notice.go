package ui

import (
	"time"

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// notice is a sentence about what happened, in the last line for a while.
type notice struct {
	text  string
	bad   bool
	until time.Time
}

// How long notices are shown. A problem takes time to read.
const (
	noticeTime  = 4 * time.Second
	problemTime = 12 * time.Second
)

func newNotice(msg component.NotifyMsg, now time.Time) notice {
	lasts := noticeTime
	if msg.Bad {
		lasts = problemTime
	}
	return notice{msg.Text, msg.Bad, now.Add(lasts)}
}

// outcome is the notice after the result of a command: the result, or this one
// when the result says nothing.
func (n notice) outcome(msg component.OutcomeMsg, now time.Time) notice {
	switch {
	case msg.Err != nil:
		return newNotice(component.NotifyMsg{Text: safe.FirstLine(msg.Err.Error()), Bad: true}, now)
	case msg.Text != "":
		return newNotice(component.NotifyMsg{Text: msg.Text}, now)
	}
	return n
}

// view is the notice in its colour; empty when it is over.
func (n notice) view(scr component.Screen) string {
	if n.text == "" || !scr.Now.Before(n.until) {
		return ""
	}
	style := scr.Styles.Good
	if n.bad {
		style = scr.Styles.Bad
	}
	return " " + style.Render(safe.Text(n.text))
}
