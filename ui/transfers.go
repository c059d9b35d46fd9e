package ui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/internal/shown"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// served is what a service tells of those whom it serves, while its tab is in
// front.
type served struct {
	service   string
	visitors  []api.Visitor
	transfers []api.Transfer
	problem   string
	asking    bool   // a servedMsg is on its way
	chosen    string // the transfer under the cursor, by its ID
}

// servedMsg brings what the service told.
type servedMsg served

// askEvery is how often a service is asked.
const askEvery = time.Second

// askService asks the selected service whom it serves, while that is shown.
func (m *model) askService() tea.Cmd {
	s, ok := m.current()
	if m.tab != tabClients || m.served.asking || !ok || s.PID == 0 {
		return nil
	}
	pause := askEvery
	if m.served.service != s.Name {
		m.served, pause = served{service: s.Name}, 0
	}
	m.served.asking = true
	ctx, engine := m.ctx, m.engine
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		msg := servedMsg{service: s.Name}
		var err, err2 error
		msg.visitors, err = engine.Visitors(ctx, s)
		msg.transfers, err2 = engine.Transfers(ctx, s)
		for _, e := range []error{err, err2} {
			if e != nil {
				msg.problem = firstLine(e.Error())
			}
		}
		return msg
	}
}

func (m *model) told(msg servedMsg) {
	m.served.asking = false
	if msg.service == m.served.service {
		chosen := m.served.chosen
		m.served = served(msg)
		m.served.chosen = chosen
	}
}

// choice is the place of the chosen transfer; the first where that has ended.
func (s *served) choice() int {
	for i, t := range s.transfers {
		if t.ID == s.chosen {
			return i
		}
	}
	return 0
}

// choose moves the cursor among the transfers, up for a positive number.
func (s *served) choose(up int) {
	if n := len(s.transfers); n > 0 {
		s.chosen = s.transfers[min(max(s.choice()-up, 0), n-1)].ID
	}
}

func hasTransfers(m *model) bool {
	return m.tab == tabClients && len(m.served.transfers) > 0 && m.served.service == m.selected
}

// kick ends the chosen transfer, after a question.
func (m *model) kick() tea.Cmd {
	s, _ := m.current()
	t := m.served.transfers[m.served.choice()]
	ctx, engine := m.ctx, m.engine
	m.dialog = confirmDialog{
		question: words.KickQuestion(t.Path, t.Client, t.Direction == "upload"),
		yes: func() tea.Cmd {
			return func() tea.Msg {
				return saidMsg{words.Kicked(t.Path), engine.Kick(ctx, s, t.ID)}
			}
		},
	}
	return nil
}

// transferLines draws the transfers: how far each is, and how long it will
// still take.
func (m *model) transferLines(room int) []string {
	list := m.served.transfers
	if len(list) == 0 || room < 2 {
		return nil
	}
	lines := []string{m.styles.Heading.Render("  " + words.Plural(len(list), "transfer", "transfers"))}
	first := max(0, m.served.choice()-room+2)
	for i := first; i < min(len(list), first+room-1); i++ {
		t := list[i]
		mark := "  "
		if m.inPane && i == m.served.choice() {
			mark = m.styles.Selected.Render(m.pointer()) + " "
		}
		sign := "↓"
		if t.Direction == "upload" {
			sign = "↑"
		}
		width := min(20, max(6, m.width/6))
		far := size(float64(t.DoneBytes))
		bar := strings.Repeat(" ", width)
		if t.TotalBytes > 0 {
			filled, empty := m.bar(float64(t.DoneBytes), float64(t.TotalBytes), width)
			bar = filled + empty
			far = fmt.Sprintf("%.0f%%", 100*float64(t.DoneBytes)/float64(t.TotalBytes))
			if t.BytesPerSecond > 0 {
				rest := float64(t.TotalBytes-t.DoneBytes) / t.BytesPerSecond
				far += " " + words.Left(shown.Span(time.Duration(min(rest, 1e7)*float64(time.Second))))
			}
		}
		lines = append(lines, mark+sign+" "+bar+" "+fit(far, 16)+" "+fitRight(bytesPerSecond(t.BytesPerSecond), 11)+"  "+fit(safe.Text(t.Client), 16)+"  "+safe.Text(t.Path))
	}
	return append(lines, "")
}
