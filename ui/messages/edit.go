package messages

import "fmt"

// Editing the configuration.
const (
	NoFileToEdit  = "the built-in configuration is in force; ammarctl init writes ./ammar.toml to edit, for the next start"
	NoEditor      = "no editor: set $EDITOR"
	NothingEdited = "nothing was changed"
	NoChange      = "nothing that the services would notice"
	NotApplied    = "the configuration stays as it was"
	Applying      = "applying the configuration…"
	ChangesTitle  = "Apply these changes?"
	RefusedTitle  = "This configuration is not right; nothing was changed"
	ChangedSecret = "changed"
	Apply         = "apply"
	EditAgain     = "edit again"
	DropChanges   = "drop it"
)

// EditorFailed says why there is nothing to compare.
func EditorFailed(why string) string { return "the editor ended: " + why }

// Applied counts what was changed.
func Applied(n int) string {
	if n == 0 {
		return "saved; no service is touched"
	}
	return "applied: " + Plural(n, "service", "services") + " changed"
}

// Change says what becomes of a service (api.Change's actions).
func Change(action string) string {
	switch action {
	case "add":
		return "is added"
	case "remove":
		return "is stopped and removed"
	case "restart":
		return "is handed over to a new process"
	}
	return "is changed; its process goes on"
}

// Scaling.
const (
	ScaleHint      = "enter shows the change   esc leaves it"
	ShareNotScaled = "a share has one process"
)

// ScalePrompt asks for a number.
func ScalePrompt(name string) string { return "processes of " + name }

// NoNumber is why nothing is scaled.
func NoNumber(text string) string { return fmt.Sprintf("%q is no number from 1 on", text) }
