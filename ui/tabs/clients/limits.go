package clients

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
)

// canLimit tells whether the selected service can be given a bandwidth.
func canLimit(scr component.Screen) bool {
	s, ok := scr.Current()
	return ok && scr.Front && s.Control != "" && kind.Of(s.Kind).Offers(kind.LimitTransfers)
}

// askLimit asks for the bandwidth of all clients of the service together.
func (t *Tab) askLimit(scr component.Screen) component.Effects {
	s, _ := scr.Current()
	ctx, engine, each := t.ctx, t.engine, t.answer.Limits.Client
	return askBandwidth(s.Name, t.answer.Limits.Share, func(n int64) error {
		return engine.SetLimits(ctx, s, n, each)
	})
}

// askClientLimit asks for the bandwidth of the client under the cursor.
func (t *Tab) askClientLimit(scr component.Screen) component.Effects {
	s, _ := scr.Current()
	transfer, ok := t.transfer()
	if !ok {
		return component.Warn(messages.NoTransferChosen)
	}
	ctx, engine, client := t.ctx, t.engine, transfer.Client
	return askBandwidth(client, t.answer.Limits.Clients[client], func(n int64) error {
		return engine.SetClientLimit(ctx, s, client, n)
	})
}

// askBandwidth asks for bytes per second and sets them.
func askBandwidth(whose string, now int64, set func(bytesPerSecond int64) error) component.Effects {
	p := component.NewPrompt(messages.LimitPrompt(whose), messages.LimitHint, formatLimit(now))
	p.Keep = func(_ component.Screen, text string) component.Effects {
		n, err := parseLimit(text)
		if err != nil {
			return component.Warn(err.Error())
		}
		return component.Run(func() tea.Msg {
			return component.OutcomeMsg{Text: messages.LimitSet(whose, formatLimit(n)), Err: set(n)}
		})
	}
	return component.Ask(p)
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
		return 0, fmt.Errorf("%s", messages.NoLimit(text))
	}
	return int64(n * factor), nil
}

// formatLimit writes bytes per second as parseLimit reads them; empty for no
// limit.
func formatLimit(n int64) string {
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
