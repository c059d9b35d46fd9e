package table

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/chart"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// column is one of the table's.
type column struct {
	title string
	// rank is the importance. Where the screen is narrow the columns with the
	// highest ranks are left out; 0 never is.
	rank    int
	right   bool // its values are numbers, at the right
	cell    func(t *Table, scr component.Screen, s api.Service) string
	compare func(a, b api.Service) int // nil: the table is not sorted by it
}

const (
	sparkWidth = 12
	gaugeWidth = 8
)

// columns lists them from left to right.
func columns() []column {
	plain := func(of func(api.Service) string) func(*Table, component.Screen, api.Service) string {
		return func(_ *Table, _ component.Screen, s api.Service) string { return of(s) }
	}
	restarts := func(s api.Service) string { return fmt.Sprint(s.Restarts) }
	return []column{
		{"NAME", 0, false, (*Table).nameCell, by(func(s api.Service) string { return s.Name })},
		{"STATE", 0, false, (*Table).stateCell, by(urgency)},
		{"ADDRESS", 2, false, plain(addressCell), by(func(s api.Service) string { return s.Addr })},
		{"UPTIME", 5, true, uptimeCell, by(func(s api.Service) float64 { return s.UptimeSeconds })},
		{"RESTARTS", 9, true, plain(restarts), by(func(s api.Service) int { return s.Restarts })},
		{"REQ/S", 1, true, plain(requestsCell), by(func(s api.Service) float64 { return s.RequestsPerSecond })},
		{"LAST MINUTE", 10, false, sparkCell, nil},
		{"POOL", 3, true, poolCell, by(busyWorkers)},
		{"", 11, false, gaugeCell, nil},
		{"P50", 13, true, plain(p50Cell), by(func(s api.Service) float64 { return s.P50MS })},
		{"P99", 8, true, plain(p99Cell), by(func(s api.Service) float64 { return s.P99MS })},
		{"OUT", 12, true, plain(outCell), by(func(s api.Service) float64 { return s.BytesPerSecond })},
		{"FPS", 4, true, fpsCell, by(framesPerSecond)},
		{"CPU", 6, true, plain(cpuCell), by(func(s api.Service) float64 { return s.CPUPercent })},
		{"MEM", 7, true, plain(memoryCell), by(func(s api.Service) int64 { return s.RSSBytes })},
	}
}

func busyWorkers(s api.Service) int {
	if s.Pool == nil {
		return -1
	}
	return s.Pool.Busy + s.Pool.Queued
}

func framesPerSecond(s api.Service) float64 {
	if s.Camera == nil {
		return -1
	}
	return s.Camera.FPS
}

// nameCell has a sign behind a service whose log is merged with others.
func (t *Table) nameCell(_ component.Screen, s api.Service) string {
	name := safe.Text(s.Name)
	if t.merged.Merged(s.Name) {
		name += " ◆"
	}
	return name
}

// passing lists the states that a service soon leaves.
func passing() []api.State {
	return []api.State{api.Starting, api.HandingOver, api.Draining, api.Stopping}
}

// stateCell is a glyph, a word and a time: how long an operation or a state has
// lasted, or in backoff how long it is until the next start.
func (t *Table) stateCell(scr component.Screen, s api.Service) string {
	if s.Lost {
		return humanize.LostGlyph(scr.Unicode) + " " + messages.LostMachine
	}
	text := safe.Text(string(s.State))
	since, seen := t.recorder.StateSince(s)
	if doing, began, busy := t.operations.Busy(s.Name); busy {
		text = doing + " " + countdown(scr.Now.Sub(began))
	} else if (s.State == api.Backoff || s.State == api.Failing) && s.NextStart != nil {
		text += " " + countdown(s.NextStart.Sub(scr.Now).Round(time.Second))
	} else if seen && slices.Contains(passing(), s.State) {
		text += " " + countdown(scr.Now.Sub(since))
	}
	return scr.Styles.State(s.State).Render(s.State.Glyph(scr.Unicode) + " " + text)
}

// countdown is a time that counts seconds. Its width is the same with one digit
// and with two, so that the columns behind it stay where they are.
func countdown(d time.Duration) string { return fmt.Sprintf("%-3s", humanize.Span(d)) }

func addressCell(s api.Service) string { return safe.Text(s.Address()) }

func uptimeCell(_ *Table, scr component.Screen, s api.Service) string { return scr.Uptime(s) }

func requestsCell(s api.Service) string {
	if !s.CountsRequests() {
		return ""
	}
	return draw.Rate(s.RequestsPerSecond)
}

func sparkCell(_ *Table, scr component.Screen, s api.Service) string {
	if !s.CountsRequests() || len(s.Rates) == 0 {
		return ""
	}
	return scr.Styles.Good.Render(chart.Spark(s.Rates, sparkWidth, scr.Unicode))
}

func poolCell(_ *Table, scr component.Screen, s api.Service) string {
	if s.Pool == nil {
		return ""
	}
	text := fmt.Sprintf("%d/%d", s.Pool.Busy, s.Pool.Size)
	if s.Pool.Queued > 0 {
		text += scr.Styles.Wait.Render(fmt.Sprintf("+%d", s.Pool.Queued))
	}
	return text
}

func gaugeCell(_ *Table, scr component.Screen, s api.Service) string {
	if s.Pool == nil {
		return ""
	}
	style := scr.Styles.Good
	if s.Pool.Queued > 0 {
		style = scr.Styles.Wait
	}
	filled, empty := chart.Bar(float64(s.Pool.Busy), float64(s.Pool.Size), gaugeWidth, scr.Unicode)
	return style.Render(filled) + scr.Styles.Faint.Render(empty)
}

func p50Cell(s api.Service) string { return latency(s.P50MS) }
func p99Cell(s api.Service) string { return latency(s.P99MS) }

func latency(ms float64) string {
	switch {
	case ms <= 0:
		return ""
	case ms < 10:
		return fmt.Sprintf("%.1fms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.0fms", ms)
	}
	return fmt.Sprintf("%.0fs", ms/1000)
}

func outCell(s api.Service) string {
	if s.Pool == nil && s.Source == "" || s.BytesPerSecond <= 0 {
		return ""
	}
	return draw.BytesPerSecond(s.BytesPerSecond)
}

func fpsCell(_ *Table, scr component.Screen, s api.Service) string {
	switch {
	case s.Camera == nil:
		return ""
	case !s.Camera.Capturing:
		return scr.Styles.Faint.Render("idle")
	}
	return fmt.Sprintf("%.1f", s.Camera.FPS)
}

func cpuCell(s api.Service) string {
	if s.PID == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f%%", s.CPUPercent)
}

func memoryCell(s api.Service) string { return draw.Memory(s.RSSBytes) }

// by makes a comparison of services from a value of each.
func by[T cmp.Ordered](of func(api.Service) T) func(a, b api.Service) int {
	return func(a, b api.Service) int { return cmp.Compare(of(a), of(b)) }
}
