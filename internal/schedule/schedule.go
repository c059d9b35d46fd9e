// Package schedule says when something that happens again and again happens
// next, in the words of crontab(5).
package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule is a point in time that comes again. The zero value never comes.
type Schedule struct {
	every                        time.Duration // instead of the rest
	minute, hour, day, month, on uint64        // a bit for each value that fits
	anyDay, anyOn                bool          // day and day of the week were *
}

// field is one of the five of crontab(5).
type field struct {
	name     string
	min, max int
	names    []string // of min, min+1, …
}

func fields() []field {
	return []field{
		{"minute", 0, 59, nil},
		{"hour", 0, 23, nil},
		{"day of the month", 1, 31, nil},
		{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
		{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
	}
}

// Parse reads a schedule: "MINUTE HOUR DAY MONTH WEEKDAY" as in crontab(5), or
// @hourly, @daily, @weekly, @monthly. It also reads "@every DURATION", with at least a
// second.
func Parse(text string) (Schedule, error) {
	if rest, ok := strings.CutPrefix(text, "@every "); ok {
		every, err := time.ParseDuration(strings.TrimSpace(rest))
		if err != nil || every < time.Second {
			return Schedule{}, fmt.Errorf(`expected a duration of a second at least after @every, such as "@every 10m", got %q`,
				text)
		}
		return Schedule{every: every}, nil
	}
	switch text {
	case "@hourly":
		text = "0 * * * *"
	case "@daily":
		text = "0 0 * * *"
	case "@weekly":
		text = "0 0 * * 0"
	case "@monthly":
		text = "0 0 1 * *"
	}
	parts := strings.Fields(text)
	if len(parts) != 5 {
		return Schedule{}, fmt.Errorf(`expected minute, hour, day, month and weekday, such as "30 4 * * mon-fri", or "@every 10m", got %q`, text)
	}
	var s Schedule
	sets := []*uint64{&s.minute, &s.hour, &s.day, &s.month, &s.on}
	for i, f := range fields() {
		set, err := f.parse(strings.ToLower(parts[i]))
		if err != nil {
			return Schedule{}, err
		}
		*sets[i] = set
	}
	s.anyDay, s.anyOn = strings.HasPrefix(parts[2], "*"), strings.HasPrefix(parts[4], "*")
	if s.on&(1<<7) != 0 { // Sunday has two numbers
		s.on |= 1
	}
	if s.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("%q never comes", text)
	}
	return s, nil
}

// parse reads a list of *, N, N-M, each with /STEP.
func (f field) parse(text string) (set uint64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		span, step, stepped := strings.Cut(part, "/")
		by := 1
		if stepped {
			if by, err = strconv.Atoi(step); err != nil || by < 1 {
				return 0, fmt.Errorf("%s: expected a number from 1 on after the /, got %q", f.name, part)
			}
		}
		from, to := f.min, f.max
		if span != "*" {
			first, last, ranged := strings.Cut(span, "-")
			if from, err = f.number(first); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if to, err = f.number(last); err != nil {
					return 0, err
				}
			case !stepped:
				to = from
			}
		}
		if from > to {
			return 0, fmt.Errorf("%s: expected the smaller number first, got %q", f.name, part)
		}
		for n := from; n <= to; n += by {
			set |= 1 << n
		}
	}
	return set, nil
}

func (f field) number(text string) (int, error) {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.min + i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max || strings.ContainsAny(text, "+-") {
		return 0, fmt.Errorf("%s: expected a number from %d to %d, got %q", f.name, f.min, f.max, text)
	}
	return n, nil
}

// horizon is how far Next looks: a leap day comes again within it.
const horizon = 9

// Next is the first time after now that fits, in now's own zone; zero when
// there is none. A time that the change to summer time skips does not come;
// one that the change back repeats comes once.
func (s Schedule) Next(now time.Time) time.Time {
	if s.every > 0 {
		return now.Add(s.every)
	}
	if s.minute == 0 {
		return time.Time{}
	}
	zone := now.Location()
	for t := now.Truncate(time.Minute).Add(time.Minute); t.Year() <= now.Year()+horizon; {
		switch {
		case s.month&(1<<t.Month()) == 0:
			t = time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, zone)
		case !s.fits(t):
			t = later(t, time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, zone))
		case s.hour&(1<<t.Hour()) == 0:
			t = later(t, t.Add(time.Duration(60-t.Minute())*time.Minute))
		case s.minute&(1<<t.Minute()) == 0 || !t.After(now):
			t = t.Add(time.Minute)
		default:
			return t
		}
	}
	return time.Time{}
}

// later makes sure of going on where a day begins with a skipped hour.
func later(t, next time.Time) time.Time {
	if next.After(t) {
		return next
	}
	return t.Add(time.Hour)
}

// fits is about the day: when both of its fields say something, either is
// enough.
func (s Schedule) fits(t time.Time) bool {
	day, on := s.day&(1<<t.Day()) != 0, s.on&(1<<t.Weekday()) != 0
	if s.anyDay || s.anyOn {
		return day && on
	}
	return day || on
}
