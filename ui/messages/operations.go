package messages

import "fmt"

// What is being done, and was.
const (
	Starting, Started     = "starting", "started"
	Stopping, Stopped     = "stopping", "stopped"
	Restarting, Restarted = "restarting", "restarted"
	Ending, Ended         = "ending", "ended"
	Opening               = "opening…"
	Everything            = "everything is stopped"
)

// Already refuses a second operation.
func Already(name, verb string) string { return fmt.Sprintf("%s is %s already", name, verb) }

// LostAction refuses an operation on a machine that does not answer.
func LostAction(host, name, done string) string {
	return fmt.Sprintf("%s is lost: %s can be %s when it is back", host, name, done)
}

// Done says that an operation came to its end.
func Done(name, verb string) string { return name + ": " + verb }

// NoShare is why a service cannot be ended as a share.
func NoShare(name string) string { return name + " is no share; s stops it" }

// StopQuestion asks before others notice.
func StopQuestion(name, who string) string { return fmt.Sprintf("Stop %s? %s.", name, who) }

// RestartQuestion asks before others notice.
func RestartQuestion(name, who string) string {
	return fmt.Sprintf("Restart %s? %s and would be cut off.", name, who)
}

// EndQuestion asks before a share's address stops answering.
func EndQuestion(path, who string) string {
	if who == "" {
		return fmt.Sprintf("End the share of %s? Its address stops answering.", path)
	}
	return fmt.Sprintf("End the share of %s? %s.", path, who)
}

// DownQuestion asks before everything ends.
func DownQuestion(services int, who string) string {
	text := fmt.Sprintf("Stop %s and the supervisor?", Plural(services, "service", "services"))
	if who != "" {
		text += " " + who + "."
	}
	return text
}

// Watching, Streaming and InProgress say who would notice a stop.
func Watching(n int) string   { return Plural(n, "client is", "clients are") + " watching" }
func Streaming(n int) string  { return Plural(n, "stream is", "streams are") + " open" }
func InProgress(n int) string { return Plural(n, "request is", "requests are") + " in progress" }
func OverAll(n int) string {
	return Plural(n, "client or request is", "clients and requests are") + " being served"
}

// KeepRunning is left on the screen after q.
func KeepRunning(n int) string {
	return Plural(n, "service keeps", "services keep") + " running; ammarctl brings the dashboard back, ammarctl down stops everything"
}

// The dialogs.
const (
	ShareTitle      = "Share a folder with the machines on this network"
	ShareTitleShort = "Share a folder"
	Fields          = "fields"
	NoFolder        = "no folder begins so"
	Yes, No         = "yes", "no"
	Share           = "share"
	Complete        = "complete"
	Back            = "back"
	EndsIt          = "ends it, in the table"
	StoppedByHand   = "stopped by hand; S starts it"
	StartsAgain     = "; S starts it again"
	StartsAtOnce    = "; S starts it at once"
	Palette         = "What to do"
	PaletteNothing  = "nothing is called so"
)

// SharedAs is what a new share is called.
func SharedAs(path, name string) string { return fmt.Sprintf("%s is shared as %s", path, name) }

// Of counts what is seen of a longer list.
func Of(n, all int) string { return fmt.Sprintf("%d of %d", n, all) }

// The prompts in the last line.
const (
	Search         = "search"
	OnlyPrompt     = "show only lines with"
	WithoutPrompt  = "leave out lines with"
	FilterPrompt   = "services with"
	SavePrompt     = "save as"
	PromptHint     = "enter keeps   esc drops"
	SaveHint       = "enter saves   esc leaves it"
	MouseReleased  = "the mouse is the terminal's: select text; m takes it back"
	MouseTaken     = "the mouse is the dashboard's; m lets go of it"
	NothingToCopy  = "there is no line to copy"
	LineCopied     = "copied the line"
	NoPager        = "no pager: set $PAGER, or install less"
	SortedByConfig = "in the order of the configuration"
)

// Theme says which one is in force.
func Theme(name string) string { return "theme: " + name }

// Sorted says by which column.
func Sorted(column string, down bool) string {
	if down {
		return "sorted by " + column + ", the highest first"
	}
	return "sorted by " + column
}

// Copied counts the lines that went to the clipboard; inTmux adds what tmux
// needs for that.
func Copied(lines int, inTmux bool) string {
	text := "copied " + Plural(lines, "line", "lines")
	if inTmux {
		text += " (tmux needs: set -g set-clipboard on)"
	}
	return text
}

// TooLong is why something was not copied.
func TooLong(bytes int) string {
	return fmt.Sprintf("%d bytes are too many for the clipboard; W saves them", bytes)
}

// Saved says where the lines are.
func Saved(lines int, path string) string {
	return "saved " + Plural(lines, "line", "lines") + " to " + path
}

// DoIt is what enter does in the palette.
const DoIt = "do it"

// GoTo selects a service, in the palette.
func GoTo(service string) string { return "Go to " + service }

// ThereAgain says that a lost supervisor is there again.
const ThereAgain = "the supervisor is back"

// Gone says that a service is no more.
func Gone(name string) string { return name + " is no longer among the services" }

// TakesOver tells how a restart begins.
func TakesOver(next, pid int) string {
	return fmt.Sprintf("pid %d is starting, to take over from pid %d", next, pid)
}

// Drains tells how a restart ends.
func Drains(n int, span string) string {
	return Plural(n, "process before it finishes its requests", "processes before it finish their requests") + ", " + span
}

// OfAtMost is how long something takes by now, and how long it may.
func OfAtMost(took, whole string) string { return took + " of at most " + whole }

// ShareLabels names the fields of a share but its path.
func ShareLabels() [7]string {
	return [7]string{"let files be added", "only for", "ends after", "ends when fetched", "HTTPS", "name", "port"}
}

// ShareHints are the placeholders of all fields of a share, the path first.
// Fields that are on or off have none.
func ShareHints() [8]string {
	return [8]string{
		"a folder, such as ~/Pictures", "",
		"everybody; or user, or user:password", "never; or 1h", "", "", "the folder's", "a free one",
	}
}

// NoDuration says what was expected.
func NoDuration(text string) string { return "expected a time such as 30m or 2h, got " + text }

// NoPort says what was expected.
func NoPort(text string) string { return "expected a port from 1 to 65535, got " + text }
