package configs

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

// meantError says what is wrong with a value, and which one was meant.
type meantError struct {
	error
	value string // as it is written in TOML
}

func (e *meantError) Unwrap() error { return e.error }

// meant adds the value to write to an error; empty: it cannot be told.
func meant(err error, value string) error {
	if value == "" {
		return err
	}
	return &meantError{err, value}
}

// meantValue is the value to write instead of one with this error, or "".
func meantValue(err error) string {
	var m *meantError
	if errors.As(err, &m) {
		return m.value
	}
	return ""
}

// durationPattern is a number with the name of a unit, or without one.
var durationPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)$`)
})

// durationMeant is a time that is written as other programs take it: a number
// of seconds, "5 sec", "2 min", "1 day". "" is for all else.
func durationMeant(v any) string {
	m := durationPattern().FindStringSubmatch(strings.ToLower(strings.TrimSpace(fmt.Sprint(v))))
	if m == nil {
		return ""
	}
	n, err := strconv.ParseFloat(m[1], 64)
	unit, known := map[string]time.Duration{
		"": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
		"min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
		"hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
		"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour, "w": 7 * 24 * time.Hour,
		"msec": time.Millisecond, "milliseconds": time.Millisecond,
	}[m[2]]
	if err != nil || !known || n*float64(unit) > float64(1<<62) {
		return ""
	}
	return strconv.Quote(humanize.Setting(time.Duration(n * float64(unit))))
}

// numberMeant is a number in quotes.
func numberMeant(v any) string {
	text, _ := v.(string)
	if n, err := strconv.Atoi(text); err == nil {
		return strconv.Itoa(n)
	}
	return ""
}

// booleanMeant is a word or a number that others take for true or false.
func booleanMeant(v any) string {
	switch strings.ToLower(fmt.Sprint(v)) {
	case "true", "yes", "on", "1", "y":
		return "true"
	case "false", "no", "off", "0", "n":
		return "false"
	}
	return ""
}
