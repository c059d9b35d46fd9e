package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// task is a callback on a schedule.
type task struct {
	interval time.Duration
	run      func(ctx context.Context)
}

// Every calls fn once per interval while the server serves. The first call comes one
// interval after the start. Calls do not overlap: after one that takes longer than
// the interval, the next follows at once, and missed ones are left out. The context
// ends when the drain begins, and Serve waits for fn. A panic is logged, and does
// not stop the later calls. Every panics if the interval is not positive. Call it
// before Serve.
func (s *Server) Every(interval time.Duration, fn func(ctx context.Context)) {
	if interval <= 0 {
		panic(fmt.Sprintf("server: Every needs a positive interval, got %v", interval))
	}
	s.tasks = append(s.tasks, task{interval, fn})
}

// repeat calls the task once per interval until ctx ends.
func (t task) repeat(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(t.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.call(ctx, log)
		}
	}
}

// call calls the task and logs a panic.
func (t task) call(ctx context.Context, log *slog.Logger) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("a scheduled callback panicked", "interval", t.interval.String(), "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
		}
	}()
	t.run(ctx)
}
