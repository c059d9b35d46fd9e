//go:build unix

package supervisor

import (
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
)

func policy() configs.Restart {
	return configs.Restart{Policy: configs.RestartOnFailure, Delay: 500 * time.Millisecond, MaxDelay: 3 * time.Second, Limit: 3, Window: time.Minute}
}

func TestTheFirstRestartIsAtOnceThenTheDelayDoublesUpToItsMaximum(t *testing.T) {
	b := backoff{policy: policy()}
	for i, want := range []time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second} {
		if got := b.delay(); got != want {
			t.Errorf("restart %d after %s, want %s", i+1, got, want)
		}
	}
}

func TestAServiceThatWasWellForTheWindowStartsOver(t *testing.T) {
	b := backoff{policy: policy()}
	b.delay()
	b.delay()
	b.well(59 * time.Second)
	if got := b.delay(); got == 0 {
		t.Error("well for less than the window, yet started at once")
	}
	b.well(time.Minute)
	if got := b.delay(); got != 0 {
		t.Errorf("well for the window, yet delayed by %s", got)
	}
}

func TestTheStartLimitCountsWithinTheWindow(t *testing.T) {
	b := backoff{policy: policy()}
	at := time.Unix(1000, 0)
	for i := range 3 {
		if b.exhausted(at) {
			t.Fatalf("exhausted after %d starts of 3", i)
		}
		b.started(at)
		at = at.Add(10 * time.Second)
	}
	if !b.exhausted(at) {
		t.Error("three starts within the window, and not exhausted")
	}
	if b.exhausted(at.Add(time.Minute)) {
		t.Error("the starts are older than the window, and still count")
	}
	unlimited := backoff{policy: configs.Restart{Window: time.Hour}}
	for range 100 {
		unlimited.started(at)
	}
	if unlimited.exhausted(at) {
		t.Error("a limit of 0 is a limit")
	}
}

func TestDelaysNeverOverflow(t *testing.T) {
	if got := doubled(time.Second, 30*time.Second, 1000); got != 30*time.Second {
		t.Errorf("got %s", got)
	}
	if got := doubled(time.Minute, time.Second, 0); got != time.Second {
		t.Errorf("a delay above its maximum: %s", got)
	}
}
