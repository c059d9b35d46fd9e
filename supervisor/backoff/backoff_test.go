package backoff

import (
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/configs"
)

func policy() configs.Restart {
	return configs.Restart{Policy: configs.RestartOnFailure, Delay: 500 * time.Millisecond, MaxDelay: 3 * time.Second,
		Limit: 3, Window: time.Minute}
}

func TestTheFirstRestartIsAtOnceThenTheDelayDoublesUpToItsMaximum(t *testing.T) {
	var b Backoff
	for i, want := range []time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second,
		3 * time.Second} {
		if got := b.Next(policy()); got != want {
			t.Errorf("restart %d after %s, want %s", i+1, got, want)
		}
	}
}

func TestAServiceThatWasHealthyForTheWindowStartsOver(t *testing.T) {
	var b Backoff
	b.Next(policy())
	b.Next(policy())
	b.Healthy(policy(), 59*time.Second)
	if got := b.Next(policy()); got == 0 {
		t.Error("healthy for less than the window, yet started at once")
	}
	b.Healthy(policy(), time.Minute)
	if got := b.Next(policy()); got != 0 {
		t.Errorf("healthy for the window, yet delayed by %s", got)
	}
}

func TestTheStartLimitCountsWithinTheWindow(t *testing.T) {
	var b Backoff
	at := time.Unix(1000, 0)
	for i := range 3 {
		if b.Exhausted(policy(), at) {
			t.Fatalf("exhausted after %d starts of 3", i)
		}
		b.Started(policy(), at)
		at = at.Add(10 * time.Second)
	}
	if !b.Exhausted(policy(), at) {
		t.Error("three starts within the window, and not exhausted")
	}
	if b.Exhausted(policy(), at.Add(time.Minute)) {
		t.Error("the starts are older than the window, and still count")
	}
	unlimited, none := Backoff{}, configs.Restart{Window: time.Hour}
	for range 100 {
		unlimited.Started(none, at)
	}
	if unlimited.Exhausted(none, at) {
		t.Error("a limit of 0 is a limit")
	}
}

func TestAChangedLimitCountsTheStartsThatWere(t *testing.T) {
	var b Backoff
	at := time.Unix(1000, 0)
	unlimited, two := policy(), policy()
	unlimited.Limit, two.Limit = 0, 2
	b.Started(unlimited, at)
	b.Started(unlimited, at)
	if b.Exhausted(unlimited, at) || !b.Exhausted(two, at) {
		t.Errorf("unlimited: %v, limit 2: %v", b.Exhausted(unlimited, at), b.Exhausted(two, at))
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

func TestJitterIsATenthAtMost(t *testing.T) {
	for range 1000 {
		if got := Jitter(time.Second); got < 900*time.Millisecond || got > 1100*time.Millisecond {
			t.Fatalf("got %s", got)
		}
	}
}
