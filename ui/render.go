package ui

import (
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// render draws the whole screen: exactly height lines, none wider than width,
// in ASCII where the locale has no more.
func (m *model) render() string {
	if m.glyphs {
		return m.compose()
	}
	return safe.ASCII(m.compose())
}

func (m *model) compose() string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	if m.width < minWidth || m.height < minHeight {
		up, all := m.count()
		return ansi.Truncate(words.TooSmall(minWidth, minHeight, up, all, m.worst()), m.width, "")
	}
	l := m.layout()
	lines := m.header(l)
	if !m.zoomed {
		lines = append(lines, m.services(l)...)
		lines = append(lines, m.details(l)...)
	}
	lines = append(lines, m.tabBar())
	pane := m.pane(l)
	pane = pane[:min(len(pane), l.pane)]
	if m.lost {
		for i := range pane {
			pane[i] = m.styles.Faint.Render(ansi.Strip(pane[i]))
		}
	}
	lines = append(lines, pane...)
	for len(lines) < m.height-l.footer {
		lines = append(lines, "")
	}
	lines = append(lines[:m.height-l.footer], m.footer())
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], m.width, "…")
	}
	screen := strings.Join(lines, "\n")
	if m.dialog == nil {
		return screen
	}
	box := m.dialog.render(m)
	w, h := lipgloss.Size(box)
	x, y := max(0, (m.width-w)/2), max(0, (m.height-h)/3) // the middle
	if d, ok := m.dialog.(placed); ok {
		x, y = d.place(m.width, m.height, w, h)
	}
	return overlay(screen, box, x, y, m.width, m.height)
}

// overlay puts a box over the screen.
func overlay(screen, box string, x, y, width, height int) string {
	canvas := lipgloss.NewCompositor(lipgloss.NewLayer(screen), lipgloss.NewLayer(box).X(x).Y(y).Z(1))
	lines := strings.Split(canvas.Render(), "\n")
	lines = lines[:min(len(lines), height)]
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], width, "")
	}
	return strings.Join(lines, "\n")
}

// count is how many services serve, of how many.
func (m *model) count() (up, all int) {
	for _, s := range m.snapshot.Services {
		if s.State == api.Ready && !s.Lost {
			up++
		}
	}
	return up, len(m.snapshot.Services)
}

// worst names the service that most wants to be looked at, with its state;
// empty when all is well.
func (m *model) worst() string {
	if !m.known {
		return ""
	}
	first := slices.MinFunc(append(slices.Clone(m.snapshot.Services), api.Service{State: api.Ready}), urgent)
	if first.Name == "" || first.State == api.Ready && !first.Lost {
		return ""
	}
	return safe.Text(first.Name + " " + stateWord(first))
}

// lostMachines names the machines that do not answer.
func (m *model) lostMachines() (names []string) {
	for _, s := range m.snapshot.Services {
		if s.Lost && !slices.Contains(names, s.Host) {
			names = append(names, s.Host)
		}
	}
	return names
}

func (m *model) header(l layout) []string {
	up, all := m.count()
	left := " " + m.styles.Title.Render(words.Name)
	switch {
	case !m.ending.IsZero(): // the supervisor's going is then no loss
		left += "  " + m.styles.Wait.Render(words.StoppingAll(humanize.Span(m.now.Sub(m.ending))))
	case m.lost:
		left += "  " + m.styles.Wait.Render(words.Lost)
	case !m.known:
		left += "  " + m.styles.Faint.Render(words.Connecting)
	default:
		if name := m.snapshot.Info.Instance; name != "default" {
			left += "  " + safe.Text(name)
		}
		style := m.styles.Good
		if up < all {
			style = m.styles.Wait
		}
		left += "  " + style.Render(words.Up(up, all))
		if lost := m.lostMachines(); len(lost) > 0 {
			left += "  " + m.styles.Wait.Render(safe.Text(strings.Join(lost, ", "))+" "+words.LostMachine)
		}
		if since := m.snapshot.Info.Since; !since.IsZero() { // of several machines each has its own
			left += m.styles.Faint.Render("  " + words.Since(humanize.Span(m.now.Sub(since))))
		}
		if m.filter != "" {
			left += "  " + m.styles.Wait.Render("/"+safe.Text(m.filter))
		}
	}
	lines := []string{sides(left, m.styles.Faint.Render(m.now.Local().Format("15:04"))+" ", m.width)}
	if l.header > 1 {
		lines = append(lines, "")
	}
	return lines
}

func (m *model) services(l layout) []string {
	if m.known && len(m.rows()) > 0 {
		return m.table(l)
	}
	lines := make([]string, l.heading+l.rows)
	switch {
	case m.known && len(m.snapshot.Services) > 0:
		lines[l.heading] = "  " + m.styles.Faint.Render(words.NoneMatches)
	case m.known:
		lines[l.heading] = "  " + words.NoServices
	}
	return lines
}

// details is what there is to say of the selected service beside its row.
func (m *model) details(l layout) []string {
	more := m.unseen(l)
	if l.detail > 1 && m.welcoming() {
		return append(append([]string{more}, m.welcome()...), "")
	}
	text := ""
	if s, ok := m.current(); ok {
		text = m.about(s)
	}
	if l.detail == 1 {
		if more == "" {
			return []string{"  " + text}
		}
		return []string{sides("  "+text, more+" ", m.width)}
	}
	return []string{more, "  " + text, ""}
}

// progress is a bar for what ends at a known time at the latest: a start, a
// stop, or a drain.
func (m *model) progress(s api.Service) string {
	if s.Deadline == nil {
		return ""
	}
	begin := m.now
	switch h := m.past[s.Name]; {
	case s.State == api.Ready || s.State == api.Degraded:
		if h == nil || h.handover.IsZero() {
			return ""
		}
		begin = h.handover
	case s.StateSince != nil:
		begin = *s.StateSince
	}
	took, whole := max(0, m.now.Sub(begin)), s.Deadline.Sub(begin)
	if whole <= 0 {
		return ""
	}
	filled, empty := m.bar(took.Seconds(), whole.Seconds(), progressWidth)
	return filled + empty + " " + words.OfAtMost(humanize.Span(took), humanize.Span(whole.Round(time.Second))) + "  "
}

// progressWidth is that of the bar, in cells.
const progressWidth = 16

func (m *model) about(s api.Service) string {
	switch {
	case s.Lost:
		return m.styles.Wait.Render(safe.Text(s.Reason))
	case s.Reason != "" && s.State != api.Stopping && s.State != api.Starting:
		text := s.Reason
		switch s.State {
		case api.Stopped:
			if before, _, found := strings.Cut(text, words.StartsByCommand); found {
				text = before + words.StartsIt
			}
		case api.Failed:
			text += words.StartsAgain
		case api.Backoff:
			text += words.StartsAtOnce
		}
		return m.styles.State(s.State).Render(safe.Text(text))
	case s.Reason != "":
		return m.progress(s) + m.styles.Wait.Render(safe.Text(s.Reason))
	case s.Share != nil && len(s.Share.URLs) > 0:
		text := m.styles.Strong.Render(safe.Text(s.Share.URLs[0].URL)) + m.styles.Faint.Render("  "+words.Shares(safe.Text(s.Share.Path)))
		if s.Share.Expires != nil {
			text += m.styles.Faint.Render("  " + words.Since(humanize.Span(s.Share.Expires.Sub(m.now))))
		}
		return text
	}
	var parts []string
	if bar := m.progress(s); bar != "" {
		parts = append(parts, strings.TrimRight(bar, " "))
	}
	switch taking, seen := m.sinceHandover(s); {
	case s.NextPID != 0:
		parts = append(parts, m.styles.Wait.Render(words.TakesOver(s.NextPID, s.PID)))
	case len(s.Draining) > 0 && seen:
		parts = append(parts, m.styles.Wait.Render(words.Drains(len(s.Draining), humanize.Span(taking))))
	}
	if s.Status != "" {
		parts = append(parts, safe.Text(s.Status))
	}
	if s.P99MS > 0 {
		parts = append(parts, words.Latency(s.P50MS, s.P99MS))
	}
	if s.LastExit != nil && s.State != api.Stopped {
		parts = append(parts, words.LastExit(humanize.Span(m.now.Sub(s.LastExit.Time)), safe.Text(s.LastExit.Text)))
	}
	return m.styles.Faint.Render(strings.Join(parts, "  ·  "))
}
