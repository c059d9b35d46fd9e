package ui

import (
	"net"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// hint is a key and, in a word or two, what it does.
type hint struct{ key, what string }

// footer is the prompt, or what happened last, or the keys worth pressing.
func (m *model) footer() string {
	if m.prompt != nil {
		return m.prompt.render(m)
	}
	if m.notice.text != "" && m.now.Before(m.notice.until) {
		style := m.styles.Good
		if m.notice.bad {
			style = m.styles.Bad
		}
		return " " + style.Render(safe.Text(m.notice.text))
	}
	text, used := "", 0
	for _, h := range m.hints() {
		cells := ansi.StringWidth(h.key) + 1 + len(h.what) + 3
		if used+cells > m.width {
			break
		}
		used += cells
		text += " " + m.styles.Key.Render(h.key) + " " + m.styles.Faint.Render(h.what) + "  "
	}
	return text
}

// hints are the keys worth pressing here, the most important first.
func (m *model) hints() []hint {
	switch {
	case m.inPane && m.tab == tabLog:
		return []hint{{"?", words.HintHelp}, {"esc", words.Back}, {"/", words.HintSearch}, {"&", words.HintOnly}, {"L", words.HintLevel}, {"f", words.HintFollow},
			{"w", words.HintWrap}, {"t", words.HintTimes}, {"J", words.HintOpen}, {"y", words.HintCopy}, {"W", words.HintSave}, {"n N", words.HintMatches}}
	case m.tab == tabGraphs:
		return []hint{{"?", words.HintHelp}, {"i", words.HintSpan}, {"enter", words.HintZoom}, {"1", words.HintLog}, {"q", words.HintLeave}}
	case m.tab == tabCamera:
		return []hint{{"?", words.HintHelp}, {"c", words.HintControls}, {"enter", words.HintZoom}, {"p", words.Back}, {"s", words.HintStop}, {"r", words.HintRestart}, {"q", words.HintLeave}}
	case m.tab == tabClients && hasTransfers(m):
		return []hint{{"?", words.HintHelp}, {"tab", words.HintChoose}, {"K", words.HintEnd}, {"b B", words.HintLimit}, {"1", words.HintLog}, {"q", words.HintLeave}}
	}
	list := []hint{{"?", words.HintHelp}, {"q", words.HintLeave}, {"a", words.Share}}
	switch s, _ := m.current(); s.State {
	case api.Stopped, api.Failed:
		list = append(list, hint{"S", words.HintStart})
	case api.Backoff:
		list = append(list, hint{"S", words.HintStart}, hint{"s", words.HintStop})
	default:
		list = append(list, hint{"s", words.HintStop}, hint{"r", words.HintRestart})
	}
	return append(list, []hint{{"tab", words.HintLog}, {"/", words.HintFilter}, {"o", words.HintSort}, {"p", words.HintPreview}, {":", words.HintPalette}, {"l", words.HintMerge}, {"Q", words.HintStopAll}}...)
}

// welcoming tells whether to say what runs and what to press first: nothing
// was configured, and nothing is wrong or shared.
func (m *model) welcoming() bool {
	if !m.known || m.lost || m.snapshot.Info.Config != embedded || m.width < 64 {
		return false
	}
	s, _ := m.current()
	return s.Reason == "" && s.Share == nil
}

// embedded is what an instance without a configuration calls it.
const embedded = "embedded default"

// welcome is for the first minute.
func (m *model) welcome() []string {
	line := "  " + m.styles.Faint.Render(words.WelcomeNobody)
	for _, s := range m.snapshot.Services {
		if _, port, err := net.SplitHostPort(s.Addr); err == nil && s.Share == nil && s.PID != 0 {
			next := "  " + safe.Text(s.Name) + m.styles.Faint.Render(" http://127.0.0.1:"+safe.Text(port))
			if ansi.StringWidth(line)+ansi.StringWidth(next) > m.width {
				break
			}
			line += next
		}
	}
	keys := "  "
	for _, h := range []hint{{"a", words.WelcomeShare}, {"tab", words.WelcomeLog}, {"?", words.WelcomeKeys}} {
		keys += m.styles.Key.Render(h.key) + " " + h.what + "     "
	}
	return []string{line, keys}
}
