//go:build unix

package supervisor

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

func (s *service) running() bool {
	return s.state == api.Starting || s.state == api.Ready || s.state == api.Degraded
}

// command takes up a wish; its answer comes when the service has settled.
func (s *service) command(c command) {
	if s.closing && (c.verb == start || c.verb == restart) {
		c.done <- &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf("%s is ending", s.cfg.Name)}
		return
	}
	s.waiters = append(s.waiters, c)
	switch c.verb {
	case start:
		s.wanted = true
		switch {
		case s.state == api.Stopping:
			s.again = true
		case !s.running():
			s.backoff.reset()
			s.start()
		}
	case restart:
		s.wanted = true
		s.backoff.reset()
		switch {
		case s.running():
			s.again = true
			s.terminate("restarting")
		case s.state == api.Stopping:
			s.again = true
		default:
			s.start()
		}
	case stop:
		s.stop("stopped by hand")
	case finish:
		s.closing = true
		s.stop("ending")
	}
	s.settle()
}

// start launches as soon as what it comes after is ready.
func (s *service) start() {
	s.retry.Stop()
	s.nextStart = time.Time{}
	var waiting string
	if waiting, s.blocked = s.waitingFor(); waiting != "" {
		if s.state != api.Stopped {
			s.move(evStop, "")
		}
		s.reason = waiting
		return
	}
	s.launch()
}

// waitingFor says for which service this one waits, empty when for none, and
// whether waiting is in vain.
func (s *service) waitingFor() (reason string, blocked bool) {
	for _, name := range s.cfg.After {
		other, ok := s.env.lookup(name)
		switch {
		case !ok || other.State == api.Ready || other.State == api.Degraded:
		case other.State == api.Failed:
			return fmt.Sprintf("waits for %s, which has failed; start %s once that is mended", name, name), true
		default:
			return "waits for " + name, false
		}
	}
	return "", false
}

// considerDependencies starts a service that waited for another.
func (s *service) considerDependencies() {
	if s.wanted && s.state == api.Stopped && len(s.cfg.After) > 0 {
		s.start()
		s.settle()
	}
}

// launch starts a process.
func (s *service) launch() {
	s.nextStart = time.Time{}
	s.move(evLaunch, "")
	if err := s.listen(); err != nil {
		// Nothing was started: the port may be free soon, so this does not
		// count towards the start limit.
		wait := s.backoff.delay()
		if wait == 0 {
			wait = s.cfg.Restart.Delay
		}
		s.log.Note(slog.LevelWarn, "cannot start: "+err.Error())
		s.startLater(wait, err.Error())
		return
	}
	argv, err := s.env.argv(s.cfg)
	if err == nil {
		err = s.spawn(argv)
	}
	var noRoom *process.NoRoomError
	switch {
	case errors.As(err, &noRoom):
		s.log.Note(slog.LevelWarn, err.Error())
		s.startLater(max(s.backoff.delay(), s.cfg.Restart.Delay), err.Error())
		return
	case err != nil:
		s.log.Note(slog.LevelError, err.Error())
		s.giveUp(err.Error())
		return
	}
	s.log.Note(slog.LevelInfo, fmt.Sprintf("started, pid %d", s.proc.PID))
	if s.cfg.Probe == nil && s.cfg.Kind == configs.KindExec {
		s.grace.Reset(readyGrace)
	}
}

func (s *service) listen() error {
	if s.cfg.Port < 0 || s.listener != nil {
		return nil
	}
	ln, err := listen(s.cfg.Bind, max(s.cfg.Port, s.port))
	if err != nil {
		return err
	}
	s.listener, s.port = ln, ln.port
	s.share = shareOf(s.cfg, ln.addr)
	return nil
}

// release lets go of the listener when no process is to come: whoever connects
// is refused at once instead of waiting for nobody.
func (s *service) release() {
	s.listener.close()
	s.listener = nil
}

// giveUp leaves the service down until somebody starts it.
func (s *service) giveUp(why string) {
	s.wanted = false
	s.release()
	s.move(evGiveUp, why)
}

func (s *service) spawn(argv []string) error {
	p := s.env.paths(s.cfg.Name)
	if err := os.Remove(p.control); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot remove the socket of the process before: %w", err)
	}
	s.launches++
	s.logMark = s.log.Seq()
	c := process.Command{
		Service: s.cfg.Name, Argv: argv, Dir: s.cfg.Dir, FIFO: p.fifo, Notify: p.notify(s.launches),
		Env: append(s.env.variable(s.cfg), contract.Control+"="+p.control),
	}
	if s.listener != nil {
		c.Listener = s.listener.file
	}
	proc, err := s.env.table.Start(c)
	if err != nil {
		return err
	}
	now := time.Now()
	s.proc, s.started, s.readyAt, s.notified, s.status = proc, now, time.Time{}, false, ""
	s.backoff.started(now)
	s.watch = startWatch(s.cfg, proc.PID, p.control, s.listener)
	return nil
}

// hear takes what the process said.
func (s *service) hear(m process.Message) {
	s.notified = true
	if m.Status != "" {
		s.status = m.Status
	}
	if m.Ready && s.state == api.Starting {
		s.becomeReady()
	}
}

// assumeReady is for a program that never says it.
func (s *service) assumeReady() {
	if s.state == api.Starting && !s.notified {
		s.becomeReady()
	}
}

func (s *service) becomeReady() {
	if s.readyAt.IsZero() {
		s.readyAt = time.Now()
	}
	s.move(evReady, "")
}

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
		s.reason = ""
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
		s.wanted = false
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
