package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// glyph stands for a state beside its word.
func (a *app) glyph(s api.State) string {
	pick := func(glyph, ascii string) string {
		if a.unicode() {
			return glyph
		}
		return ascii
	}
	switch s {
	case api.Ready:
		return pick("●", "*")
	case api.Stopped:
		return pick("○", "o")
	case api.Failed:
		return pick("✖", "x")
	case api.Stopping:
		return pick("■", "#")
	case api.Degraded:
		return pick("◑", "!")
	}
	return pick("◐", "~")
}

// utf8Locale looks at the variables that name the locale, by their rank.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToUpper(v)
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}

func stateColour(s api.State) string {
	switch s {
	case api.Ready:
		return green
	case api.Failed:
		return red
	case api.Stopped:
		return dim
	}
	return yellow
}

func uptime(s api.Service) string {
	if s.PID == 0 {
		return "-"
	}
	return span(time.Duration(s.UptimeSeconds * float64(time.Second)))
}

// span is a duration in its two largest units.
func span(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

func rate(s api.Service) string {
	if s.Pool == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", s.RequestsPerSecond)
}

func pool(p *api.Pool) string {
	if p == nil {
		return "-"
	}
	text := fmt.Sprintf("%d/%d", p.Busy, p.Size)
	if p.Queued > 0 {
		text += fmt.Sprintf("+%d", p.Queued)
	}
	return text
}

func fps(c *api.Camera) string {
	switch {
	case c == nil:
		return "-"
	case !c.Capturing:
		return "idle"
	}
	return fmt.Sprintf("%.1f", c.FPS)
}

func percent(s api.Service) string {
	if s.PID == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", s.CPUPercent)
}

func memory(bytes int64) string {
	if bytes <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
