package ui

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// fact is one line of what there is to know.
type fact struct{ what, is string }

// infoPane tells what is known of the selected service, with the QR code of
// its best address beside it where there is room.
func (m *model) infoPane(l layout) []string {
	s, ok := m.current()
	if !ok {
		return nil
	}
	lines := m.facts(m.infoOf(s))
	code := []string(nil)
	if address := addressOf(s, m.snapshot.Info.Hosts); scannable(s, address) {
		code = m.qr(address)
	}
	if len(code) == 0 || len(code) > l.pane || m.width < 70 {
		return lines
	}
	side := ansi.StringWidth(code[0])
	for len(lines) < len(code) {
		lines = append(lines, "")
	}
	for i := range code {
		lines[i] = fit(lines[i], m.width-side-3) + " " + code[i]
	}
	return lines
}

// facts draws them in two columns.
func (m *model) facts(list []fact) []string {
	width := 0
	for _, f := range list {
		width = max(width, ansi.StringWidth(f.what))
	}
	var lines []string
	for _, f := range list {
		if f.is != "" {
			lines = append(lines, "  "+m.styles.Faint.Render(fit(f.what, width))+"  "+f.is)
		}
	}
	return lines
}

func (m *model) infoOf(s api.Service) []fact {
	state := m.styles.State(s.State).Render(s.State.Glyph(m.glyphs) + " " + safe.Text(string(s.State)))
	if s.Reason != "" {
		state += "  " + safe.Text(s.Reason)
	}
	list := []fact{{words.InfoState, state}, {words.InfoKind, safe.Text(s.Kind)}}
	if s.PID != 0 {
		list = append(list, fact{words.InfoProcess, words.Pid(s.PID, m.uptime(s))})
	}
	list = append(list, fact{words.InfoStatus, safe.Text(s.Status)})
	if s.Share != nil {
		list = append(list, fact{words.InfoShares, safe.Text(s.Share.Path)})
		for i, u := range s.Share.URLs {
			what := words.InfoAddress
			if i > 0 {
				what = ""
			}
			list = append(list, fact{what, safe.Text(u.URL) + m.styles.Faint.Render("  "+safe.Text(strings.TrimSpace(u.Interface+"  "+u.Note)))})
		}
		if first, second := humanize.FingerprintLines(safe.Text(s.Share.AuthoritySHA256)); first != "" {
			list = append(list, fact{words.InfoFingerprint, first}, fact{"", second + m.styles.Faint.Render("  "+words.InfoAuthority)})
		}
		if s.Share.Expires != nil {
			list = append(list, fact{words.InfoExpires, words.In(humanize.Span(s.Share.Expires.Sub(m.now)))})
		}
	} else if address := addressOf(s, m.snapshot.Info.Hosts); address != "" {
		list = append(list, fact{words.InfoAddress, safe.Text(address)})
	}
	list = append(list, m.servingFacts(s)...)
	if e := s.LastExit; e != nil {
		list = append(list, fact{words.InfoLastExit, words.Ago(humanize.Span(m.now.Sub(e.Time)), safe.Text(e.Text))})
		for _, line := range e.Lines[max(0, len(e.Lines)-5):] {
			list = append(list, fact{"", m.styles.Faint.Render(safe.Text(line))})
		}
	}
	list = append(list, fact{words.InfoRestarts, fmt.Sprint(s.Restarts)})
	i := m.snapshot.Info
	if m.detail.service == s.Name {
		list = append(list, fact{words.InfoCommand, safe.Text(m.detail.command)})
	}
	list = append(list, fact{words.InfoConfig, safe.Text(i.Config)})
	if m.detail.service == s.Name {
		for _, line := range m.detail.table {
			list = append(list, fact{"", m.styles.Faint.Render(safe.Text(line))})
		}
	}
	return append(list, fact{words.InfoLogs, safe.Text(i.LogDir)})
}

func (m *model) servingFacts(s api.Service) []fact {
	if s.Pool == nil {
		return nil
	}
	p := s.Pool
	return []fact{
		{words.InfoPool, words.PoolIs(p.Size, p.Busy, p.Queued, p.QueueLimit, p.RejectedTotal)},
		{words.InfoRequests, words.RequestsAre(s.RequestsTotal, rate(s.RequestsPerSecond))},
	}
}

// addressOf is where another program finds the service: a share's best
// address, else what it listens on, as this machine reaches it.
func addressOf(s api.Service, hosts []string) string {
	if s.Share != nil && len(s.Share.URLs) > 0 {
		return s.Share.URLs[0].URL
	}
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if len(hosts) > 0 {
			host = hosts[0]
		}
	}
	scheme := "http://"
	if s.TLS {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port) + "/"
}

// scannable tells whether a telephone that scans the address finds somebody
// there.
func scannable(s api.Service, address string) bool {
	return address != "" && s.PID != 0 && !loopback(address)
}

// loopback tells that only this machine finds the address: no telephone that
// scans it does.
func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// qr draws the code of a text; nothing where it is too long for one.
func (m *model) qr(text string) []string {
	lines, err := humanize.QR(text, m.glyphs)
	if err != nil {
		return nil
	}
	for i := range lines {
		lines[i] = m.lightOnDark(lines[i])
	}
	return lines
}

// sinceState is how long the service is in its state, as far as was seen.
func (m *model) sinceState(s api.Service) (time.Duration, bool) {
	h := m.past[s.Name]
	if h == nil || !h.known || h.state != s.State {
		return 0, false
	}
	return m.now.Sub(h.since), true
}

// sinceHandover is how long one process has been giving way to another.
func (m *model) sinceHandover(s api.Service) (time.Duration, bool) {
	h := m.past[s.Name]
	if h == nil || h.handover.IsZero() {
		return 0, false
	}
	return m.now.Sub(h.handover), true
}
