package main

import (
	"fmt"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func stateColour(s api.State) string {
	switch {
	case s.Healthy():
		return green
	case s.Unwell():
		return red
	case s.Resting():
		return dim
	}
	return yellow
}

func uptime(s api.Service) string {
	if s.PID == 0 {
		return "-"
	}
	return humanize.Span(time.Duration(s.UptimeSeconds * float64(time.Second)))
}

func rate(s api.Service) string {
	if !s.CountsRequests() {
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
	return humanize.Bytes(bytes)
}
