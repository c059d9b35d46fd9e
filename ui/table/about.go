package table

import (
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// About is a line about the selected service: why it is in its state and which
// key helps, otherwise its address or its latency.
func (t *Table) About(scr component.Screen) string {
	s, ok := scr.Current()
	if !ok {
		return ""
	}
	changing := s.State == api.Stopping || s.State == api.Starting
	switch {
	case s.Lost:
		return scr.Styles.Wait.Render(safe.Text(s.Reason))
	case s.State == api.Stopped && s.StoppedByHand:
		// Its reason names the command that starts it; here a key does.
		return scr.Styles.Off.Render(messages.StoppedByHand)
	case s.Reason != "" && changing:
		return t.progress(scr, s) + scr.Styles.Wait.Render(safe.Text(s.Reason))
	case s.Reason != "":
		return scr.Styles.State(s.State).Render(safe.Text(s.Reason + remedy(s)))
	case s.Share != nil && len(s.Share.URLs) > 0:
		text := scr.Styles.Strong.Render(safe.Text(s.Share.URLs[0].URL)) + scr.Note(messages.Shares(safe.Text(s.Share.Path)))
		if s.Share.Expires != nil {
			text += scr.Note(messages.Since(humanize.Span(s.Share.Expires.Sub(scr.Now))))
		}
		return text
	}
	return scr.Styles.Faint.Render(strings.Join(t.activity(scr, s), "  ·  "))
}

// remedy is the key that starts a service that does not run.
func remedy(s api.Service) string {
	switch s.State {
	case api.Failed:
		return messages.StartsAgain
	case api.Backoff, api.Failing:
		return messages.StartsAtOnce
	}
	return ""
}

// activity is what a service does that is in good order.
func (t *Table) activity(scr component.Screen, s api.Service) (parts []string) {
	if bar := t.progress(scr, s); bar != "" {
		parts = append(parts, strings.TrimRight(bar, " "))
	}
	switch since, seen := t.recorder.HandoverSince(s); {
	case s.NextPID != 0:
		parts = append(parts, scr.Styles.Wait.Render(messages.TakesOver(s.NextPID, s.PID)))
	case len(s.Draining) > 0 && seen:
		took := humanize.Span(scr.Now.Sub(since))
		parts = append(parts, scr.Styles.Wait.Render(messages.Drains(len(s.Draining), took)))
	}
	if s.Status != "" {
		parts = append(parts, safe.Text(s.Status))
	}
	if s.P99MS > 0 {
		parts = append(parts, messages.Latency(s.P50MS, s.P99MS))
	}
	if e := s.LastExit; e != nil && !s.State.Resting() {
		parts = append(parts, messages.LastExit(humanize.Span(scr.Now.Sub(e.Time)), safe.Text(e.Text)))
	}
	return parts
}

// progressWidth is the width of the bar of progress, in cells.
const progressWidth = 16

// progress is a bar for something with a deadline: a start, a stop or a
// handover. It is empty when there is no deadline.
func (t *Table) progress(scr component.Screen, s api.Service) string {
	if s.Deadline == nil {
		return ""
	}
	begin := scr.Now
	switch since, handover := t.recorder.HandoverSince(s); {
	case s.State.Serving():
		if !handover {
			return ""
		}
		begin = since
	case s.StateSince != nil:
		begin = *s.StateSince
	}
	took, whole := max(0, scr.Now.Sub(begin)), s.Deadline.Sub(begin)
	if whole <= 0 {
		return ""
	}
	limit := humanize.Span(whole.Round(time.Second))
	return scr.Bar(took.Seconds(), whole.Seconds(), progressWidth) + " " +
		messages.OfAtMost(humanize.Span(took), limit) + "  "
}
