//go:build unix

package supervisor

import (
	"fmt"
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

// outcome is whether a wish has come true, or will not.
func (s *service) outcome(v verb) (decided bool, err error) {
	if v == stop || v == finish {
		return s.state == api.Stopped && s.proc == nil || s.running() && s.wanted, nil
	}
	switch {
	case s.again:
		return false, nil
	case s.state == api.Ready || s.state == api.Degraded:
		return true, nil
	case s.state == api.Failed, s.state == api.Backoff && s.proc == nil && s.listener == nil && s.cfg.Port >= 0:
		return true, &api.Error{Code: api.CodeFailed, Message: fmt.Sprintf("cannot start %s: %s%s", s.cfg.Name, s.reason, s.lastWords())}
	case s.state == api.Stopped && s.blocked:
		return true, &api.Error{Code: api.CodeFailed, Message: fmt.Sprintf("cannot start %s yet: it %s", s.cfg.Name, s.reason)}
	case s.state == api.Stopped && s.completed:
		return true, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s %s before it was ready", s.cfg.Name, s.reason)}
	case s.state == api.Stopped && !s.wanted:
		return true, &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s was stopped meanwhile", s.cfg.Name)}
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
