package ui

import (
	"math"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// points are as the supervisor keeps them: one for each step up to the clock.
func points(step time.Duration, value float64) (list []api.Point) {
	for k := 59; k >= 0; k-- {
		list = append(list, api.Point{Time: clock.Add(-time.Duration(k) * step).Truncate(step), RequestsPerSecond: value,
			CPUPercent: value})
	}
	return list
}

func TestGraphsBeginBeforeTheDashboard(t *testing.T) {
	m, f := desk(t, 120, 40, three())
	f.history = []api.Span{
		{Name: "1m", StepSeconds: 1, Points: points(time.Second, 1)},
		{Name: "15m", StepSeconds: 15, Points: points(15*time.Second, 2)},
		{Name: "1h", StepSeconds: 60, Points: points(time.Minute, 3)},
	}
	press(m, "2")
	h := m.recorder.Of(m.table.Selected())
	hour := h.Requests.Values(2, clock)
	if got := hour[2]; got != 3 {
		t.Errorf("an hour ago there were %v requests/s, want 3", got)
	}
	if got := hour[len(hour)-1]; got != 1 && got != 12.5 {
		t.Errorf("now there are %v requests/s", got)
	}
	quarter := h.CPU.Values(1, clock)
	if got := quarter[2]; got != 2 {
		t.Errorf("a quarter of an hour ago the processor was at %v, want 2", got)
	}
	for _, v := range h.Requests.Values(0, clock)[20:] {
		if math.IsNaN(v) {
			t.Fatalf("the last minute has a gap: %v", h.Requests.Values(0, clock))
		}
	}
	press(m, "1", "2")
	if f.historyAsked != 1 {
		t.Errorf("the history is asked for %d times", f.historyAsked)
	}
}

func TestASupervisorWithoutHistoryLeavesWhatWasSeen(t *testing.T) {
	m, _ := desk(t, 120, 40, three())
	press(m, "2")
	if got := m.recorder.Of(m.table.Selected()).CPU.Values(0, clock); math.IsNaN(got[len(got)-1]) {
		t.Error("what was seen is forgotten")
	}
}
