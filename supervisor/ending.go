//go:build unix

package supervisor

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/backoff"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// stop ends the service and keeps it stopped.
func (s *service) stop(why string) {
	s.wanted, s.again = false, false
	s.retry.Stop()
	s.nextStart = time.Time{}
	if s.next != nil {
		s.terminate(s.next.run, why)
		s.abandon(s.next, "stopped meanwhile")
	}
	switch {
	case s.running():
		s.move(evStop, fmt.Sprintf("%s; killed if it is not gone in %s", why, words(s.cfg.StopTimeout)))
		s.terminate(s.cur, why)
	case s.state == api.Backoff || s.state == api.Failed:
		s.release()
		s.move(evStop, "")
		s.blocked = false
	case s.state == api.Stopped:
		s.release()
		s.reason, s.blocked = "", false
	}
}

// lastWordsTimeout is how long a daemon that a process has left may go on
// writing before it is started again beside that.
const lastWordsTimeout = 250 * time.Millisecond

// exited is what follows when a process has ended.
func (s *service) exited(r *run) {
	s.leaveGroup(r)
	exit := s.bury(r)
	switch {
	case s.next != nil && r == s.next.run:
		s.abandon(s.next, fmt.Sprintf("its new process, pid %d, ended before it was ready: %s", r.PID, exit))
	case r == s.cur:
		s.cur = nil
		s.lost(r, exit)
	default:
		s.log.Note(slog.LevelInfo, fmt.Sprintf("pid %d has drained: %s", r.PID, exit))
	}
}

// lost is what follows when the process that serves has ended.
func (s *service) lost(r *run, exit process.Exit) {
	if !r.readyAt.IsZero() {
		s.backoff.Healthy(s.cfg.Restart, time.Since(r.readyAt))
	}
	if s.state == api.Stopping {
		s.log.Note(slog.LevelInfo, "stopped: "+exit.String())
		if !s.again {
			s.release()
		}
		s.move(evGone, "")
		if s.byHand {
			s.reason = stoppedByHand(s.name)
		}
		if s.again {
			s.again = false
			s.start()
		}
		return
	}
	how := exit.String()
	if r.failure != "" {
		how = r.failure + "; killed"
	}
	s.log.Note(slog.LevelWarn, "exited by itself: "+how)
	if h := s.next; h != nil {
		// The one that was to take over is all there is now.
		s.next, s.cur, s.cfg = nil, h.run, h.cfg
		if h.listener != s.listener {
			s.listener.End()
			s.adoptListener(h.listener)
			s.rekeepListener()
		}
		s.move(evCrash, how)
		s.move(evLaunch, fmt.Sprintf("%s; pid %d takes its place", how, h.run.PID))
		return
	}
	policy := s.cfg.Restart.Policy
	clean := exit.Signal == "" && exit.Code == 0
	switch {
	case policy == configs.RestartNever && !clean:
		s.giveUp(fmt.Sprintf("exited by itself: %s; restart.policy is never", how))
	case clean && policy != configs.RestartAlways:
		s.complete()
		s.move(evDone, endedInOrder)
		s.sleep()
	case s.backoff.Exhausted(s.cfg.Restart, time.Now()):
		why := fmt.Sprintf("started %d times within %s, the last time: %s; gave up", s.backoff.Starts(s.cfg.Restart, time.Now()), words(s.cfg.Restart.Window), how)
		s.log.Note(slog.LevelError, why)
		s.giveUp(why)
	default:
		s.restarts++
		s.startLater(backoff.Jitter(s.backoff.Next(s.cfg.Restart)), fmt.Sprintf("%s; restart %d", how, s.restarts))
	}
}

const endedInOrder = "ended by itself: exit status 0"

// complete notes that the service has done what it was to do.
func (s *service) complete() {
	s.wanted, s.completed = false, true
	s.closing = s.closing || s.cfg.Share != nil && s.cfg.Share.Once
	s.release()
}

// sleep waits for the next time of a service that has a schedule, whatever
// became of it this time.
func (s *service) sleep() {
	if s.cfg.Schedule != "" && !s.closing && !s.byHand {
		s.wanted = true
		s.schedule()
	}
}

// startLater goes into backoff and launches after wait.
func (s *service) startLater(wait time.Duration, why string) {
	if wait <= 0 {
		s.move(evCrash, why+" at once")
		s.launch()
		return
	}
	s.nextStart = time.Now().Add(wait)
	s.retry.Reset(wait)
	s.move(evCrash, why)
}

// linesKept of a process that ended are shown with its exit.
const linesKept = 10

// linesSince are the newest that a process itself wrote after the line
// numbered mark.
func (s *service) linesSince(mark uint64) []string {
	var lines []string
	for _, l := range s.log.Last(linesKept + 1) { // the note of its start may be among them
		if l.Seq > mark && !l.Supervisor {
			lines = append(lines, l.Raw)
		}
	}
	return lines[max(0, len(lines)-linesKept):]
}

// words is a duration as a person writes it: 1m, not 1m0s.
func words(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
