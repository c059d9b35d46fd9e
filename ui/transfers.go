package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/internal/humanize"
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
	links     []api.Link
	limits    api.TransferLimits
	problem   string
	asking    bool   // a servedMsg is on its way
	chosen    string // what is under the cursor, a transfer or a link, by its ID
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
		var errs [4]error
		msg.visitors, errs[0] = engine.Visitors(ctx, s)
		msg.transfers, errs[1] = engine.Transfers(ctx, s)
		msg.links, errs[2] = engine.Links(ctx, s)
		msg.limits, errs[3] = engine.Limits(ctx, s)
		for _, e := range errs {
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

// ids are of all that the cursor can be on: the transfers, then the links.
func (s *served) ids() (list []string) {
	for _, t := range s.transfers {
		list = append(list, t.ID)
	}
	for _, l := range s.links {
		list = append(list, linkMark+l.ID)
	}
	return list
}

// linkMark tells a link's ID from a transfer's.
const linkMark = "link "

// choice is the place of what is chosen; the first where that has ended.
func (s *served) choice() int { return max(0, slices.Index(s.ids(), s.chosen)) }

// choose moves the cursor, up for a positive number.
func (s *served) choose(up int) {
	if ids := s.ids(); len(ids) > 0 {
		s.chosen = ids[min(max(s.choice()-up, 0), len(ids)-1)]
	}
}

// transfer is the one under the cursor; ok is false on a link.
func (s *served) transfer() (t api.Transfer, ok bool) {
	if i := s.choice(); i < len(s.transfers) {
		return s.transfers[i], true
	}
	return t, false
}

// sending is what the downloads of a service get together, in bytes a second.
// They count while they run: sooner than a supervisor, which looks seldom.
func (s *served) sending(service string) (sum float64) {
	if s.service != service {
		return 0
	}
	for _, t := range s.transfers {
		if t.Direction != "upload" {
			sum += t.BytesPerSecond
		}
	}
	return sum
}

// hasTransfers tells whether there is something to end.
func hasTransfers(m *model) bool {
	return m.tab == tabClients && len(m.served.ids()) > 0 && m.served.service == m.selected
}

// kick ends the chosen transfer, or revokes the chosen link, after a question.
func (m *model) kick() tea.Cmd {
	s, _ := m.current()
	ctx, engine := m.ctx, m.engine
	t, ok := m.served.transfer()
	question, done := words.KickQuestion(t.Path, t.Client, t.Direction == "upload"), words.Kicked(t.Path)
	end := func() error { return engine.Kick(ctx, s, t.ID) }
	if !ok {
		l := m.served.links[m.served.choice()-len(m.served.transfers)]
		question, done = words.RevokeQuestion(l.Name), words.Revoked(l.Name)
		end = func() error { return engine.Revoke(ctx, s, l.ID) }
	}
	m.dialog = confirmDialog{
		question: question,
		yes:      func() tea.Cmd { return func() tea.Msg { return saidMsg{done, end()} } },
	}
	return nil
}

// paceKnown is after how long a transfer that has no pace stands still.
const paceKnown = 2 * time.Second

// transferLines draws the transfers: how far each is, and how long it will
// still take.
func (m *model) transferLines(room int) []string {
	list := m.served.transfers
	if len(list) == 0 || room < 2 {
		return nil
	}
	head := m.styles.Heading.Render("  " + words.Plural(len(list), "transfer", "transfers"))
	if limit := m.served.limits; limit.Share > 0 || limit.Client > 0 {
		head += "  " + m.styles.Wait.Render(words.Limited(limitOf(limit.Share), limitOf(limit.Client)))
	}
	lines := []string{head}
	first := max(0, min(m.served.choice(), len(list)-1)-room+2)
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
		pace := bytesPerSecond(t.BytesPerSecond)
		if t.BytesPerSecond == 0 && m.now.Sub(t.Since) < paceKnown {
			pace = ""
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
				far += " " + words.Left(humanize.Span(time.Duration(min(rest, 1e7)*float64(time.Second))))
			}
		}
		lines = append(lines, mark+sign+" "+bar+" "+fit(far, 16)+" "+fitRight(pace, 11)+"  "+fit(safe.Text(t.Client), 16)+"  "+safe.Text(t.Path)+m.ownLimit(t))
	}
	return append(lines, "")
}

// ownLimit is what a client's bandwidth was set to.
func (m *model) ownLimit(t api.Transfer) string {
	if own := m.served.limits.Clients[t.Client]; own > 0 {
		return "  " + m.styles.Wait.Render(words.OwnLimit(limitOf(own)))
	}
	return ""
}

// linkLines lists the links, which K revokes.
func (m *model) linkLines(room int) []string {
	list := m.served.links
	if len(list) == 0 || room < 2 {
		return nil
	}
	lines := []string{m.styles.Heading.Render("  " + words.Plural(len(list), "link", "links"))}
	at := m.served.choice() - len(m.served.transfers)
	first := max(0, at-room+2)
	for i := first; i < min(len(list), first+room-1); i++ {
		l := list[i]
		mark := "  "
		if m.inPane && i == at {
			mark = m.styles.Selected.Render(m.pointer()) + " "
		}
		left := words.Forever
		if !l.Expires.IsZero() {
			left = words.EndsIn(humanize.Span(max(0, l.Expires.Sub(m.now))))
		}
		lines = append(lines, mark+fit(words.Fetched(l.Begun, l.Downloads), 18)+" "+fit(left, 16)+"  "+safe.Text(l.Name))
	}
	return append(lines, "")
}
