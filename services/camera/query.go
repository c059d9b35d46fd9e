package camera

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
)

// query has the parameters of a request. Its methods validate them; their errors
// tell the expected values.
type query struct{ values url.Values }

// parseQuery parses a query. Each of the named parameters may appear once. Others
// are ignored: programs add numbers of their own to bypass caches.
func parseQuery(raw string, names ...string) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return query{}, fmt.Errorf("the query cannot be read: %w", err)
	}
	for _, name := range names {
		if n := len(values[name]); n > 1 {
			return query{}, fmt.Errorf("%s: expected once, got %d times", name, n)
		}
	}
	return query{values}, nil
}

// cut shortens a client's text for a message.
func cut(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// float returns a number from low to high, or missing if there is none.
func (q query) float(name string, low, high, missing float64) (float64, error) {
	if !q.values.Has(name) {
		return missing, nil
	}
	text := q.values.Get(name)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || v < low || v > high {
		return 0, fmt.Errorf("%s: expected %v to %v, got %q", name, low, high, cut(text))
	}
	return v, nil
}

// int returns a whole number from low to high, or missing if there is none.
func (q query) int(name string, low, high, missing int) (int, error) {
	if !q.values.Has(name) {
		return missing, nil
	}
	text := q.values.Get(name)
	v, err := strconv.Atoi(text)
	if err != nil || v < low || v > high {
		return 0, fmt.Errorf("%s: expected a whole number from %d to %d, got %q", name, low, high, cut(text))
	}
	return v, nil
}

// bool is true for the name alone, and for 1 and true.
func (q query) bool(name string) (bool, error) {
	if !q.values.Has(name) {
		return false, nil
	}
	switch text := q.values.Get(name); text {
	case "", "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	default:
		return false, fmt.Errorf("%s: expected 1 or 0, got %q", name, cut(text))
	}
}
