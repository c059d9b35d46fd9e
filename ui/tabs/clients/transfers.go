package clients

import (
	"fmt"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// rateKnownAfter is the age from which a transfer without a rate has stalled.
// Younger ones were not measured yet.
const rateKnownAfter = 2 * time.Second

// downloading is what the downloads of a service get together, in bytes per
// second. It is newer than the supervisor's own figure, which is sampled.
func (t *Tab) downloading(service string) (sum float64) {
	if t.answer.Service != service {
		return 0
	}
	for _, transfer := range t.answer.Transfers {
		if transfer.Direction != "upload" {
			sum += transfer.BytesPerSecond
		}
	}
	return sum
}

// transferLines draws the transfers around the cursor in at most room lines.
func (t *Tab) transferLines(scr component.Screen, room int) []string {
	list := t.answer.Transfers
	if len(list) == 0 || room < 2 {
		return nil
	}
	head := scr.Styles.Heading.Render("  " + messages.Plural(len(list), "transfer", "transfers"))
	if limit := t.answer.Limits; limit.Share > 0 || limit.Client > 0 {
		head += "  " + scr.Styles.Wait.Render(messages.Limited(formatLimit(limit.Share), formatLimit(limit.Client)))
	}
	lines := []string{head}
	first := max(0, min(t.choice(), len(list)-1)-room+2)
	for i := first; i < min(len(list), first+room-1); i++ {
		lines = append(lines, scr.Marker(scr.Focused && i == t.choice())+t.transferLine(scr, list[i]))
	}
	return append(lines, "")
}

// transferLine says how far a transfer is, and how long it will still take.
func (t *Tab) transferLine(scr component.Screen, transfer api.Transfer) string {
	sign := "↓"
	if transfer.Direction == "upload" {
		sign = "↑"
	}
	rate := draw.BytesPerSecond(transfer.BytesPerSecond)
	if transfer.BytesPerSecond == 0 && scr.Now.Sub(transfer.Since) < rateKnownAfter {
		rate = ""
	}
	width := min(20, max(6, scr.Width/6))
	done := humanize.Bytes(transfer.DoneBytes)
	bar := strings.Repeat(" ", width)
	if transfer.TotalBytes > 0 {
		bar = scr.Bar(float64(transfer.DoneBytes), float64(transfer.TotalBytes), width)
		done = fmt.Sprintf("%.0f%%", 100*float64(transfer.DoneBytes)/float64(transfer.TotalBytes))
		if transfer.BytesPerSecond > 0 {
			rest := float64(transfer.TotalBytes-transfer.DoneBytes) / transfer.BytesPerSecond
			done += " " + messages.Left(humanize.Span(time.Duration(min(rest, 1e7)*float64(time.Second))))
		}
	}
	limit := ""
	if own := t.answer.Limits.Clients[transfer.Client]; own > 0 {
		limit = "  " + scr.Styles.Wait.Render(messages.OwnLimit(formatLimit(own)))
	}
	return sign + " " + bar + " " + draw.Fit(done, 16) + " " + draw.FitRight(rate, 11) + "  " +
		draw.Fit(safe.Text(transfer.Client), 16) + "  " + safe.Text(transfer.Path) + limit
}

// linkLines draws the links around the cursor in at most room lines.
func (t *Tab) linkLines(scr component.Screen, room int) []string {
	list := t.answer.Links
	if len(list) == 0 || room < 2 {
		return nil
	}
	lines := []string{scr.Styles.Heading.Render("  " + messages.Plural(len(list), "link", "links"))}
	at := t.choice() - len(t.answer.Transfers)
	first := max(0, at-room+2)
	for i := first; i < min(len(list), first+room-1); i++ {
		l := list[i]
		lasts := messages.Forever
		if !l.Expires.IsZero() {
			lasts = messages.EndsIn(humanize.Span(max(0, l.Expires.Sub(scr.Now))))
		}
		lines = append(lines, scr.Marker(scr.Focused && i == at)+
			draw.Fit(messages.Downloads(l.Begun, l.Downloads), 18)+" "+draw.Fit(lasts, 16)+"  "+safe.Text(l.Name))
	}
	return append(lines, "")
}
