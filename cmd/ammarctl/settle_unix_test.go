//go:build unix

package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPollAsksUntilTheAnswerIsYes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := poll(t.Context(), func() (bool, error) { return time.Since(began) >= time.Second, nil })
		if took := time.Since(began); err != nil || took < time.Second || took > time.Second+askEvery {
			t.Errorf("it took %s (%v), want a second", took, err)
		}
	})
}

func TestPollEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := errors.New("failed")
		if err := poll(t.Context(), func() (bool, error) { return false, failed }); err != failed {
			t.Errorf("got %v, want %v", err, failed)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := poll(ctx, func() (bool, error) { return false, nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
	})
}
