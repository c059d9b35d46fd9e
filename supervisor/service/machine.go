//go:build unix

package service

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// machine is where a service stands: the state that people want, the phase that
// it is in, and the commands that wait. Only move changes the phase.
type machine struct {
	name   string
	logger *slog.Logger
	down   <-chan struct{} // closed when the instance goes down; nil before Serve

	wanted  Wanted
	phase   api.State
	since   time.Time // when phase began; zero for a service that never left its first
	reason  string    // why it is in its phase, for a person
	cause   error     // the error that reason was made of, while the phase lasts; nil without one
	waiters waiters
	fault   error // the first event that was impossible
}

// goingDown tells whether the instance is being taken down.
func (m *machine) goingDown() bool {
	select {
	case <-m.down:
		return true
	default:
		return false
	}
}

// ending tells whether the service will be gone once it is stopped.
func (m *machine) ending() bool { return m.wanted == Removed || m.goingDown() }

// mayRun tells whether the service may be started.
func (m *machine) mayRun() bool { return m.wanted == Run && !m.goingDown() }

// want changes what is wanted of the service. It answers the commands that
// wanted the opposite, and will not come true.
func (m *machine) want(w Wanted) {
	m.wanted = w
	if w == Run {
		m.waiters.answer(conflict("%s was started meanwhile", m.name), stop)
		return
	}
	m.waiters.answer(conflict("%s was stopped meanwhile", m.name), wantRunning()...)
}

// move takes a transition of the table; false when there is none, which is a
// mistake in this package.
func (m *machine) move(ev event, reason string, f facts) bool {
	from := m.phase
	to, ok := next(from, ev, f)
	if !ok {
		err := &ImpossibleEventError{Service: m.name, Phase: from, Event: string(ev)}
		m.logger.Error("The supervisor made a mistake", "service", m.name, "error", err)
		if m.fault == nil {
			m.fault = err
		}
		return false
	}
	if to != from {
		m.since = time.Now()
		m.cause = nil
	}
	if to != from || reason != m.reason {
		m.logMove(from, to, reason)
	}
	m.phase, m.reason = to, reason
	return true
}

func (m *machine) logMove(from, to api.State, reason string) {
	args := []any{"service", m.name, "from", from, "to", to}
	if reason != "" {
		args = append(args, "reason", reason)
	}
	level := slog.LevelInfo
	if slices.Contains([]api.State{api.Failed, api.Failing, api.Backoff, api.Degraded}, to) {
		level = slog.LevelWarn
	}
	m.logger.Log(context.Background(), level, "Service "+string(to), args...)
}

// startTimer starts the service at a set time. The zero value is of no use.
type startTimer struct {
	at    time.Time // zero while it is not set
	timer *time.Timer
}

func (t *startTimer) set() bool { return !t.at.IsZero() }

// in fires after wait.
func (t *startTimer) in(wait time.Duration) { t.until(time.Now().Add(wait)) }

// until fires at a time.
func (t *startTimer) until(at time.Time) {
	t.at = at
	t.timer.Reset(time.Until(at))
}

func (t *startTimer) cancel() {
	t.at = time.Time{}
	t.timer.Stop()
}
