package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// Bar is one line of a chart: what it is, and its value. A value that is not
// a finite number of 0 or more is written as a dash.
type Bar struct {
	Label string
	Value float64
}

// Chart is a picture of horizontal bars, readable on dark and light grounds.
type Chart struct {
	Title string
	Unit  string // after each value, such as "µs"
	// Mark draws a line at this value, such as 1 for ratios; 0 draws none.
	Mark float64
	Bars []Bar
}

const (
	chartWidth = 720
	labelWidth = 250
	barsWidth  = 360
	rowHeight  = 24
	headHeight = 40
)

// WriteSVG writes the chart as an SVG 1.1 document of its own.
func (c Chart) WriteSVG(w io.Writer) error {
	top := c.Mark
	for _, b := range c.Bars {
		if drawable(b.Value) {
			top = max(top, b.Value)
		}
	}
	if top == 0 {
		top = 1
	}
	scale := barsWidth / top
	height := headHeight + rowHeight*len(c.Bars) + 12
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" font-family="sans-serif" font-size="13">`+"\n", chartWidth, height)
	s.WriteString("<style>text{fill:#1f2328}.bar{fill:#2f81c7}.mark{stroke:#b35900}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#58a6ff}.mark{stroke:#f0a040}}</style>\n")
	fmt.Fprintf(&s, `<text x="8" y="24" font-size="16">%s</text>`+"\n", escape(c.Title))
	for i, b := range c.Bars {
		y := headHeight + i*rowHeight
		fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, y+16, escape(b.Label))
		width, value := 0.0, "–"
		if drawable(b.Value) {
			width, value = b.Value*scale, strings.TrimSpace(fmt.Sprintf("%.3g %s", b.Value, c.Unit))
			if b.Value >= 1000 {
				value = strings.TrimSpace(fmt.Sprintf("%.0f %s", b.Value, c.Unit))
			}
		}
		fmt.Fprintf(&s, `<rect class="bar" x="%d" y="%d" width="%.1f" height="16"/>`, labelWidth, y+3, width)
		fmt.Fprintf(&s, `<text x="%.1f" y="%d">%s</text>`+"\n", labelWidth+width+6, y+16, escape(value))
	}
	if c.Mark > 0 {
		fmt.Fprintf(&s, `<line class="mark" x1="%.1f" x2="%[1]f" y1="%d" y2="%d" stroke-dasharray="4 3"/>`+"\n",
			labelWidth+c.Mark*scale, headHeight-4, height-8)
	}
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

func drawable(v float64) bool { return v >= 0 && !math.IsInf(v, 0) }

func escape(text string) string {
	var s strings.Builder
	_ = xml.EscapeText(&s, []byte(text))
	return s.String()
}
