//go:build unix

package supervisor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// settle answers those whose wish is decided.
func (s *service) settle() {
	var waiting []command
	for _, c := range s.waiters {
		if decided, err := s.outcome(c.verb); decided {
			c.done <- err
		} else {
			waiting = append(waiting, c)
		}
	}
	s.waiters = waiting
}

// refuse answers those who wish for one of these.
func (s *service) refuse(err error, verbs ...verb) {
	var waiting []command
	for _, c := range s.waiters {
		if slices.Contains(verbs, c.verb) {
			c.done <- err
		} else {
			waiting = append(waiting, c)
		}
	}
	s.waiters = waiting
}

// outcome is whether a wish has come true, or will not.
func (s *service) outcome(v verb) (decided bool, err error) {
	switch v {
	case stop, finish:
		return s.state == api.Stopped && len(s.runs) == 0 || s.running() && s.wanted, nil
	case amend:
		return true, nil
	case reconfigure:
		if !s.wanted && !s.running() && s.state != api.Stopping {
			return true, nil
		}
	}
	switch {
	case s.asleep() && v == begin, s.cfg.Oneshot && s.completed && s.state == api.Stopped:
		return true, nil
	case s.again, s.next != nil && v != start:
		return false, nil
	case s.state == api.Ready || s.state == api.Degraded:
		// A restart is over when what was there before has drained.
		return v == start || len(s.runs) <= 1, nil
	case s.state == api.Failed, s.state == api.Backoff && s.cur == nil && s.listener == nil && s.cfg.Port >= 0:
		return true, &api.Error{Code: api.CodeFailed, Message: fmt.Sprintf("cannot start %s: %s%s", s.name, s.reason, s.lastWords())}
	case s.state == api.Stopped && s.blocked:
		return true, &api.Error{Code: api.CodeFailed, Message: fmt.Sprintf("cannot start %s yet: it %s", s.name, s.reason)}
	case s.state == api.Stopped && s.completed:
		return true, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s %s before it was ready", s.name, s.reason)}
	case s.state == api.Stopped && !s.wanted:
		return true, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s was stopped meanwhile", s.name)}
	}
	return false, nil
}

// lastWords are the last lines of the process, for an error text.
func (s *service) lastWords() string {
	if s.lastExit == nil || len(s.lastExit.Lines) == 0 || s.state != api.Failed {
		return ""
	}
	return "\n  " + strings.Join(s.lastExit.Lines, "\n  ")
}
