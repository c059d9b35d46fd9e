package messages

import "fmt"

// The operations while they are in progress, and when they have ended.
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

// Done reports the end of an operation.
func Done(name, verb string) string { return name + ": " + verb }

// NoShare is why a service cannot be unshared.
func NoShare(name string) string { return name + " is not a share; s stops it" }

// StopQuestion asks before clients are interrupted.
func StopQuestion(name, interrupted string) string {
	return fmt.Sprintf("Stop %s? %s.", name, interrupted)
}

// EndQuestion asks before a share's address stops answering.
func EndQuestion(path, interrupted string) string {
	if interrupted == "" {
		return fmt.Sprintf("End the share of %s? Its address stops answering.", path)
	}
	return fmt.Sprintf("End the share of %s? %s.", path, interrupted)
}

// DownQuestion asks before everything ends.
func DownQuestion(services int, interrupted string) string {
	text := fmt.Sprintf("Stop %s and the supervisor?", Plural(services, "service", "services"))
	if interrupted != "" {
		text += " " + interrupted + "."
	}
	return text
}

// Watching, Streaming, InProgress and OverAll say what a stop would interrupt.
func Watching(n int) string   { return Plural(n, "client is", "clients are") + " watching" }
func Streaming(n int) string  { return Plural(n, "stream is", "streams are") + " open" }
func InProgress(n int) string { return Plural(n, "request is", "requests are") + " in progress" }
func OverAll(n int) string {
	return Plural(n, "client or request is", "clients and requests are") + " being served"
}

// KeepRunning is left on the screen after q.
func KeepRunning(n int) string {
	return Plural(n, "service keeps", "services keep") +
		" running; ammarctl brings the dashboard back, ammarctl down stops everything"
}

// The dialogs.
const (
	ShareTitle      = "Share a folder with the machines on this network"
	ShareTitleShort = "Share a folder"
	Fields          = "fields"
	NoFolder        = "no folder begins like this"
	Yes, No         = "yes", "no"
	Share           = "share"
	Complete        = "complete"
	Back            = "back"
	EndsIt          = "in the table ends it"
	StoppedByHand   = "stopped by hand; S starts it"
	StartsAgain     = "; S starts it again"
	StartsAtOnce    = "; S starts it at once"
	Palette         = "What to do"
	PaletteNothing  = "nothing has this name"
)

// SharedAs is what a new share is called.
func SharedAs(path, name string) string { return fmt.Sprintf("%s is shared as %s", path, name) }

// Of counts the visible part of a longer list.
func Of(n, all int) string { return fmt.Sprintf("%d of %d", n, all) }

// The prompts in the last line.
const (
	Search         = "search"
	OnlyPrompt     = "show only lines with"
	WithoutPrompt  = "hide lines with"
	FilterPrompt   = "services with"
	SavePrompt     = "save as"
	PromptHint     = "enter keeps   esc drops"
	SaveHint       = "enter saves   esc cancels"
	MouseReleased  = "the mouse belongs to the terminal: select text; m takes it back"
	MouseTaken     = "the mouse belongs to the dashboard; m leaves it to the terminal"
	NothingToCopy  = "there is no line to copy"
	NoPager        = "no pager: set $PAGER, or install less"
	SortedByConfig = "in the order of the configuration"
)

// Theme names the theme that is shown.
func Theme(name string) string { return "theme: " + name }

// Sorted names the column that the table is sorted by.
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

// TooLong is why a text was not copied.
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

// ThereAgain reports that the supervisor answers again.
const ThereAgain = "the supervisor is back"

// Gone reports that a service no longer exists.
func Gone(name string) string { return name + " is no longer among the services" }

// TakesOver describes the first part of a restart.
func TakesOver(next, pid int) string {
	return fmt.Sprintf("pid %d is starting, to take over from pid %d", next, pid)
}

// Drains describes the last part of a restart.
func Drains(n int, span string) string {
	return Plural(n, "previous process finishes its requests", "previous processes finish their requests") + ", " + span
}

// OfAtMost is how long something has taken, and how long it may take.
func OfAtMost(took, whole string) string { return took + " of at most " + whole }

// ShareLabels names the fields of a share except its path.
func ShareLabels() [7]string {
	return [7]string{"let files be added", "only for", "ends after", "ends when fetched", "HTTPS", "name", "port"}
}

// ShareHints are the placeholders of all fields of a share, the path first.
// Fields that are on or off have none.
func ShareHints() [8]string {
	return [8]string{
		"a folder, such as ~/Pictures", "",
		"everyone; or user, or user:password", "never; or 1h", "", "", "the folder's", "a free one",
	}
}

// NoDuration is what is wrong with a time.
func NoDuration(text string) string { return "expected a time such as 30m or 2h, got " + text }

// NoPort is what is wrong with a port.
func NoPort(text string) string { return "expected a port from 1 to 65535, got " + text }
