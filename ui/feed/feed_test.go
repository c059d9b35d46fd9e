package feed

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// source is fed by hand.
type source struct {
	states chan api.Snapshot
	lines  chan api.LogLine
}

func newSource() *source {
	return &source{states: make(chan api.Snapshot), lines: make(chan api.LogLine)}
}

func (s *source) Watch(ctx context.Context, fn func(api.Snapshot) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case state := <-s.states:
			if err := fn(state); err != nil {
				return err
			}
		}
	}
}

func (s *source) Logs(ctx context.Context, _ client.LogQuery, fn func(api.LogLine) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case l := <-s.lines:
			if err := fn(l); err != nil {
				return err
			}
		}
	}
}

// lostLogs is an engine whose log is read once and then gone.
type lostLogs struct {
	*source
	asked chan struct{}
}

func (e lostLogs) Logs(_ context.Context, _ client.LogQuery, fn func(api.LogLine) error) error {
	select {
	case e.asked <- struct{}{}:
		_ = fn(api.LogLine{Msg: "the last words"})
	default:
	}
	return errors.New("gone")
}

func TestALostSupervisorLeavesItsLogToBeRead(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := New(ctx, lostLogs{newSource(), make(chan struct{}, 1)})
	defer f.Close()
	defer cancel()
	f.Follow(Logs{Names: []string{"files"}, Past: RecentLines})
	for deadline := time.Now().Add(5 * time.Second); len(f.deliver().Lines) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the line never came")
		}
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		again := f.follower.restart // it has asked once more
		f.mu.Unlock()
		if again {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not ask again")
		}
	}
	if msg := f.deliver(); msg.Restart {
		t.Errorf("the log is emptied with nothing in its place: %+v", msg)
	}
}

// Nobody takes the news: whoever makes them is not held up, and what there is
// no room for is counted.
func TestAScreenThatIsNotDrawnHoldsUpNobody(t *testing.T) {
	engine := newSource()
	ctx, cancel := context.WithCancel(context.Background())
	f := New(ctx, engine)
	defer f.Close()
	defer cancel()
	f.patience = 10 * time.Millisecond
	f.Follow(Logs{Names: []string{"files"}, Past: RecentLines})
	const many = 3 * PendingLines
	started := time.Now()
	for i := range many {
		engine.lines <- api.LogLine{Seq: uint64(i)}
		if i%1000 == 0 {
			engine.states <- api.Snapshot{}
		}
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("%d lines took %s", many, took)
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		msg := f.deliver()
		if len(msg.Lines) == 0 && time.Now().Before(deadline) {
			continue
		}
		last := msg.Lines[len(msg.Lines)-1].Seq
		if len(msg.Lines) > PendingLines || msg.Skipped == 0 || len(msg.Lines)+msg.Skipped < many-1 || last < many-2 {
			t.Errorf("%d lines, %d skipped, the last %d of %d", len(msg.Lines), msg.Skipped, last, many)
		}
		return
	}
}

// A screen that takes what comes, if slowly, gets all of a long past.
func TestALongPastComesInWhole(t *testing.T) {
	engine := newSource()
	ctx, cancel := context.WithCancel(context.Background())
	f := New(ctx, engine)
	defer f.Close()
	defer cancel()
	f.Follow(Logs{Names: []string{"files"}, Past: RecentLines})
	const many = 5 * PendingLines
	go func() {
		for i := range many {
			engine.lines <- api.LogLine{Seq: uint64(i)}
		}
	}()
	for got := 0; got < many; time.Sleep(20 * time.Millisecond) {
		msg := f.deliver()
		if msg.Skipped > 0 {
			t.Fatalf("%d lines were left out", msg.Skipped)
		}
		for _, l := range msg.Lines {
			if l.Seq != uint64(got) {
				t.Fatalf("line %d comes as number %d", l.Seq, got)
			}
			got++
		}
	}
}
