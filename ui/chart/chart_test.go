package chart

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestSparkDrawsTheHighestAtFullHeight(t *testing.T) {
	if got := Spark([]float64{0, 1, 2, 4}, 6, true); got != "  ▁▂▄█" {
		t.Errorf("%q", got)
	}
	if got := Spark([]float64{0, 4}, 2, false); got != ".@" {
		t.Errorf("%q", got)
	}
}

func TestBarShowsThatSomethingIsNotNothing(t *testing.T) {
	for part, want := range map[float64]int{0: 0, 1: 1, 64: 8, 100: 8} {
		if filled, empty := Bar(part, 64, 8, false); len(filled) != want || len(filled)+len(empty) != 8 {
			t.Errorf("%v fills %q%q", part, filled, empty)
		}
	}
}

func TestCurveFillsDotsUpToTheValue(t *testing.T) {
	got := Curve([]float64{0, 4, 8, 8}, 8, 2, 2, true)
	if want := []string{" ⣿", "⣸⣿"}; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Curve([]float64{0, 1, 2}, 2, 3, 2, false); strings.Join(got, "\n") != "  #\n_##" {
		t.Errorf("%q", got)
	}
}

func TestNiceIsRoundAndAbove(t *testing.T) {
	for top, want := range map[float64]float64{0: 1, 0.3: 0.5, 7: 10, 12: 20, 50: 50, 51: 100, math.Inf(1): 1} {
		if got := Nice(top); math.Abs(got-want) > want/1e6 {
			t.Errorf("Nice(%v) is %v", top, got)
		}
	}
}

func TestHistoryKeepsAnHourInLessAndLessDetail(t *testing.T) {
	var h History
	start := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	end := start.Add(2 * time.Hour)
	for at := start; at.Before(end); at = at.Add(time.Second) {
		h.Add(at, float64(at.Sub(start)/time.Minute))
	}
	for i, span := range Spans() {
		v := h.Values(i, end)
		first, last := v[1], v[len(v)-1]
		if want := float64((end.Sub(start) - span.Of) / time.Minute); math.Abs(first-want) > 1.1 || last < 118 {
			t.Errorf("%s goes from %v to %v, want from %v", span.Name, first, last, want)
		}
		for _, x := range v[1:] {
			if math.IsNaN(x) {
				t.Fatalf("%s has gaps: %v", span.Name, v)
			}
		}
	}
}

func TestHistoryHasGapsWhereNothingWasMeasured(t *testing.T) {
	var h History
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	h.Add(now.Add(-50*time.Second), 5)
	h.Add(now, 7)
	v := h.Values(0, now)
	if last := v[len(v)-1]; last != 7 {
		t.Errorf("now is %v", last)
	}
	if middle := v[len(v)/2]; !math.IsNaN(middle) {
		t.Errorf("30 s ago was %v", middle)
	}
	if !math.IsNaN(v[0]) || Top(v) != 7 {
		t.Errorf("before the first it was %v, the top is %v", v[0], Top(v))
	}
}

func FuzzCurve(f *testing.F) {
	f.Add(3, 2, 7.5, 100.0, uint8(20), true)
	f.Fuzz(func(t *testing.T, w, h int, a, top float64, n uint8, unicode bool) {
		w, h = min(max(w, 1), 200), min(max(h, 1), 50)
		values := make([]float64, n)
		for i := range values {
			values[i] = a * float64(i)
		}
		lines := Curve(values, top, w, h, unicode)
		if len(lines) != h {
			t.Fatalf("%d lines, want %d", len(lines), h)
		}
		for _, l := range lines {
			if utf8.RuneCountInString(l) != w {
				t.Fatalf("%q is not %d cells wide", l, w)
			}
		}
	})
}
