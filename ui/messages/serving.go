package messages

import "fmt"

// The controls of a camera.
const (
	ControlsAsking = "asking the camera…"
	NoControls     = "this camera has nothing to set"
	ReadOnly       = "read only"
	Inactive       = "has no effect now"
	PressEnter     = "enter does it"
	HintChange     = "change"
	HintDefault    = "default, of one or of all"
	HintClose      = "close"
	HintControls   = "controls"
	HintChoose     = "choose"
	HintEnd        = "end it"
	HintLimit      = "bandwidth"
)

// ControlsOf is the head of the dialog.
func ControlsOf(camera string) string { return "What can be set at " + camera }

// ControlsPlace tells where the cursor is in a list that does not fit.
func ControlsPlace(at, of int) string { return fmt.Sprintf("  %d of %d", at, of) }

// Switched is the state of what is on or off.
func Switched(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// Value is a number, and its default where it is another.
func Value(v, usual int) string {
	if v == usual {
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%d (default %d)", v, usual)
}

// The links and bandwidths of a files service.
const (
	LimitHint        = "bytes a second, such as 500k or 2M; nothing for no limit"
	NoTransferChosen = "no transfer is chosen; tab and the arrows choose one"
	Forever          = "does not expire"
)

// LimitPrompt asks for a bandwidth.
func LimitPrompt(whose string) string { return "bandwidth of " + whose }

// LimitSet says that it was changed.
func LimitSet(whose, limit string) string {
	if limit == "" {
		return whose + " has no limit any more"
	}
	return fmt.Sprintf("%s gets %s bytes a second at most", whose, limit)
}

// NoLimit says what was expected.
func NoLimit(text string) string {
	return fmt.Sprintf("expected bytes a second, such as 500k or 2M, got %q", text)
}

// Limited tells the bandwidths that are set; either may be empty.
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
	return fmt.Sprintf("Revoke the link to %s? Whoever has it can fetch it no more, and transfers through it end.", name)
}

// Revoked says that a link was ended.
func Revoked(name string) string { return name + ": the link was revoked" }

// EndsIn is how long a link is still good.
func EndsIn(span string) string { return "for " + span }

// Downloads counts the downloads through a link.
func Downloads(begun, most int) string {
	if most == 0 {
		return fmt.Sprintf("fetched %d times", begun)
	}
	return fmt.Sprintf("fetched %d of %d", begun, most)
}
