package explain

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

func TestTheCodeEndsTheTextAndSurvivesWrapping(t *testing.T) {
	err := fmt.Errorf("cannot start web: %w", Errorf("port-taken", "port %d is in use: %w", 80, fs.ErrExist))
	if got, want := err.Error(), "cannot start web: port 80 is in use: file already exists [port-taken]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Code(err); got != "port-taken" {
		t.Errorf("its code is %q", got)
	}
	if !errors.Is(err, fs.ErrExist) {
		t.Error("the cause is lost")
	}
	if With("x", nil) != nil || Code(nil) != "" || Code(fs.ErrExist) != "" {
		t.Error("an error without a code got one")
	}
}

func TestTheCodeClosestToTheCauseWins(t *testing.T) {
	err := Errorf("reload-refused", "nothing was changed: %w", Errorf("port-taken", "port 80 is in use"))
	if got, want := err.Error(), "nothing was changed: port 80 is in use [port-taken]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Code(With("start-failed", err)); got != "port-taken" {
		t.Errorf("its code is %q", got)
	}
}

type foreign struct{ error }

func (foreign) ExplainCode() string { return "link-gone" }

func TestAnErrorOfAnotherPackageCarriesItsCode(t *testing.T) {
	if got := Code(fmt.Errorf("it: %w", foreign{fs.ErrExist})); got != "link-gone" {
		t.Errorf("its code is %q", got)
	}
}
