//go:build unix

package service

import (
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/accesslog"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/sample"
)

// requestLog counts the requests in the lines that a program writes. Its methods
// are safe for concurrent use.
type requestLog struct {
	mu       sync.Mutex
	format   string // of the configuration; empty: any
	detector *accesslog.Detector
	rates    *accesslog.Rates // nil until a line told of a request
}

// setFormat puts the format of the configuration in force.
func (l *requestLog) setFormat(format string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.detector != nil && format == l.format {
		return
	}
	var configured *accesslog.Format
	if format != "" {
		configured, _ = accesslog.New(format) // the configuration was checked when it was loaded
	}
	l.format, l.detector, l.rates = format, accesslog.NewDetector(configured), nil
}

// line takes the next line of the program.
func (l *requestLog) line(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.detector == nil {
		return
	}
	request, is := l.detector.Request(string(text))
	if !is {
		return
	}
	if l.rates == nil {
		l.rates = &accesslog.Rates{}
	}
	l.rates.Add(time.Now(), request)
}

// fill completes the sample of a program that reports no metrics.
func (l *requestLog) fill(s *sample.Sample, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rates == nil || s.Reported {
		return
	}
	sum := l.rates.Summary(now)
	s.Source = api.SourceAccessLog
	s.RequestsTotal, s.RequestsPerSecond = float64(sum.Total), sum.PerSecond
	s.P50MS, s.P99MS = milliseconds(sum.P50), milliseconds(sum.P99)
	s.Answers = &api.Answers{
		Informational: sum.Classes[0], Success: sum.Classes[1], Redirection: sum.Classes[2],
		ClientError: sum.Classes[3], ServerError: sum.Classes[4],
	}
}

// milliseconds is 0 for a time that is not known.
func milliseconds(d time.Duration) float64 { return max(0, d.Seconds()*1000) }
