package status

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// row has the values of a service on the page.
type row struct {
	Name, Kind, Page  string
	State             api.State
	Glyph             string
	Addr, Link        string // Link is empty if it would not work
	AddrNote          string
	Uptime            string
	Restarts          int
	Rate, Spark, Area string // points of an SVG of 60 by 18
	Pool              *poolBar
	Latency           string
	CPU, Memory       string
	Notes, Lines      []string
	Running           bool
	Own               bool // it serves this page
}

// verb is a command for a service, enabled or not.
type verb struct {
	Name, Words string
	Hidden      bool
}

// Verbs are the commands for the service. Each stays at its place on the page: a
// button that changes under a finger would do the wrong thing.
func (r row) Verbs() []verb {
	runs := r.State.Running()
	waits := slices.Contains([]api.State{api.Backoff, api.Failing, api.Waiting, api.Scheduled, api.OnDemand}, r.State)
	start, stop := "Start", "Stop"
	if waits {
		start = "Start now"
	}
	if r.Own {
		stop = "Stop this page"
	}
	return []verb{
		{"start", start, !waits && !r.State.Resting() && r.State != api.Failed},
		{"restart", "Restart", !runs},
		{"stop", stop, !runs && !waits},
	}
}

type poolBar struct {
	api.Pool
	Percent  int
	Full     bool
	Rejected string
}

func newRow(s api.Service, now time.Time, host string) row {
	r := row{Name: s.Name, Page: detailLink(s.Name), Kind: s.Kind, State: s.State, Glyph: s.State.Glyph(true), Restarts: s.Restarts,
		Uptime: "–", Rate: "–", Latency: "–", CPU: "–", Memory: "–", Notes: notes(s, now), Running: s.PID != 0}
	r.Addr, r.Link, r.AddrNote = address(s.Addr, host)
	r.Addr += strings.TrimPrefix(s.Address(), s.Addr) // its other ports
	if s.PID == 0 {
		r.Link = "" // the service does not listen
	}
	if s.TLS && r.Link != "" {
		r.Link = "https" + strings.TrimPrefix(r.Link, "http")
	}
	if s.Kind == s.Name {
		r.Kind = ""
	}
	if s.PID != 0 {
		r.Uptime = humanize.Span(time.Duration(s.UptimeSeconds * float64(time.Second)))
		r.CPU = percent(s.CPUPercent)
		if s.RSSBytes > 0 {
			r.Memory = humanize.Bytes(s.RSSBytes)
		}
		if s.CountsRequests() || s.RequestsTotal > 0 {
			r.Rate = rate(s.RequestsPerSecond)
			r.Spark, r.Area = spark(s.Rates)
		}
		if s.P99MS > 0 {
			r.Latency = millis(s.P50MS) + " / " + millis(s.P99MS) + " ms"
		}
	}
	if s.Pool != nil && s.PID != 0 {
		p := &poolBar{Pool: *s.Pool, Full: s.Pool.Size > 0 && s.Pool.Busy >= s.Pool.Size}
		p.Percent = min(100, 100*s.Pool.Busy/max(s.Pool.Size, 1))
		if n := s.Pool.RejectedTotal; n > 0 {
			p.Rejected = strconv.FormatFloat(n, 'f', 0, 64) + " rejected"
		}
		r.Pool = p
	}
	if e := s.LastExit; e != nil && !s.State.Healthy() && !s.State.Resting() {
		r.Lines = e.Lines
	}
	return r
}

// notes returns the sentences below a service's numbers.
func notes(s api.Service, now time.Time) []string {
	var out []string
	if s.Reason != "" {
		text := s.Reason
		if s.NextStart != nil {
			text += fmt.Sprintf(", next in %.1fs", max(0, s.NextStart.Sub(now).Seconds()))
		}
		out = append(out, text)
	}
	if e := s.LastExit; e != nil && s.Reason == "" && s.Restarts > 0 {
		when := ""
		if !e.Time.IsZero() && !now.IsZero() {
			when = ", " + humanize.Span(now.Sub(e.Time)) + " ago"
		}
		out = append(out, "last exit: "+e.Text+when)
	}
	status := s.Status
	if c := s.Camera; c != nil && s.PID != 0 {
		if c.Capturing {
			status = fmt.Sprintf("%.1f frames/s, %s", c.FPS, cmp.Or(status, count(c.Clients, "client")))
		} else {
			status = "idle: the camera is released until somebody looks"
		}
	}
	if status != "" {
		out = append(out, status)
	}
	if sh := s.Share; sh != nil {
		text := "shares " + sh.Path
		if sh.Expires != nil {
			text += ", ends in " + humanize.Span(sh.Expires.Sub(now))
		}
		out = append(out, text)
	}
	if s.Streams > 0 && s.Camera == nil {
		out = append(out, count(s.Streams, "stream"))
	}
	return out
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// address returns a service's address and link for a viewer of this page at
// host. A service on all interfaces has the page's host. A link to one on
// loopback works only on this machine.
func address(addr, host string) (shown, link, note string) {
	name, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr, "", ""
	}
	viewer, _, err := net.SplitHostPort(host)
	if err != nil {
		viewer = strings.Trim(host, "[]")
	}
	ip, err := netip.ParseAddr(name)
	switch {
	case name == "" || err == nil && ip.IsUnspecified():
		if viewer == "" {
			return addr, "", ""
		}
		there := net.JoinHostPort(viewer, port)
		return there, "http://" + there + "/", "on all interfaces"
	case err == nil && ip.IsLoopback() && !isLocal(viewer):
		return addr, "", "from this machine only"
	}
	return addr, "http://" + addr + "/", ""
}

func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// spark draws rates as a line, and the area below it, in 60 by 18 units. The
// newest rate is at the right.
func spark(rates []float64) (line, area string) {
	if len(rates) < 2 || slices.Max(rates) <= 0 {
		return "", "" // a flat line has no information
	}
	if len(rates) > 60 {
		rates = rates[len(rates)-60:]
	}
	top := 1.0
	for _, v := range rates {
		top = max(top, v)
	}
	first := 60 - float64(len(rates)-1)*60/59
	var b strings.Builder
	for i, v := range rates {
		fmt.Fprintf(&b, "%.1f,%.1f ", first+float64(i)*60/59, 17-16*max(v, 0)/top)
	}
	line = strings.TrimSpace(b.String())
	return line, fmt.Sprintf("%.1f,17 %s 60,17", first, line)
}

func percent(v float64) string { return fmt.Sprintf("%.1f%%", v) }

func rate(v float64) string {
	switch {
	case v >= 10000:
		return fmt.Sprintf("%.1fk", v/1000)
	case v >= 10 || v == 0:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

func millis(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
