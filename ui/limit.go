package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/words"
)

// hasLimits tells whether the selected service can be given a bandwidth.
func hasLimits(m *model) bool {
	s, ok := m.current()
	return ok && m.tab == tabClients && s.Control != "" && (s.Kind == "files" || s.Share != nil)
}

// askLimit asks for the bandwidth of all clients of a files service together.
func (m *model) askLimit() tea.Cmd {
	s, _ := m.current()
	p := newPrompt(words.LimitPrompt(s.Name), words.LimitHint, limitOf(m.served.limits.Share))
	p.keep = func(m *model, text string) tea.Cmd {
		n, err := parseLimit(text)
		if err != nil {
			m.say(true, "%s", err)
			return nil
		}
		ctx, engine, each := m.ctx, m.engine, m.served.limits.Client
		return func() tea.Msg {
			return saidMsg{words.LimitSet(s.Name, limitOf(n)), engine.SetLimits(ctx, s, n, each)}
		}
	}
	m.prompt = p
	return nil
}

// askClientLimit asks for the bandwidth of the client under the cursor.
func (m *model) askClientLimit() tea.Cmd {
	s, _ := m.current()
	t, ok := m.served.transfer()
	if !ok {
		m.say(true, "%s", words.NoTransferChosen)
		return nil
	}
	p := newPrompt(words.LimitPrompt(t.Client), words.LimitHint, limitOf(m.served.limits.Clients[t.Client]))
	p.keep = func(m *model, text string) tea.Cmd {
		n, err := parseLimit(text)
		if err != nil {
			m.say(true, "%s", err)
			return nil
		}
		ctx, engine := m.ctx, m.engine
		return func() tea.Msg {
			return saidMsg{words.LimitSet(t.Client, limitOf(n)), engine.SetClientLimit(ctx, s, t.Client, n)}
		}
	}
	m.prompt = p
	return nil
}

// parseLimit reads bytes per second as a person writes them: 500k, 1.5M, 0.
func parseLimit(text string) (int64, error) {
	word := strings.ToLower(strings.TrimSpace(text))
	word = strings.TrimSuffix(strings.TrimSuffix(word, "/s"), "b")
	factor := 1.0
	for unit, f := range map[string]float64{"k": 1e3, "m": 1e6, "g": 1e9} {
		if rest, ok := strings.CutSuffix(word, unit); ok {
			word, factor = strings.TrimSpace(rest), f
			break
		}
	}
	if word == "" && factor == 1 {
		return 0, nil
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil || n < 0 || math.IsNaN(n) || n*factor > 1e15 {
		return 0, fmt.Errorf("%s", words.NoLimit(text))
	}
	return int64(n * factor), nil
}

// limitOf is a bandwidth as parseLimit reads it; empty for none.
func limitOf(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n%1000 == 0:
		return fmt.Sprintf("%dk", n/1000)
	}
	return strconv.FormatInt(n, 10)
}
