package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

func TestQuantilesAreInterpolated(t *testing.T) {
	for _, c := range []struct {
		s    Sample
		q    float64
		want float64
	}{
		{Sample{3, 1, 2}, 0.5, 2}, {Sample{4, 1, 2, 3}, 0.5, 2.5}, {Sample{7}, 0.99, 7},
		{Sample{0, 10}, 0.9, 9}, {Sample{1, 2}, -1, 1}, {Sample{1, 2}, 2, 2},
	} {
		if got := c.s.Quantile(c.q); got != c.want {
			t.Errorf("quantile %v of %v is %v, want %v", c.q, c.s, got, c.want)
		}
	}
	if !math.IsNaN(Sample{}.Median()) {
		t.Error("nothing has a median")
	}
}

func TestRatiosAreRoundByRound(t *testing.T) {
	got := Sample{1, 4, 9, 5}.Ratios(Sample{2, 0, 3})
	if len(got) != 2 || got[0] != 0.5 || got[1] != 3 {
		t.Errorf("got %v", got)
	}
	if s := (Sample{1, 3, 2}).Spread(); s != "2.00 (1.00–3.00)" {
		t.Errorf("spread %q", s)
	}
}

func TestAChartIsWellFormedWhateverItsLabelsAndValues(t *testing.T) {
	c := Chart{Title: "a < b & \"c\"", Mark: 1, Bars: []Bar{{"<x>", 2}, {"none", math.NaN()}, {"far", math.Inf(1)},
		{"", 0}}}
	var s strings.Builder
	if err := c.WriteSVG(&s); err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(strings.NewReader(s.String()))
	rects := 0
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, s.String())
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "rect" {
			rects++
		}
	}
	if rects != 4 {
		t.Errorf("%d bars, want 4", rects)
	}
}

func TestASectionIsReplacedAndOthersStay(t *testing.T) {
	text := Replace(Replace("", "a", "first words"), "b", "two")
	text = Replace(text, "a", "three")
	if strings.Contains(text, "first words") || strings.Count(text, "three") != 1 || !strings.Contains(text, "two") {
		t.Errorf("got %s", text)
	}
}
