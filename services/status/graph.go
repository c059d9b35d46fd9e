package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// The size of a graph in its own units.
const (
	graphWidth  = 300.0
	graphHeight = 70.0
)

// spans are the time ranges of the graphs.
func spans() []struct {
	Name  string
	Words string
	Of    time.Duration
} {
	return []struct {
		Name  string
		Words string
		Of    time.Duration
	}{{"1m", "minute", time.Minute}, {"15m", "15 minutes", 15 * time.Minute}, {"1h", "hour", time.Hour}}
}

// graph shows one measure, or two with the same scale.
type graph struct {
	Title, Top string // Top is the value at the upper edge
	Lines      []graphLine
	Label      string // for screen readers
}

// graphLine is one measure. Gaps in the measurement split it into parts.
type graphLine struct {
	Name, Class, Now string
	Parts            []string // points of an SVG
	Areas            []string
}

// measure tells how to make a graph's line from points.
type measure struct {
	name, class string
	of          func(api.Point) float64
}

// graphs draws the measures that a service has.
func graphs(s api.Service, span api.Span, words string, now time.Time, of time.Duration) []graph {
	draw := func(title string, write func(float64) string, floor float64, lines ...measure) graph {
		return newGraph(title, write, floor, lines, span, words, now, of)
	}
	var list []graph
	if s.Camera != nil {
		list = append(list, draw("Frames/s", rate, 1, measure{"", "one", func(p api.Point) float64 { return p.FPS }}))
	}
	if s.Pool != nil || s.RequestsTotal > 0 {
		list = append(list, draw("Requests/s", rate, 1, measure{"", "one",
			func(p api.Point) float64 { return p.RequestsPerSecond }}),
			draw("Latency", latency, 0.1,
				measure{"p99", "two", func(p api.Point) float64 { return p.P99MS }},
				measure{"p50", "one", func(p api.Point) float64 { return p.P50MS }}))
	}
	if s.Pool != nil {
		list = append(list, draw(fmt.Sprintf("Pool of %d", s.Pool.Size), whole, 1,
			measure{"busy", "one", func(p api.Point) float64 { return float64(p.Busy) }},
			measure{"queued", "two", func(p api.Point) float64 { return float64(p.Queued) }}),
			draw("Sent", func(v float64) string { return humanize.Bytes(int64(v)) + "/s" }, 1<<10,
				measure{"", "one", func(p api.Point) float64 { return p.BytesPerSecond }}))
	}
	return append(list,
		draw("CPU", percent, 1, measure{"", "one", func(p api.Point) float64 { return p.CPUPercent }}),
		draw("Memory", func(v float64) string { return humanize.Bytes(int64(v)) }, 1<<20,
			measure{"", "one", func(p api.Point) float64 { return float64(p.RSSBytes) }}))
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }

// latency formats a time. It is empty without requests.
func latency(v float64) string {
	if v == 0 {
		return "–"
	}
	return millis(v) + " ms"
}

func newGraph(title string, write func(float64) string, floor float64, lines []measure, span api.Span, words string,
	now time.Time, of time.Duration) graph {
	top := floor
	for _, p := range span.Points {
		for _, m := range lines {
			top = max(top, m.of(p))
		}
	}
	g := graph{Title: title, Top: write(top)}
	var spoken []string
	for _, m := range lines {
		line := graphLine{Name: m.name, Class: m.class, Now: "–"}
		for _, run := range runs(span.Points, time.Duration(span.StepSeconds*float64(time.Second))) {
			part, area := trace(run, m.of, top, now, of)
			line.Parts, line.Areas = append(line.Parts, part), append(line.Areas, area)
		}
		if n := len(span.Points); n > 0 {
			line.Now = write(m.of(span.Points[n-1]))
		}
		spoken = append(spoken, strings.TrimSpace(m.name+" "+line.Now)+" now")
		g.Lines = append(g.Lines, line)
	}
	g.Label = fmt.Sprintf("%s over the last %s: %s, at most %s", title, words, strings.Join(spoken, ", "), g.Top)
	return g
}

// runs splits points at gaps in the measurement. An idle service is measured
// only every five seconds.
func runs(points []api.Point, step time.Duration) [][]api.Point {
	apart := max(3*step, 8*time.Second)
	var out [][]api.Point
	first := 0
	for i := 1; i <= len(points); i++ {
		if i == len(points) || points[i].Time.Sub(points[i-1].Time) > apart {
			out = append(out, points[first:i])
			first = i
		}
	}
	return slices.DeleteFunc(out, func(r []api.Point) bool { return len(r) == 0 })
}

// trace returns a line and the area below it. The newest point is at the right.
func trace(points []api.Point, value func(api.Point) float64, top float64, now time.Time, of time.Duration) (line,
	area string) {
	x := func(p api.Point) float64 {
		return min(graphWidth, max(0, graphWidth*(1-float64(now.Sub(p.Time))/float64(of))))
	}
	var b strings.Builder
	for _, p := range points {
		fmt.Fprintf(&b, "%.1f,%.1f ", x(p), graphHeight-1-(graphHeight-2)*max(0, value(p))/top)
	}
	line = strings.TrimSpace(b.String())
	return line, fmt.Sprintf("%.1f,%g %s %.1f,%g", x(points[0]), graphHeight, line, x(points[len(points)-1]), graphHeight)
}
