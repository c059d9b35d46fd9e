package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// task is a callback on a schedule.
type task struct {
	interval time.Duration
	run      func(ctx context.Context)
}

// Every calls fn once per interval while the server serves, the first time
// one interval after its start. Calls do not overlap: one that takes longer
// than the interval is followed by the next at once, and what was missed is
// left out. The context ends when the drain begins, and Serve waits for fn. A
// panic is logged, and the next call comes in its time. Every panics when the
// interval is not positive, and is to be called before Serve.
func (s *Server) Every(interval time.Duration, fn func(ctx context.Context)) {
	if interval <= 0 {
		panic(fmt.Sprintf("server: Every needs a positive interval, got %v", interval))
	}
	s.tasks = append(s.tasks, task{interval, fn})
}

func (s *Server) repeat(t task) {
	ticker := time.NewTicker(t.interval)
	defer ticker.Stop()
	for {
		select {
		case <-s.drain.Done():
			return
		case <-ticker.C:
			s.runTask(t)
		}
	}
}

func (s *Server) runTask(t task) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a scheduled callback panicked", "interval", t.interval.String(), "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
		}
	}()
	t.run(s.drain)
}
