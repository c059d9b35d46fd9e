package ui

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/shown"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// visitor is one address that a service's log tells of.
type visitor struct {
	host     string
	requests int
	failed   int // answers of 400 and above
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
		var remote, path, status, size string
		for _, a := range l.Attrs {
			switch a.Key {
			case "remote":
				remote = a.Value
			case "path":
				path = a.Value
			case "status":
				status = a.Value
			case "bytes":
				size = a.Value
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
		if status >= "400" {
			c.failed++
		}
		if n, err := strconv.ParseFloat(size, 64); err == nil {
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

// clientsPane tells who is being served: how many now, and whom the log names.
func (m *model) clientsPane(l layout) []string {
	s, ok := m.current()
	if !ok {
		return nil
	}
	lines := m.facts(servedNow(m, s))
	list := m.visitors.list()
	room := l.pane - len(lines) - 2
	if len(list) == 0 || room < 2 {
		return lines
	}
	lines = append(lines, "", m.visitorLine(words.VisitorHead()))
	for _, c := range list[:min(len(list), room)] {
		failed := ""
		if c.failed > 0 {
			failed = fmt.Sprint(c.failed)
		}
		lines = append(lines, m.visitorLine([6]string{safe.Text(c.host), fmt.Sprint(c.requests), failed, size(c.bytes), words.Before(shown.Span(m.now.Sub(c.last))), safe.Text(c.path)}))
	}
	if more := len(list) - room; more > 0 {
		lines[len(lines)-1] = m.styles.Faint.Render("  " + words.MoreClients(more+1))
	}
	return lines
}

// visitorLine draws one client; narrow screens leave out its last request.
func (m *model) visitorLine(cells [6]string) string {
	host := 24
	if m.width < 64 {
		host = 16
	}
	line := "  " + fit(cells[0], host) + " " + fitRight(cells[1], 8)
	if m.width >= 64 {
		line += " " + m.styles.Wait.Render(fitRight(cells[2], 7))
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
	list = append(list, fact{words.ClientsConnections, fmt.Sprintf("%d   %s %d   %s %s", s.Connections, m.styles.Faint.Render(words.ClientsStreams), s.Streams,
		m.styles.Faint.Render(words.ClientsOut), bytesPerSecond(s.BytesPerSecond))})
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
