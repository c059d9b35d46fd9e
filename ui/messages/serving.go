package messages

import "fmt"

// The controls of a camera.
const (
	ControlsAsking = "asking the camera…"
	NoControls     = "this camera has no controls"
	ReadOnly       = "read only"
	Inactive       = "has no effect now"
	PressEnter     = "enter presses it"
	HintChange     = "change"
	HintDefault    = "default, of one or of all"
	HintClose      = "close"
)

// ControlsOf is the title of the dialog.
func ControlsOf(camera string) string { return "Controls of " + camera }

// ControlsPlace is the place of the cursor in a list that does not fit.
func ControlsPlace(at, of int) string { return fmt.Sprintf("  %d of %d", at, of) }

// Switched is the state of a switch.
func Switched(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// Value is a number, with its default where that differs.
func Value(v, usual int) string {
	if v == usual {
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%d (default %d)", v, usual)
}

// The links and bandwidths of a files service.
const (
	LimitHint        = "bytes per second, such as 500k or 2M; empty: no limit"
	NoTransferChosen = "no transfer is chosen; tab and the arrows choose one"
	Forever          = "does not expire"
)

// LimitPrompt asks for a bandwidth.
func LimitPrompt(whose string) string { return "bandwidth of " + whose }

// LimitSet reports a new bandwidth.
func LimitSet(whose, limit string) string {
	if limit == "" {
		return whose + " has no limit now"
	}
	return fmt.Sprintf("%s gets at most %s bytes per second", whose, limit)
}

// NoLimit is what is wrong with a bandwidth.
func NoLimit(text string) string {
	return fmt.Sprintf("expected bytes per second, such as 500k or 2M, got %q", text)
}

// Limited names the bandwidths that are set. Either may be empty.
func Limited(all, each string) string {
	switch {
	case each == "":
		return fmt.Sprintf("limited to %s/s together", all)
	case all == "":
		return fmt.Sprintf("limited to %s/s each", each)
	}
	return fmt.Sprintf("limited to %s/s together, %s/s each", all, each)
}

// OwnLimit is a client's own bandwidth.
func OwnLimit(limit string) string { return fmt.Sprintf("limited to %s/s", limit) }

// RevokeQuestion asks before a link is ended.
func RevokeQuestion(name string) string {
	if name == "." {
		name = "the whole folder"
	}
	return fmt.Sprintf("Revoke the link to %s? It stops working, and its transfers end.", name)
}

// Revoked reports the end of a link.
func Revoked(name string) string { return name + ": the link was revoked" }

// EndsIn is how long a link still works.
func EndsIn(span string) string { return "for " + span }

// Downloads counts the downloads through a link.
func Downloads(begun, most int) string {
	if most == 0 {
		return fmt.Sprintf("fetched %d times", begun)
	}
	return fmt.Sprintf("fetched %d of %d", begun, most)
}
