//go:build unix

package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestCalmIsMoreThanAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		// Settled at first, then one starts that had waited, then all are.
		err := untilCalm(t.Context(), func() (bool, error) {
			at := time.Since(begin)
			return at < calm/2 || at > 2*calm, nil
		})
		if at := time.Since(begin); err != nil || at < 3*calm || at > 4*calm {
			t.Errorf("calm after %s (%v), want 3 to 4 times %s", at, err, calm)
		}
	})
}

func TestWaitingForCalmEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := errors.New("failed")
		if err := untilCalm(t.Context(), func() (bool, error) { return false, failed }); err != failed {
			t.Errorf("got %v, want %v", err, failed)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := untilCalm(ctx, func() (bool, error) { return false, nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
	})
}

func TestWhatIsAboutToStartIsNotSettled(t *testing.T) {
	first := api.Service{Name: "first", State: api.Ready}
	for reason, want := range map[string]bool{"waits for first": false, "waits for first, which is stopped": true, "stopped by hand": true, "": false} {
		if got := allSettled([]api.Service{first, {Name: "second", State: api.Stopped, Reason: reason}}); got != want {
			t.Errorf("%q: settled is %v, want %v", reason, got, want)
		}
	}
}
