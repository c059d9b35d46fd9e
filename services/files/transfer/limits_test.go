package transfer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimitsSpaceTransfersOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(1000, 500)
		started := time.Now()
		for range 10 {
			if err := l.wait(context.Background(), "a", 100); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(started); took < 1700*time.Millisecond || took > 2*time.Second {
			t.Errorf("1000 bytes at 500 a second took %s", took)
		}
		l.Set(0, 0)
		started = time.Now()
		for range 10 {
			_ = l.wait(context.Background(), "a", 1000)
		}
		if took := time.Since(started); took != 0 {
			t.Errorf("without limits it took %s", took)
		}
	})
}

func TestOneClientsLimitIsNotTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(0, 1000)
		if err := l.SetClient("192.0.2.1", 100); err != nil {
			t.Fatal(err)
		}
		if err := l.SetClient("2001:db8::1", 10); err != nil {
			t.Fatal(err)
		}
		for client, want := range map[string]time.Duration{"192.0.2.1": 10 * time.Second, "192.0.2.2": time.Second,
			"2001:db8::2": 100 * time.Second, "2001:db8:0:1::1": time.Second} {
			started := time.Now()
			for range 11 { // the first goes at once
				_ = l.wait(context.Background(), client, 100)
			}
			if took := time.Since(started); took != want {
				t.Errorf("%s waited %s for 1000 bytes, want %s", client, took, want)
			}
		}
	})
}

// Who waits at a slow pace goes on as soon as it is lifted.
func TestALiftedLimitIsLiftedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(1, 0)
		_ = l.wait(context.Background(), "a", 10000)
		go func() {
			time.Sleep(time.Second)
			l.Set(0, 0)
		}()
		started := time.Now()
		for range 5 {
			_ = l.wait(context.Background(), "a", 10000)
		}
		if took := time.Since(started); took != time.Second {
			t.Errorf("it waited %s, want 1s", took)
		}
	})
}
