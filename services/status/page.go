package status

import (
	"cmp"
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/internal/htmltemplate"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

var (
	//go:embed page/page.html
	pageHTML string
	//go:embed page/style.css
	styleCSS string
	//go:embed page/live.js
	liveJS string

	//go:embed page/log.js
	logJS string
	//go:embed page/service.html
	serviceHTML string

	// Parsed when needed: most processes of this program never show a page.
	pages = sync.OnceValue(func() *htmltemplate.Template {
		return htmltemplate.MustParse(pageHTML, serviceHTML)
	})
)

// failedNamed is how many failed services are named at the top.
const failedNamed = 3

// view has the values of an instance's page.
type view struct {
	Title    string
	Instance string
	About    string
	Summary  string
	Failed   []row // the first failed services, which need a manual start
	Glyph    string
	Mood     string // a class: good, warn, bad, off
	More     bool   // there are more failed services
	Away     string // why the supervisor is unreachable
	Rows     []row
	Reload   reload
}

// page renders the whole page. host is the viewer's address for it.
func (h *hub) page(w http.ResponseWriter, r *http.Request) {
	snap, _, away := h.state()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v := newView(snap, away, r.Host)
	v.Reload = newReload(r)
	_, _ = w.Write(fill("page", v)) // fails only if the client left
}

// renderBody renders the part of the page that changes.
func renderBody(snap api.Snapshot, away error, host string) []byte {
	return fill("body", newView(snap, away, host))
}

func newView(snap api.Snapshot, away error, host string) view {
	v := view{Instance: cmp.Or(snap.Info.Instance, "ammarctl"), About: about(snap)}
	ready, failed, stopped := 0, 0, 0
	for _, s := range snap.Services {
		switch {
		case s.State.Healthy():
			ready++
		case s.State.Unwell():
			failed++
		case s.State.Resting():
			stopped++
		}
		v.Rows = append(v.Rows, newRow(s, snap.Time, host))
		if s.State.Unwell() && failed <= failedNamed {
			v.Failed = append(v.Failed, v.Rows[len(v.Rows)-1])
		}
	}
	all := len(snap.Services)
	v.More = failed > failedNamed
	switch {
	case away != nil:
		v.Away, v.Summary, v.Glyph, v.Mood = away.Error(), "reconnecting", humanize.LostGlyph(true), "warn"
	case failed > 0:
		v.Summary, v.Glyph, v.Mood = fmt.Sprintf("%d of %d failed", failed, all), api.Failed.Glyph(true), "bad"
	case all == 0 || stopped == all:
		v.Summary, v.Glyph, v.Mood = "nothing runs", api.Stopped.Glyph(true), "off"
	case ready+stopped < all:
		v.Summary, v.Glyph, v.Mood = fmt.Sprintf("%d of %d ready", ready, all-stopped), api.Degraded.Glyph(true), "warn"
	case stopped > 0:
		v.Summary, v.Glyph, v.Mood = fmt.Sprintf("%d ready, %d stopped", ready, stopped), api.Ready.Glyph(true), "good"
	default:
		v.Summary, v.Glyph, v.Mood = fmt.Sprintf("all %d ready", all), api.Ready.Glyph(true), "good"
	}
	v.Title = v.Instance + ": " + v.Summary
	return v
}

// about returns the line below the instance's name.
func about(snap api.Snapshot) string {
	var parts []string
	if len(snap.Info.Hosts) > 0 {
		parts = append(parts, "on "+snap.Info.Hosts[0])
	}
	if !snap.Info.Since.IsZero() && !snap.Time.IsZero() {
		parts = append(parts, "up "+humanize.Span(snap.Time.Sub(snap.Info.Since)))
	}
	if snap.Info.Version != "" {
		parts = append(parts, "ammarctl "+snap.Info.Version)
	}
	return strings.Join(parts, " · ")
}
