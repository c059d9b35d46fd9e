package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// linesKept is how far back the log of the selected service goes on the screen.
const linesKept = 20000

// logPane shows the log of one service.
type logPane struct {
	lines     []api.LogLine
	following bool
	behind    int // lines below the screen, when not following
	fresh     int // of them, those that came since it was scrolled
	typing    bool
	search    string
	found     int // lines that match; 0 without a search
}

// add appends what came in; the view stays where it is unless it follows.
func (p *logPane) add(msg newsMsg) {
	if msg.anew {
		p.lines, p.behind, p.fresh, p.found = nil, 0, 0, 0
	}
	if msg.skipped > 0 {
		gap := api.LogLine{Level: "WARN", Msg: fmt.Sprintf("%d lines came too fast to be shown; ammarctl logs has them", msg.skipped)}
		p.lines = append(p.lines, gap)
		p.found += p.count([]api.LogLine{gap})
	}
	p.lines = append(p.lines, msg.lines...)
	p.found += p.count(msg.lines)
	if over := len(p.lines) - linesKept; over > 0 {
		p.found -= p.count(p.lines[:over])
		p.lines = append(p.lines[:0:0], p.lines[over:]...)
	}
	if !p.following {
		p.behind = min(p.behind+len(msg.lines), max(0, len(p.lines)-1))
		p.fresh += len(msg.lines)
	}
}

// scroll goes up by so many lines, down by negative ones.
func (p *logPane) scroll(up, page int) {
	if p.following {
		if up <= 0 {
			return
		}
		p.following, p.behind, p.fresh = false, 0, 0
	}
	p.behind = min(max(p.behind+up, 0), max(0, len(p.lines)-page))
	if p.behind == 0 {
		p.follow()
	}
}

func (p *logPane) follow() { p.following, p.behind, p.fresh = true, 0, 0 }

// typed takes a key of the search; page is how many lines are shown.
func (p *logPane) typed(msg tea.KeyPressMsg, page int) {
	switch msg.String() {
	case "esc":
		p.typing = false
		p.look("")
	case "enter":
		p.typing = false
		end := len(p.lines) - p.behind
		if p.count(p.lines[max(0, end-page):end]) == 0 {
			p.jump(1)
		}
	case "backspace":
		if r := []rune(p.search); len(r) > 0 {
			p.look(string(r[:len(r)-1]))
		}
	default:
		p.look(p.search + msg.Text)
	}
}

// look searches for text; nothing where it is empty. The matches are counted
// now and then kept count of: to count them anew for each frame is more work
// than the frame.
func (p *logPane) look(text string) {
	p.search = text
	p.found = p.count(p.lines)
}

// count is how many of the lines match.
func (p *logPane) count(lines []api.LogLine) (n int) {
	if p.search == "" {
		return 0
	}
	for _, l := range lines {
		if p.matches(l) {
			n++
		}
	}
	return n
}

func (p *logPane) matches(l api.LogLine) bool {
	return strings.Contains(strings.ToLower(safe(l.Raw+" "+l.Msg)), strings.ToLower(p.search))
}

// jump brings the next line that matches to the bottom of the view: upwards
// for 1, downwards for -1. After the last one comes the first.
func (p *logPane) jump(direction int) {
	if p.found == 0 {
		return
	}
	all := len(p.lines)
	at := all - 1 - p.behind
	for step := 1; step <= all; step++ {
		i := ((at-direction*step)%all + all) % all
		if p.matches(p.lines[i]) {
			p.following, p.behind = false, all-1-i
			return
		}
	}
}

// title says which part of the log is shown; short is right in fewer cells.
func (p *logPane) title(service string) (left, right, short string) {
	left = safe(service) + " log"
	if p.typing || p.search != "" {
		cursor := ""
		if p.typing {
			cursor = "▏"
		}
		left += "  /" + safe(p.search) + cursor
		left += "  " + plural(p.found, "match", "matches")
	}
	switch {
	case p.following:
		return left, "following", "follows"
	case p.fresh > 0:
		short = fmt.Sprintf("↓ %d new", p.fresh)
	default:
		short = fmt.Sprintf("%d below", p.behind)
	}
	return left, short + "  G follows", short
}

// render draws height lines, the newest at the bottom.
func (p *logPane) render(s styles, width, height int) []string {
	end := len(p.lines) - p.behind
	begin := max(0, end-height)
	out := make([]string, 0, height)
	for _, l := range p.lines[begin:end] {
		out = append(out, p.line(s, l, width))
	}
	return out
}

func (p *logPane) line(s styles, l api.LogLine, width int) string {
	var b strings.Builder
	if !l.Time.IsZero() && width >= 50 {
		b.WriteString(s.faint.Render(l.Time.Local().Format("15:04:05")) + " ")
	}
	if l.Level != "" {
		b.WriteString(s.level(l.Level).Render(fit(safe(l.Level), 5)) + " ")
	}
	b.WriteString(message(s, l))
	text := ansi.Truncate(b.String(), width, "…")
	if p.search == "" || !p.matches(l) {
		return text
	}
	return highlight(s, text, p.search)
}

// message is what the line says: a request in the words of HTTP, anything else
// as its message and fields.
func message(s styles, l api.LogLine) string {
	if text := request(s, l); text != "" {
		return text
	}
	var b strings.Builder
	b.WriteString(safe(l.Msg))
	for _, a := range l.Attrs {
		if a.Key == "by" && a.Value == "supervisor" {
			continue // the words tell
		}
		b.WriteString("  " + s.faint.Render(safe(a.Key)+"=") + safe(a.Value))
	}
	return b.String()
}

// request is the access line of a service that links server/; empty for any
// other line.
func request(s styles, l api.LogLine) string {
	if l.Msg != "request" {
		return ""
	}
	field := map[string]string{}
	for _, a := range l.Attrs {
		field[a.Key] = safe(a.Value)
	}
	if field["method"] == "" || field["status"] == "" {
		return ""
	}
	status := s.good
	switch field["status"][0] {
	case '4':
		status = s.wait
	case '5':
		status = s.bad
	}
	return fmt.Sprintf("%s %s %s  %s", status.Render(field["status"]), field["method"], field["path"],
		s.faint.Render(field["bytes"]+" B  "+field["ms"]+" ms  "+field["remote"]))
}

// highlight marks the matches of a line; the line's own colours give way.
func highlight(s styles, line, search string) string {
	plain := ansi.Strip(line)
	lower, wanted := strings.ToLower(plain), strings.ToLower(search)
	if len(lower) != len(plain) || wanted == "" {
		return line // a letter changes its length with its case; not worth a wrong cut
	}
	var b strings.Builder
	for {
		i := strings.Index(lower, wanted)
		if i < 0 {
			return b.String() + plain
		}
		b.WriteString(plain[:i] + s.match.Render(plain[i:i+len(wanted)]))
		plain, lower = plain[i+len(wanted):], lower[i+len(wanted):]
	}
}
