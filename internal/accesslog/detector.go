package accesslog

import "strings"

const (
	// sureAfter lines of one format in a row make it the service's.
	sureAfter = 3
	// lostAfter lines that are of no request end that.
	lostAfter = 500
	// After rareAfter lines that contained no request, only every rarely-th line is
	// parsed.
	rareAfter, rarely = 2000, 16
)

// Detector finds the requests in the lines of one service, and finds out of
// which format they are. It is for one goroutine.
type Detector struct {
	formats    []*Format
	configured *Format
	format     *Format // the last that fitted
	fitted     int     // how often in a row
	sure       bool
	missed     int // lines in a row that told of no request
}

// NewDetector returns a Detector for lines of a format, or, with nil, of any.
func NewDetector(f *Format) *Detector {
	d := &Detector{configured: f, format: f, sure: f != nil}
	if f == nil {
		d.formats = Formats()
	}
	return d
}

// Format is the one that the lines are of; nil while that is open.
func (d *Detector) Format() *Format {
	if d.sure {
		return d.format
	}
	return nil
}

// Request reads the next line, and reports whether it tells of a request.
func (d *Detector) Request(line string) (Request, bool) {
	if d.configured != nil {
		return d.configured.Parse(line)
	}
	if d.sure {
		r, ok := d.format.Parse(line)
		switch {
		case ok:
			d.missed = 0
		case d.missed >= lostAfter:
			d.sure, d.fitted, d.missed = false, 0, 0
		default:
			d.missed++
		}
		return r, ok
	}
	if d.missed++; d.missed > rareAfter && d.missed%rarely != 0 || !likely(line) {
		return Request{}, false
	}
	for _, f := range d.formats {
		r, ok := f.Parse(line)
		if !ok {
			continue
		}
		if d.format != f {
			d.format, d.fitted = f, 0
		}
		d.fitted++
		d.sure, d.missed = d.fitted >= sureAfter, 0
		return r, true
	}
	return Request{}, false
}

// likely rules out most lines at once.
func likely(line string) bool {
	return strings.Contains(line, "HTTP/") || strings.Contains(line, `] "`) ||
		strings.Contains(line, "tatus") || // of JSON and of pairs
		strings.Contains(line, " ms") || strings.Contains(line, "Completed ")
}
