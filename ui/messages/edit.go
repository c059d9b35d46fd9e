package messages

import "fmt"

// Editing the configuration.
const (
	NoFileToEdit  = "there is no configuration file yet; ammarctl init writes ./ammar.toml, which the next start uses"
	NoEditor      = "no editor: set $EDITOR"
	NothingEdited = "nothing was changed"
	NoChange      = "no service is affected"
	NotApplied    = "the configuration was not changed"
	Applying      = "applying the configuration…"
	ChangesTitle  = "Apply these changes?"
	RefusedTitle  = "This configuration has errors; nothing was changed"
	ChangedSecret = "changed"
	Apply         = "apply"
	EditAgain     = "edit again"
	DropChanges   = "discard"
)

// EditorFailed says why there is nothing to compare.
func EditorFailed(why string) string { return "the editor ended: " + why }

// Applied counts what was changed.
func Applied(n int) string {
	if n == 0 {
		return "saved; no service is affected"
	}
	return "applied: " + Plural(n, "service", "services") + " changed"
}

// Change describes an action of api.Change.
func Change(action string) string {
	switch action {
	case "add":
		return "is added"
	case "remove":
		return "is stopped and removed"
	case "restart":
		return "is handed over to a new process"
	}
	return "is changed; its process keeps running"
}

// Scaling.
const (
	ScaleHint      = "enter shows the change   esc cancels"
	ShareNotScaled = "a share has only one process"
)

// ScalePrompt asks for a number.
func ScalePrompt(name string) string { return "processes of " + name }

// NoNumber is what is wrong with a number of processes.
func NoNumber(text string) string { return fmt.Sprintf("expected a number from 1, got %q", text) }
