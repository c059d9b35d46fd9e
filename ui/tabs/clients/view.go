package clients

import (
	"fmt"
	"strings"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// View draws how many clients there are now, what is being transferred, and a
// row for each client.
func (t *Tab) View(scr component.Screen) []string {
	s, ok := scr.Current()
	if !ok {
		return nil
	}
	room := scr.Pane.Height
	lines := append(scr.Facts(t.load(scr, s)), "")
	switch {
	case s.PID == 0:
		lines = []string{"", scr.Note(messages.ClientsNobody), ""}
	case saysNothing(s):
		lines = []string{"", scr.Note(messages.ClientsUnknown), ""}
	}
	if t.answer.Service == s.Name {
		if t.answer.Problem != "" {
			lines = append(lines, "  "+scr.Styles.Bad.Render(safe.Text(t.answer.Problem)))
		}
		lines = append(lines, t.transferLines(scr, (room-len(lines))/2)...)
		lines = append(lines, t.linkLines(scr, (room-len(lines))/2)...)
	}
	rows := t.rows(scr, s)
	room -= len(lines) + 1
	if len(rows) == 0 || room < 1 {
		return lines
	}
	lines = append(lines, scr.Styles.Heading.Render(rowLine(scr, messages.VisitorHead())))
	for _, row := range rows[:min(len(rows), room)] {
		lines = append(lines, rowLine(scr, row))
	}
	if more := len(rows) - room; more > 0 {
		lines[len(lines)-1] = scr.Note(messages.MoreClients(more + 1))
	}
	return lines
}

// saysNothing tells whether a service runs without telling whom it serves.
func saysNothing(s api.Service) bool {
	return s.PID != 0 && s.Pool == nil && s.Camera == nil && s.Connections == 0 && s.Streams == 0
}

// rows are the clients that the service lists, otherwise those in its log.
func (t *Tab) rows(scr component.Screen, s api.Service) [][6]string {
	var rows [][6]string
	if t.answer.Service == s.Name && len(t.answer.Visitors) > 0 {
		for _, v := range t.answer.Visitors {
			open, path := "", ""
			if v.Connections > 0 {
				open = fmt.Sprint(v.Connections)
			}
			if t.visitors.of(s.Name) {
				path = t.visitors.lastPath(v.Address)
			}
			rows = append(rows, [6]string{
				safe.Text(v.Address), fmt.Sprint(v.Requests), open, humanize.Bytes(int64(v.Bytes)),
				messages.Before(humanize.Span(scr.Now.Sub(v.Last))), safe.Text(path),
			})
		}
		return rows
	}
	if !t.visitors.of(s.Name) {
		return nil
	}
	for _, c := range t.visitors.list() {
		rows = append(rows, [6]string{
			safe.Text(c.host), fmt.Sprint(c.requests), "", humanize.Bytes(int64(c.bytes)),
			messages.Before(humanize.Span(scr.Now.Sub(c.last))), safe.Text(c.path),
		})
	}
	return rows
}

// rowLine draws one client. Narrow screens leave out some of it.
func rowLine(scr component.Screen, cells [6]string) string {
	host := 24
	if scr.Width < 64 {
		host = 16
	}
	line := "  " + draw.Fit(cells[0], host) + " " + draw.FitRight(cells[1], 8)
	if scr.Width >= 64 {
		open := draw.FitRight(cells[2], 7)
		if cells != messages.VisitorHead() {
			open = scr.Styles.Good.Render(open)
		}
		line += " " + open
	}
	line += " " + draw.FitRight(cells[3], 8) + " " + draw.FitRight(cells[4], 8)
	if scr.Width >= 80 {
		line += "  " + cells[5]
	}
	return strings.TrimRight(line, " ")
}

// load says how busy the service is at this moment.
func (t *Tab) load(scr component.Screen, s api.Service) []draw.Fact {
	var list []draw.Fact
	if s.Camera != nil {
		list = append(list, draw.Fact{Name: messages.ClientsCamera, Value: fmt.Sprint(s.Camera.Clients)})
	}
	faint := scr.Styles.Faint.Render
	connections := fmt.Sprintf("%d   %s %d", s.Connections, faint(messages.ClientsStreams), s.Streams)
	sent := draw.BytesPerSecond(max(s.BytesPerSecond, t.downloading(s.Name)))
	if scr.Width < 64 {
		list = append(list,
			draw.Fact{Name: messages.ClientsConnections, Value: connections},
			draw.Fact{Name: messages.ClientsOut, Value: sent})
	} else {
		connections += "   " + faint(messages.ClientsOut) + " " + sent
		list = append(list, draw.Fact{Name: messages.ClientsConnections, Value: connections})
	}
	if p := s.Pool; p != nil {
		list = append(list, poolFacts(scr, p)...)
	}
	return list
}

func poolFacts(scr component.Screen, p *api.Pool) []draw.Fact {
	width := min(30, max(6, scr.Width-46))
	of := func(n, limit int) string {
		return fmt.Sprintf("%s %d/%d", scr.Bar(float64(n), float64(limit), width), n, limit)
	}
	list := []draw.Fact{{Name: messages.ClientsBusy, Value: of(p.Busy, p.Size)}}
	if p.QueueLimit > 0 {
		list = append(list, draw.Fact{Name: messages.ClientsQueued, Value: of(p.Queued, p.QueueLimit)})
	}
	if p.RejectedTotal > 0 {
		rejected := scr.Styles.Bad.Render(fmt.Sprintf("%.0f", p.RejectedTotal))
		list = append(list, draw.Fact{Name: messages.ClientsRejected, Value: rejected})
	}
	return list
}
