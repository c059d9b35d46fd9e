package schedule

import (
	"strings"
	"testing"
	"time"
)

func TestNext(t *testing.T) {
	now := time.Date(2026, time.November, 23, 10, 15, 30, 0, time.UTC) // a Monday
	for text, want := range map[string]string{
		"* * * * *":           "2026-11-23 10:16:00",
		"*/5 * * * *":         "2026-11-23 10:20:00",
		"15 10 * * *":         "2026-11-24 10:15:00",
		"0 3 * * *":           "2026-11-24 03:00:00",
		"30 4 * * mon-fri":    "2026-11-24 04:30:00",
		"0 0 * * sun":         "2026-11-29 00:00:00",
		"0 0 * * 7":           "2026-11-29 00:00:00",
		"0 0 1 jan *":         "2027-01-01 00:00:00",
		"0 0 29 2 *":          "2028-02-29 00:00:00",
		"0 0 13 * fri":        "2026-11-27 00:00:00", // either
		"10-20/5,40 10 * * *": "2026-11-23 10:20:00",
		"@hourly":             "2026-11-23 11:00:00",
		"@daily":              "2026-11-24 00:00:00",
		"@monthly":            "2026-12-01 00:00:00",
		"@every 90s":          "2026-11-23 10:17:00",
	} {
		s, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := s.Next(now).Format(time.DateTime); got != want {
			t.Errorf("%q comes at %s, want %s", text, got, want)
		}
	}
}

func TestWhatIsNoScheduleIsRefusedInWords(t *testing.T) {
	for text, want := range map[string]string{
		"":               "expected minute, hour",
		"* * * *":        "expected minute, hour",
		"60 * * * *":     "minute: expected a number from 0 to 59",
		"* 24 * * *":     "hour: expected",
		"* * 0 * *":      "day of the month: expected",
		"* * * juno *":   "month: expected",
		"*/0 * * * *":    "from 1 on",
		"5-2 * * * *":    "smaller number first",
		"0 0 31 2 *":     "never comes",
		"@every 10":      "after @every",
		"@every 1ms":     "after @every",
		"-1 * * * *":     "minute",
		"* * * * monday": "day of the week",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestTheChangeToSummerTimeLosesNoDay(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("this machine does not know of time zones: %v", err)
	}
	s, err := Parse("30 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, time.March, 28, 0, 0, 0, 0, zone)
	var days []int
	for range 3 {
		at = s.Next(at)
		days = append(days, at.Day())
	}
	if days[0] != 28 || days[1] != 30 || days[2] != 31 { // 02:30 does not exist on the 29th
		t.Errorf("came on the days %v", days)
	}
}

// FuzzNext compares with trying every minute.
func FuzzNext(f *testing.F) {
	for _, text := range []string{"*/7 3,5 * * 1-5", "0 0 29 2 *", "59 23 31 12 0", "1-3/2 * 1 * mon"} {
		f.Add(text, int64(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		s, err := Parse(text)
		if err != nil || s.every > 0 {
			return
		}
		now := time.Unix(unix%4_000_000_000, 0).UTC()
		got := s.Next(now)
		slow := now.Truncate(time.Minute)
		for range 60 * 24 * 40 { // forty days are enough to be wrong in
			slow = slow.Add(time.Minute)
			if slow.After(now) && s.minute&(1<<slow.Minute()) != 0 && s.hour&(1<<slow.Hour()) != 0 &&
				s.month&(1<<slow.Month()) != 0 && s.fits(slow) {
				if !got.Equal(slow) {
					t.Fatalf("%q after %s: %s, want %s", text, now, got, slow)
				}
				return
			}
		}
		if !got.IsZero() && !got.After(slow) {
			t.Fatalf("%q after %s: %s does not fit", text, now, got)
		}
	})
}
