package history

import (
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/sample"
)

var start = time.Unix(1_700_000_000-1_700_000_000%3600, 0)

func spanOf(t *testing.T, h *History, name string, now time.Time) []api.Point {
	t.Helper()
	list, err := h.Spans(name, now)
	if err != nil || len(list) != 1 || list[0].Name != name {
		t.Fatalf("%s: %+v, %v", name, list, err)
	}
	return list[0].Points
}

func TestAPeakIsStillThereAfterAnHour(t *testing.T) {
	var h History
	for i := range 3599 {
		s := sample.Sample{RequestsPerSecond: 1, Pool: &api.Pool{Busy: 1}}
		if i == 100 {
			s.RequestsPerSecond, s.Pool.Busy = 500, 64
		}
		h.Add(start.Add(time.Duration(i)*time.Second), s)
	}
	now := start.Add(3598 * time.Second)
	hour := spanOf(t, &h, "1h", now)
	if len(hour) < 59 || hour[1].RequestsPerSecond != 500 || hour[1].Busy != 64 || hour[2].RequestsPerSecond != 1 {
		t.Errorf("%d points of the hour: %+v", len(hour), hour[:3])
	}
	for name, most := range map[string]int{"1m": 60, "15m": 60} {
		got := spanOf(t, &h, name, now)
		if len(got) < most-1 || len(got) > most {
			t.Errorf("%s: %d points, want about %d", name, len(got), most)
		}
		for i, p := range got {
			if p.RequestsPerSecond != 1 || i > 0 && !p.Time.After(got[i-1].Time) {
				t.Errorf("%s: point %d is %+v", name, i, p)
			}
		}
	}
}

func TestWhatIsOlderThanItsSpanIsNotShown(t *testing.T) {
	var h History
	h.Add(start, sample.Sample{CPUPercent: 5})
	h.Add(start.Add(-time.Second), sample.Sample{CPUPercent: 99}) // a clock that was set back
	if got := spanOf(t, &h, "1m", start.Add(time.Second)); len(got) != 1 || got[0].CPUPercent != 5 {
		t.Errorf("a second later: %+v", got)
	}
	if got := spanOf(t, &h, "1m", start.Add(2*time.Minute)); len(got) != 0 {
		t.Errorf("two minutes later: %+v", got)
	}
	if got := spanOf(t, &h, "1h", start.Add(2*time.Minute)); len(got) != 1 {
		t.Errorf("two minutes later, of the hour: %+v", got)
	}
}

func TestAllSpansAndUnknownOnes(t *testing.T) {
	var h History
	list, err := h.Spans("", start)
	if err != nil || len(list) != 3 || list[0].Points == nil {
		t.Errorf("all: %+v, %v", list, err)
	}
	if _, err := h.Spans("2d", start); err == nil {
		t.Error("2d is a span")
	}
}
