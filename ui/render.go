package ui

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/shown"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// render draws the whole screen: exactly height lines, none wider than width,
// in ASCII where the locale has no more.
func (m *model) render() string {
	if m.glyphs {
		return m.compose()
	}
	return ascii(m.compose())
}

func (m *model) compose() string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	if m.width < minWidth || m.height < minHeight {
		up, all := m.count()
		return ansi.Truncate(fmt.Sprintf("ammarctl needs %dx%d; %d/%d up, q leaves", minWidth, minHeight, up, all), m.width, "")
	}
	l := m.layout()
	lines := m.header(l)
	if !m.zoomed {
		lines = append(lines, m.services(l)...)
		lines = append(lines, m.details(l)...)
	}
	lines = append(lines, m.logTitle())
	lines = append(lines, m.logLines(l)...)
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
	return overlay(screen, m.dialog.render(m), m.width, m.height)
}

// overlay puts a box in the middle of the screen.
func overlay(screen, box string, width, height int) string {
	w, h := lipgloss.Size(box)
	x, y := max(0, (width-w)/2), max(0, (height-h)/3)
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
		if s.State == api.Ready {
			up++
		}
	}
	return up, len(m.snapshot.Services)
}

func (m *model) header(l layout) []string {
	up, all := m.count()
	left := " " + m.styles.title.Render("ammarctl")
	switch {
	case !m.ending.IsZero(): // the supervisor's going is then no loss
		left += "  " + m.styles.wait.Render("stopping everything "+shown.Span(m.now.Sub(m.ending)))
	case m.lost:
		left += "  " + m.styles.wait.Render("the supervisor is gone; reconnecting…")
	case !m.known:
		left += "  " + m.styles.faint.Render("connecting…")
	default:
		if name := m.snapshot.Info.Instance; name != "default" {
			left += "  " + safe(name)
		}
		style := m.styles.good
		if up < all {
			style = m.styles.wait
		}
		left += "  " + style.Render(fmt.Sprintf("%d/%d up", up, all))
		left += m.styles.faint.Render("  for " + shown.Span(m.now.Sub(m.snapshot.Info.Since)))
	}
	lines := []string{sides(left, m.styles.faint.Render(m.now.Local().Format("15:04:05"))+" ", m.width)}
	if l.header > 1 {
		lines = append(lines, "")
	}
	return lines
}

func (m *model) services(l layout) []string {
	if m.known && len(m.snapshot.Services) > 0 {
		return m.table(l)
	}
	lines := make([]string, l.heading+l.rows)
	if m.known {
		lines[l.heading] = "  no service is configured; press a to share a folder"
	}
	return lines
}

// details is what there is to say of the selected service beside its row.
func (m *model) details(l layout) []string {
	text := ""
	if s, ok := m.current(); ok {
		text = m.about(s)
	}
	if l.detail == 1 {
		return []string{"  " + text}
	}
	return []string{"", "  " + text, ""}
}

func (m *model) about(s api.Service) string {
	switch {
	case s.Reason != "" && s.State != api.Stopping:
		text := s.Reason
		if s.State == api.Failed {
			text += "; S starts it again"
		}
		return m.styles.state(s.State).Render(safe(text))
	case s.Reason != "":
		return m.styles.wait.Render(safe(s.Reason))
	case s.Share != nil && len(s.Share.URLs) > 0:
		text := m.styles.strong.Render(safe(s.Share.URLs[0].URL)) + m.styles.faint.Render("  shares "+safe(s.Share.Path))
		if s.Share.Expires != nil {
			text += m.styles.faint.Render("  for " + shown.Span(s.Share.Expires.Sub(m.now)))
		}
		return text
	}
	var parts []string
	if s.Status != "" {
		parts = append(parts, safe(s.Status))
	}
	if s.P99MS > 0 {
		parts = append(parts, fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", s.P50MS, s.P99MS))
	}
	if s.LastExit != nil && s.State != api.Stopped {
		parts = append(parts, "last exit "+shown.Span(m.now.Sub(s.LastExit.Time))+" ago: "+safe(s.LastExit.Text))
	}
	return m.styles.faint.Render(strings.Join(parts, "  ·  "))
}

func (m *model) logTitle() string {
	left, right, short := m.log.title(m.selected)
	style := m.styles.heading
	if m.inLog || m.log.typing {
		style = m.styles.selected
	}
	rule := "─"
	if !m.glyphs {
		rule = "-"
	}
	left = rule + rule + " " + left + " "
	ending := func(text string) string { return " " + text + " " + rule + rule }
	room := m.width - ansi.StringWidth(left) - ansi.StringWidth(ending(right))
	if room < 0 {
		right = short
		room = m.width - ansi.StringWidth(left) - ansi.StringWidth(ending(right))
	}
	if room < 0 {
		return style.Render(ansi.Truncate(left, m.width, "…"))
	}
	return style.Render(left + strings.Repeat(rule, room) + ending(right))
}

func (m *model) logLines(l layout) []string {
	if len(m.log.lines) > 0 {
		lines := m.log.render(m.styles, m.width-2, l.log)
		for i := range lines {
			lines[i] = " " + lines[i]
			if m.lost {
				lines[i] = m.styles.faint.Render(ansi.Strip(lines[i]))
			}
		}
		return lines
	}
	if !m.known || m.selected == "" {
		return nil
	}
	return []string{"", m.styles.faint.Render("  Nothing logged yet.")}
}

// footer is what happened last, or the keys worth pressing.
func (m *model) footer() string {
	if m.notice.text != "" && m.now.Before(m.notice.until) {
		style := m.styles.good
		if m.notice.bad {
			style = m.styles.bad
		}
		return " " + style.Render(safe(m.notice.text))
	}
	type hint struct{ key, what string }
	hints := []hint{{"?", "help"}, {"q", "leave"}, {"a", "share"}, {"s", "stop"}, {"S", "start"}, {"r", "restart"}, {"/", "search"}, {"tab", "log"}, {"Q", "stop all"}}
	if m.inLog {
		hints = []hint{{"?", "help"}, {"esc", "back"}, {"G", "follow"}, {"/", "search"}, {"n N", "next, before"}, {"enter", "zoom"}, {"q", "leave"}}
	}
	text, used := "", 0
	for _, h := range hints {
		cells := ansi.StringWidth(h.key) + 1 + len(h.what) + 3
		if used+cells > m.width {
			break
		}
		used += cells
		text += " " + m.styles.key.Render(h.key) + " " + m.styles.faint.Render(h.what) + "  "
	}
	return text
}
