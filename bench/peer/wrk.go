// Package peer starts, loads and watches the programs that are compared.
package peer

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Load is what a load generator saw.
type Load struct {
	Requests  float64 // answered to their end
	PerSecond float64
	P99       time.Duration
	Bytes     float64 // received, of answers that had not ended too
}

// Count makes the load one of answers of size bytes, parts of them included:
// of few and large ones, those that were cut off at the end cost too.
func (l *Load) Count(size int64) {
	seconds := l.Requests / l.PerSecond
	l.Requests = l.Bytes / float64(size)
	l.PerSecond = l.Requests / seconds
}

// ParseWrk reads the output of `wrk --latency`. Socket errors are an error. So are
// answers other than 2xx and 3xx, unless the requests should fail.
func ParseWrk(out []byte, failing bool) (Load, error) {
	var l Load
	if regexp.MustCompile(`Socket errors`).Match(out) || (!failing && regexp.MustCompile(`Non-2xx`).Match(out)) {
		return l, fmt.Errorf("some requests failed: %s", out)
	}
	var err error
	if l.Requests, err = number(out, `(\d+) requests in`); err != nil {
		return l, err
	}
	if l.PerSecond, err = number(out, `Requests/sec:\s+([0-9.]+)`); err != nil {
		return l, err
	}
	if l.Bytes, err = received(out); err != nil {
		return l, err
	}
	m := regexp.MustCompile(`(?m)^\s+99%\s+(\S+)[ \t]*$`).FindSubmatch(out)
	if m == nil {
		return l, fmt.Errorf("wrk printed no p99: %s", out)
	}
	if l.P99, err = time.ParseDuration(string(m[1])); err != nil {
		return l, fmt.Errorf("wrk printed an odd p99: %w", err)
	}
	if l.Requests == 0 {
		return l, fmt.Errorf("not one request was answered: %s", out)
	}
	return l, nil
}

// received reads "150.00MB read"; wrk counts in powers of 1024.
func received(out []byte) (float64, error) {
	m := regexp.MustCompile(`, ([0-9.]+)([KMGT]?)B read`).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk did not print how much it read: %s", out)
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	for _, unit := range "KMGT" {
		if len(m[2]) == 0 {
			break
		}
		n *= 1024
		if string(m[2]) == string(unit) {
			break
		}
	}
	return n, err
}

func number(text []byte, pattern string) (float64, error) {
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("wrk did not print what was expected (%s): %s", pattern, text)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
