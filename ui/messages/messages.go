// Package messages holds the sentences of the dashboard. The name of a key or a tab is
// where the key or tab is declared.
package messages

import "fmt"

// Plural is n of something.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// The header.
const (
	Name        = "ammarctl"
	Lost        = "the supervisor is gone; reconnecting…"
	LostMachine = "lost"
	Connecting  = "connecting…"
	NoServices  = "no service is configured; press a to share a folder"
	NoneMatches = "no service has this in its name, kind, state or address; esc shows all"
	NothingYet  = "Nothing logged yet."
	NoneShown   = "No line passes the filters; esc drops them."
	Looking     = "looking…"
)

// Up counts the services that are ready.
func Up(up, all int) string { return fmt.Sprintf("%d/%d up", up, all) }

// Since is how long something has lasted or will last.
func Since(span string) string { return "for " + span }

// StoppingAll is shown while everything is being stopped.
func StoppingAll(span string) string { return "stopping everything " + span }

// NoTerminal is why the dashboard does not open.
const NoTerminal = "the dashboard needs a terminal; without one, " +
	"ammarctl up -d starts the services and ammarctl ps shows them"

// TooSmall is all that fits a tiny screen: what matters most comes first.
// worst names the service that is worst off; empty for none.
func TooSmall(w, h, up, all int, worst string) string {
	text := Name + " " + Up(up, all)
	if worst != "" {
		text += ", " + worst
	}
	return text + fmt.Sprintf("; q leaves, %dx%d shows more", w, h)
}

// The first minute: what runs, and the three things worth pressing.
const (
	WelcomeLocal = "For this machine only, until you share something:"
	WelcomeShare = "share a folder with the network"
	WelcomeLog   = "go to the log below"
	WelcomeKeys  = "every key"
)

// The log's title.
const (
	Following    = "following"
	FollowsShort = "follows"
	GFollows     = "f follows"
	Held         = "held  f follows"
	ReadingAll   = "reading the whole log; f goes back to its end"
)

// LostLog stands in place of the log of a machine that does not answer.
func LostLog(machine string) string { return "The log is read when " + machine + " is back." }

// New counts the lines that came since the log stopped following.
func New(n int) string { return fmt.Sprintf("↓ %d new", n) }

// Below counts the lines under the screen.
func Below(n int) string { return fmt.Sprintf("%d below", n) }

// Matches counts those of a search.
func Matches(n int, all bool) string {
	text := Plural(n, "match", "matches")
	if !all {
		text += "…"
	}
	return text
}

// Only names a filter.
func Only(pattern string) string { return "only " + pattern }

// Without names a filter.
func Without(pattern string) string { return "without " + pattern }

// Level names a filter.
func Level(level string) string { return level + " and up" }

// Logs names a merged log.
func Logs(n int) string { return Plural(n, "log", "logs") + " merged" }

// Skipped stands in place of lines that came too fast.
func Skipped(n int) string {
	return Plural(n, "line", "lines") + " came too fast to be shown; ammarctl logs has them"
}

// LastExit is how the last process of a service ended, and how long ago.
func LastExit(span, text string) string { return "last exit " + span + " ago: " + text }

// Latency is how long half of the requests took, and all but one in a hundred.
func Latency(p50, p99 float64) string { return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", p50, p99) }

// Shares names the folder of a share.
func Shares(path string) string { return "shares " + path }
