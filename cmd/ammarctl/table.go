package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// printTable prints services for a person, one a line, and below a service
// what there is to know about it.
func (a *app) printTable(services []api.Service, now time.Time) {
	colour := a.colour(a.out)
	rows := [][]string{{"NAME", "STATE", "ADDRESS", "UPTIME", "RESTARTS", "REQ/S", "POOL", "FPS", "CPU", "MEM"}}
	for _, s := range services {
		rows = append(rows, []string{
			s.Name, a.glyph(s.State) + " " + string(s.State), s.Addr, uptime(s), fmt.Sprint(s.Restarts),
			rate(s), pool(s.Pool), fps(s.Camera), percent(s), memory(s.RSSBytes),
		})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			if i >= 3 { // figures stand at the right
				cell = space + cell
			} else {
				cell += space
			}
			switch {
			case n == 0:
				cell = paint(colour, dim, cell)
			case i == 1:
				cell = paint(colour, stateColour(services[n-1].State), cell)
			}
			b.WriteString(cell + "  ")
		}
		fmt.Fprintln(a.out, strings.TrimRight(b.String(), " "))
		if n > 0 {
			for _, line := range remarks(services[n-1], now) {
				fmt.Fprintln(a.out, paint(colour, dim, "  "+safe(line)))
			}
		}
	}
}

// remarks are what the columns do not say.
func remarks(s api.Service, now time.Time) []string {
	var lines []string
	if s.Reason != "" {
		text := s.Reason
		if s.NextStart != nil {
			text += fmt.Sprintf(", next in %.1fs", max(0, s.NextStart.Sub(now).Seconds()))
		}
		lines = append(lines, text)
	}
	if s.Status != "" {
		lines = append(lines, s.Status)
	}
	if s.LastExit != nil && s.Reason == "" && s.Restarts > 0 {
		lines = append(lines, fmt.Sprintf("last exit %s ago: %s", span(now.Sub(s.LastExit.Time)), s.LastExit.Text))
	}
	if s.State == api.Failed && s.LastExit != nil {
		for _, l := range s.LastExit.Lines[max(0, len(s.LastExit.Lines)-3):] {
			lines = append(lines, "| "+l)
		}
	}
	if s.Share != nil && len(s.Share.URLs) > 0 {
		lines = append(lines, s.Share.Path+" at "+s.Share.URLs[0].URL)
	}
	return lines
}

// glyph stands for a state beside its word.
func (a *app) glyph(s api.State) string {
	unicode := !a.plain && utf8Locale(a.getenv)
	pick := func(glyph, ascii string) string {
		if unicode {
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
