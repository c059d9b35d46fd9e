// Package shown is what the commands and the dashboard show in the same way.
package shown

import (
	"fmt"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Span is a duration in its two largest units: "4s", "2m05s", "2h14m", "3d07h".
// A negative one is none.
func Span(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

// Unicode tells whether the locale has more letters than ASCII. It looks at the
// variables that name the locale, by their rank (locale(7)).
func Unicode(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(getenv(name)); v != "" {
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}

// LostGlyph stands before what was last seen of a machine that does not answer.
func LostGlyph(unicode bool) string {
	if unicode {
		return "◌"
	}
	return "?"
}

// Glyph stands for a state beside its word, for eyes that take in shapes
// sooner; in ASCII where the locale has no more.
func Glyph(state api.State, unicode bool) string {
	glyphs := map[api.State][2]string{
		api.Ready: {"●", "*"}, api.Stopped: {"○", "o"}, api.Failed: {"✖", "x"},
		api.Stopping: {"■", "#"}, api.Degraded: {"◑", "!"}, api.Starting: {"◐", "~"}, api.Backoff: {"◐", "~"},
	}
	pair, known := glyphs[state]
	switch {
	case !known:
		return "?"
	case unicode:
		return pair[0]
	}
	return pair[1]
}
