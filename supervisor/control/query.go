package control

import (
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// defaultLines is how many past lines a query gets if it sets no number.
const defaultLines = 100

// query is what GET /v1/logs asks for.
type query struct {
	names  []string
	n      int       // -1: all
	after  time.Time // zero: any
	grep   *regexp.Regexp
	follow bool
}

func parseQuery(v url.Values, now time.Time) (query, error) {
	q := query{names: v["name"], n: defaultLines}
	var err error
	if text := v.Get("since"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return q, badRequest("since: expected a duration such as 90s or 2h, got %q", text)
		}
		q.after, q.n = now.Add(-d), -1
	}
	if text := v.Get("n"); text != "" {
		if q.n, err = strconv.Atoi(text); err != nil || q.n < -1 {
			return q, badRequest("n: expected a number of lines, or -1 for all, got %q", text)
		}
	}
	if text := v.Get("grep"); text != "" {
		if q.grep, err = regexp.Compile(text); err != nil {
			return q, badRequest("grep: %v", err)
		}
	}
	switch text := v.Get("follow"); text {
	case "", "0", "false":
	case "1", "true":
		q.follow = true
	default:
		return q, badRequest("follow: expected 1 or 0, got %q", text)
	}
	return q, nil
}
