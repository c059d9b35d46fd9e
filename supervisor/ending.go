//go:build unix

package supervisor

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// stop ends the service and keeps it stopped.
func (s *service) stop(why string) {
	s.wanted, s.again = false, false
	s.retry.Stop()
	s.nextStart = time.Time{}
	switch {
	case s.running():
		s.terminate(why)
	case s.state == api.Backoff || s.state == api.Failed:
		s.release()
		s.move(evStop, "")
	case s.state == api.Stopped:
		s.release()
		s.reason, s.blocked = "", false
	}
}

// terminate asks the process to end, and will not ask twice.
func (s *service) terminate(why string) {
	s.grace.Stop()
	s.move(evStop, fmt.Sprintf("%s; killed if it is not gone in %s", why, words(s.cfg.StopTimeout)))
	s.proc.Terminate()
	s.killing.Reset(s.cfg.StopTimeout)
}

func (s *service) kill() {
	if s.proc == nil {
		return
	}
	s.reason = fmt.Sprintf("did not end within %s of SIGTERM; killed", words(s.cfg.StopTimeout))
	s.log.Note(slog.LevelWarn, s.reason)
	s.proc.Kill()
}

// lastWordsTimeout is how long the last lines of a process may take to come
// out of its log before it is started again without them.
const lastWordsTimeout = 250 * time.Millisecond

// exited is what follows when the process has ended.
func (s *service) exited() {
	exit := s.proc.Exit()
	s.killing.Stop()
	s.grace.Stop()
	s.watch.stop()
	s.watch, s.sampled = nil, sampled{rates: s.sampled.rates}
	s.log.Settle(lastWordsTimeout)
	s.lastExit = &api.Exit{Text: exit.String(), Code: exit.Code, Signal: exit.Signal, Time: time.Now(), Lines: s.lastLines()}
	s.proc, s.status = nil, ""
	s.env.table.KillOrphans(contract.Service + "=" + s.cfg.Name)
	if !s.readyAt.IsZero() {
		s.backoff.well(time.Since(s.readyAt))
	}

	if s.state == api.Stopping {
		s.log.Note(slog.LevelInfo, "stopped: "+exit.String())
		if !s.again {
			s.release()
		}
		s.move(evGone, "")
		if s.again {
			s.again = false
			s.start()
		}
		return
	}
	s.log.Note(slog.LevelWarn, "exited by itself: "+exit.String())
	policy := s.cfg.Restart.Policy
	clean := exit.Signal == "" && exit.Code == 0
	switch {
	case policy == configs.RestartNever && !clean:
		s.giveUp(fmt.Sprintf("exited by itself: %s; restart.policy is never", exit))
	case clean && policy != configs.RestartAlways:
		s.wanted, s.completed = false, true
		s.release()
		s.move(evDone, "ended by itself: exit status 0")
	case s.backoff.exhausted(time.Now()):
		why := fmt.Sprintf("started %d times within %s, the last time: %s; gave up", len(s.backoff.starts), words(s.cfg.Restart.Window), exit)
		s.log.Note(slog.LevelError, why)
		s.giveUp(why)
	default:
		s.restarts++
		s.startLater(s.backoff.delay(), fmt.Sprintf("%s; restart %d", exit, s.restarts))
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

// lastLines are the newest that the process itself wrote.
func (s *service) lastLines() []string {
	var lines []string
	for _, l := range s.log.Last(linesKept + 1) { // the note of its start may be among them
		if l.Seq > s.logMark && !strings.HasSuffix(l.Raw, `"by":"supervisor"}`) {
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
