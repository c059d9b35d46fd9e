package status

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

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

	pages = template.Must(template.Must(template.New("").Parse(pageHTML)).Parse(serviceHTML))
)

// view is an instance as the page shows it.
type view struct {
	Title    string
	Instance string
	About    string
	Summary  string
	Glyph    string
	Mood     string // a class: good, warn, bad, off
	Away     string // why the supervisor is not there
	Rows     []row
}

// page renders the whole page; host is where the viewer reached it.
func (h *hub) page(w http.ResponseWriter, r *http.Request) {
	snap, _, away := h.state()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(render("page", snap, away, r.Host)) // the client left
}

// renderBody is the part of the page that changes.
func renderBody(snap api.Snapshot, away error, host string) []byte {
	return render("body", snap, away, host)
}

func render(name string, snap api.Snapshot, away error, host string) []byte {
	return fill(name, newView(snap, away, host))
}

func newView(snap api.Snapshot, away error, host string) view {
	v := view{Instance: cmp.Or(snap.Info.Instance, "ammarctl"), About: about(snap)}
	ready, failed, stopped := 0, 0, 0
	for _, s := range snap.Services {
		switch s.State {
		case api.Ready:
			ready++
		case api.Failed:
			failed++
		case api.Stopped:
			stopped++
		}
		v.Rows = append(v.Rows, newRow(s, snap.Time, host))
	}
	all := len(snap.Services)
	switch {
	case away != nil:
		v.Away, v.Summary, v.Glyph, v.Mood = away.Error(), "reconnecting", "◌", "warn"
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

// about is the line below the instance's name.
func about(snap api.Snapshot) string {
	var parts []string
	if len(snap.Info.Hosts) > 0 {
		parts = append(parts, "on "+snap.Info.Hosts[0])
	}
	if !snap.Info.Since.IsZero() && !snap.Time.IsZero() {
		parts = append(parts, "up "+duration(snap.Time.Sub(snap.Info.Since)))
	}
	if snap.Info.Version != "" {
		parts = append(parts, "ammarctl "+snap.Info.Version)
	}
	return strings.Join(parts, " · ")
}

// duration is d for a person: its two largest units.
func duration(d time.Duration) string {
	s := int(d / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", max(s, 0))
	case s < 3600:
		return fmt.Sprintf("%dm %02ds", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh %02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd %02dh", s/86400, s/3600%24)
}
