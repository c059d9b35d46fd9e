package ui

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// visitor is one address that a service's log tells of.
type visitor struct {
	host     string
	requests int
	bytes    float64
	last     time.Time
	path     string // of the last request
}

// visitors are the clients in the part of the log that was read.
type visitors map[string]*visitor

// maxVisitors bounds them; of more, those come in that are seen first.
const maxVisitors = 5000

// add takes in the access lines among these.
func (v visitors) add(lines []api.LogLine) {
	for i := range lines {
		l := &lines[i]
		if l.Msg != "request" {
			continue
		}
		var remote, path, sent string
		for _, a := range l.Attrs {
			switch a.Key {
			case "remote":
				remote = a.Value
			case "path":
				path = a.Value
			case "bytes":
				sent = a.Value
			}
		}
		host, _, err := net.SplitHostPort(remote)
		if err != nil {
			host = remote
		}
		c := v[host]
		if c == nil {
			if host == "" || len(v) >= maxVisitors {
				continue
			}
			c = &visitor{host: host}
			v[host] = c
		}
		c.requests++
		if n, err := strconv.ParseFloat(sent, 64); err == nil {
			c.bytes += n
		}
		if !l.Time.Before(c.last) {
			c.last, c.path = l.Time, path
		}
	}
}

// list is all of them, those seen last first.
func (v visitors) list() []*visitor {
	var all []*visitor
	for _, c := range v {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *visitor) int {
		return cmp.Or(b.last.Compare(a.last), cmp.Compare(a.host, b.host))
	})
	return all
}

// rows are the clients as they are shown: those the service tells of, else
// those its log tells of.
func (m *model) clientRows(s api.Service) [][6]string {
	var rows [][6]string
	if m.served.service == s.Name && len(m.served.visitors) > 0 {
		for _, v := range m.served.visitors {
			now := ""
			if v.Connections > 0 {
				now = fmt.Sprint(v.Connections)
			}
			rows = append(rows, [6]string{safe.Text(v.Address), fmt.Sprint(v.Requests), now, size(float64(v.Bytes)), words.Before(humanize.Span(m.now.Sub(v.Last))), m.askedFor(v.Address)})
		}
		return rows
	}
	for _, c := range m.visitors.list() {
		rows = append(rows, [6]string{safe.Text(c.host), fmt.Sprint(c.requests), "", size(c.bytes), words.Before(humanize.Span(m.now.Sub(c.last))), safe.Text(c.path)})
	}
	return rows
}

// askedFor is the last path that the log has of a client.
func (m *model) askedFor(host string) string {
	if c := m.visitors[host]; c != nil && len(m.merged) < 2 {
		return safe.Text(c.path)
	}
	return ""
}

// clientsPane tells who is being served: how many now, what is on its way, and
// to whom.
func (m *model) clientsPane(l layout) []string {
	s, ok := m.current()
	if !ok {
		return nil
	}
	lines := append(m.facts(servedNow(m, s)), "")
	switch {
	case s.PID == 0:
		lines = []string{"", m.styles.Faint.Render("  " + words.ClientsNobody), ""}
	case silent(s):
		lines = []string{"", m.styles.Faint.Render("  " + words.ClientsUnknown), ""}
	}
	if m.served.service == s.Name {
		if m.served.problem != "" {
			lines = append(lines, "  "+m.styles.Bad.Render(safe.Text(m.served.problem)))
		}
		lines = append(lines, m.transferLines((l.pane-len(lines))/2)...)
		lines = append(lines, m.linkLines((l.pane-len(lines))/2)...)
	}
	rows := m.clientRows(s)
	room := l.pane - len(lines) - 1
	if len(rows) == 0 || room < 1 {
		return lines
	}
	lines = append(lines, m.visitorLine(words.VisitorHead()))
	for _, row := range rows[:min(len(rows), room)] {
		lines = append(lines, m.visitorLine(row))
	}
	if more := len(rows) - room; more > 0 {
		lines[len(lines)-1] = m.styles.Faint.Render("  " + words.MoreClients(more+1))
	}
	return lines
}

// silent tells whether a service runs and says nothing of whom it serves.
func silent(s api.Service) bool {
	return s.PID != 0 && s.Pool == nil && s.Camera == nil && s.Connections == 0 && s.Streams == 0
}

// visitorLine draws one client; narrow screens leave out its last request.
func (m *model) visitorLine(cells [6]string) string {
	host := 24
	if m.width < 64 {
		host = 16
	}
	line := "  " + fit(cells[0], host) + " " + fitRight(cells[1], 8)
	if m.width >= 64 {
		line += " " + m.styles.Good.Render(fitRight(cells[2], 7))
	}
	line += " " + fitRight(cells[3], 8) + " " + fitRight(cells[4], 8)
	if m.width >= 80 {
		line += "  " + cells[5]
	}
	if cells == words.VisitorHead() {
		return m.styles.Heading.Render(strings.TrimRight(line, " "))
	}
	return line
}

// servedNow counts those who are served at this moment.
func servedNow(m *model, s api.Service) []fact {
	var list []fact
	if s.Camera != nil {
		list = append(list, fact{words.ClientsCamera, fmt.Sprint(s.Camera.Clients)})
	}
	connections := fmt.Sprintf("%d   %s %d", s.Connections, m.styles.Faint.Render(words.ClientsStreams), s.Streams)
	sent := bytesPerSecond(max(s.BytesPerSecond, m.served.sending(s.Name)))
	if m.width < 64 {
		list = append(list, fact{words.ClientsConnections, connections}, fact{words.ClientsOut, sent})
	} else {
		list = append(list, fact{words.ClientsConnections, connections + "   " + m.styles.Faint.Render(words.ClientsOut) + " " + sent})
	}
	if p := s.Pool; p != nil {
		width := min(30, max(6, m.width-46))
		filled, empty := m.bar(float64(p.Busy), float64(p.Size), width)
		list = append(list, fact{words.ClientsBusy, fmt.Sprintf("%s %d/%d", filled+empty, p.Busy, p.Size)})
		if p.QueueLimit > 0 {
			filled, empty = m.bar(float64(p.Queued), float64(p.QueueLimit), width)
			list = append(list, fact{words.ClientsQueued, fmt.Sprintf("%s %d/%d", filled+empty, p.Queued, p.QueueLimit)})
		}
		if p.RejectedTotal > 0 {
			list = append(list, fact{words.ClientsRejected, m.styles.Bad.Render(fmt.Sprintf("%.0f", p.RejectedTotal))})
		}
	}
	return list
}
