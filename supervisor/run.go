//go:build unix

package supervisor

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/cgroup"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/probe"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/sample"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// run is one process of a service with what is known of it. The service's
// goroutine owns it; another one only forwards what happens to it.
type run struct {
	*process.Process
	cfg    configs.Service // as it was launched
	launch int
	paths  runPaths

	started     time.Time
	readyAt     time.Time
	until       time.Time // when it has to be ready, or gone
	logMark     uint64    // the newest line when it was started
	notified    bool      // it has spoken on its notify socket
	kept        bool      // the keeper has its notify socket
	marked      bool      // its record says that it has been ready
	saysReady   bool      // it has said itself that it is ready
	expectReady bool      // it is to say so: the one that it takes over from does
	unheard     bool      // it may have said so to a supervisor that is gone
	status      string
	why         string // it is to end
	failure     string // why it was killed, when it was
	sampled     sample.Sample
	watch       *watch

	grace   *time.Timer // then a program that never says so is ready
	late    *time.Timer // then it has taken too long to get ready
	overdue *time.Timer // then it has taken too long to end
	silent  *time.Timer // then its watchdog has not been heard for too long
	old     *time.Timer // then it has run for as long as it may
}

// runPaths are a process's own in the runtime folder.
type runPaths struct {
	control, notify, record string
	group                   string // of control; empty where there are none
}

// remove leaves nothing of a process that has ended; it may have removed some
// of it itself.
func (p runPaths) remove() {
	for _, path := range []string{p.control, p.notify, p.record} {
		_ = os.Remove(path)
	}
}

// happening is something that befell a run.
type happening struct {
	run     *run
	what    what
	message process.Message
	result  result
}

type what int

const (
	spoke    what = iota // on the notify socket
	observed             // by its watch
	gone                 // it has ended
	graceOver
	tooLate
	tooSlow
	tooSilent
	tooOld
)

func newRun(p *process.Process, cfg configs.Service, launch int, paths runPaths) *run {
	return &run{
		Process: p, cfg: cfg, launch: launch, paths: paths,
		grace: stoppedTimer(), late: stoppedTimer(), overdue: stoppedTimer(), silent: stoppedTimer(), old: stoppedTimer(),
	}
}

// follow forwards what happens to the run until it has ended; somebody takes
// what is forwarded for as long.
func (r *run) follow(to chan<- happening) {
	for {
		select {
		case m := <-r.Messages:
			to <- happening{run: r, what: spoke, message: m}
		case res := <-r.watch.results():
			to <- happening{run: r, what: observed, result: res}
		case <-r.grace.C:
			to <- happening{run: r, what: graceOver}
		case <-r.late.C:
			to <- happening{run: r, what: tooLate}
		case <-r.overdue.C:
			to <- happening{run: r, what: tooSlow}
		case <-r.silent.C:
			to <- happening{run: r, what: tooSilent}
		case <-r.old.C:
			to <- happening{run: r, what: tooOld}
		case <-r.Done:
			for _, t := range []*time.Timer{r.grace, r.late, r.overdue, r.silent, r.old} {
				t.Stop()
			}
			r.watch.stop()
			to <- happening{run: r, what: gone}
			return
		}
	}
}

// spawn starts a process of the service as cfg has it.
func (s *service) spawn(cfg configs.Service, ln *listener.Listener) (*run, error) {
	argv, err := s.env.argv(cfg)
	if err != nil {
		return nil, err
	}
	s.launches++
	paths := s.env.paths(cfg.Name, s.launches)
	if err := os.Remove(paths.control); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot remove the socket of a process before: %w", err)
	}
	config, err := statefile.EncodeService(cfg)
	if err != nil {
		return nil, err
	}
	settings, err := s.settings(cfg, paths.group)
	if err != nil {
		return nil, err
	}
	mark := s.log.Seq()
	c := process.Command{
		Service: cfg.Name, Argv: argv, Dir: cfg.Dir, FIFO: s.log.Output(),
		Notify: paths.notify, Record: paths.record, Launch: s.launches, Restarts: s.restarts, Config: config,
		Env: append(s.env.variable(cfg), contract.Control+"="+paths.control, contract.StopTimeout+"="+cfg.StopTimeout.String(), settings.Variable()),
	}
	if cfg.Watchdog > 0 {
		c.Env = append(c.Env, fmt.Sprintf("WATCHDOG_USEC=%d", cfg.Watchdog.Microseconds()))
	}
	if ln != nil {
		c.Listener, c.Addr = ln.File, ln.Addr
	}
	p, err := s.env.table.Start(c)
	if err != nil {
		cgroup.Remove(paths.group)
		return nil, err
	}
	r := newRun(p, cfg, s.launches, paths)
	r.started, r.logMark = time.Now(), mark
	s.secure(r)
	s.begin(r, ln)
	r.expectReady = s.cur != nil && s.cur.saysReady && slices.Equal(s.cur.cfg.Exec, cfg.Exec)
	r.waitForReady()
	return r, nil
}

// waitForReady bounds the time for which a process is starting that may have
// no way to say that it is ready.
func (r *run) waitForReady() {
	if r.cfg.StartTimeout > 0 && !r.cfg.Oneshot {
		r.late.Reset(r.cfg.StartTimeout)
		r.until = time.Now().Add(r.cfg.StartTimeout)
	}
	if r.cfg.Probe == nil && r.cfg.Kind == configs.KindExec && !r.cfg.Oneshot && !r.expectReady {
		r.grace.Reset(readyGrace)
	}
}

// begin watches a process and follows it.
func (s *service) begin(r *run, ln *listener.Listener) {
	var check probe.Check
	if r.cfg.Probe != nil {
		addr := configuredAddr(r.cfg)
		if ln != nil {
			addr = ln.Addr
		}
		check = probe.New(*r.cfg.Probe, addr, r.cfg.TLSCert != "", s.env.table, r.cfg.Dir, append(process.Environment(), s.env.variable(r.cfg)...))
	}
	r.watch = startWatch(r.cfg, r.PID, r.paths.control, check, s.env.looks)
	r.boundAge()
	s.runs = append(s.runs, r)
	go r.follow(s.happenings) // it ends with the process, for which Serve waits
}

func (r *run) boundAge() {
	r.old.Stop()
	if r.cfg.MaxRuntime > 0 {
		r.old.Reset(max(0, r.cfg.MaxRuntime-time.Since(r.started)))
	}
}

// amend takes over what of cfg is the supervisor's own affair.
func (r *run) amend(cfg configs.Service) {
	r.cfg.StopSignal, r.cfg.StartTimeout, r.cfg.MaxRuntime = cfg.StopSignal, cfg.StartTimeout, cfg.MaxRuntime
	r.boundAge()
}

// secure leaves to the next supervisor what it needs of the run: its notify
// socket with the keeper, so that what it says meanwhile is heard, and that it
// has been ready. What cannot be done just now, for want of descriptors or of
// room, is tried again.
func (s *service) secure(r *run) {
	if !r.kept {
		s.keepNotify(r)
	}
	if !r.marked && !r.readyAt.IsZero() {
		s.markReady(r)
	}
	if !r.readyAt.IsZero() && !(r.kept && r.marked) {
		r.grace.Reset(secureAgain)
	}
}

const secureAgain = time.Second

func (s *service) markReady(r *run) {
	err := r.MarkReady(r.saysReady)
	r.marked = err == nil
	if err != nil {
		s.env.slog.Warn("A supervisor after this one would not know that a process is ready", "service", s.name, "error", err)
	}
}

func (s *service) keepNotify(r *run) {
	file, err := r.NotifySocket()
	if err == nil {
		err = s.env.store.Keep(notifyName(s.name, r.launch), file)
		file.Close()
	}
	r.kept = err == nil
	if err != nil {
		s.env.slog.Warn("What a process says while there is no supervisor would be lost", "service", s.name, "error", err)
	}
}

func notifyName(service string, launch int) string {
	return fmt.Sprintf("notify.%s.%d", service, launch)
}

// terminate asks the process to end, and will not ask twice.
func (s *service) terminate(r *run, why string) {
	if r.why != "" {
		return
	}
	r.why = why
	r.grace.Stop()
	r.late.Stop()
	r.silent.Stop()
	r.old.Stop()
	r.Signal(signalNumber(r.cfg.StopSignal))
	r.Signal(unix.SIGCONT) // one that somebody has halted could not hear the other
	r.overdue.Reset(r.cfg.StopTimeout)
	r.until = time.Now().Add(r.cfg.StopTimeout)
}

// kill ends a process that has not ended when it was asked to.
func (s *service) kill(r *run) {
	r.failure = fmt.Sprintf("did not end within %s of SIG%s; killed", words(r.cfg.StopTimeout), r.cfg.StopSignal)
	if r == s.cur {
		s.reason = r.failure
	}
	s.log.Note(slog.LevelWarn, r.failure)
	r.Kill()
}

// bury puts down what is left of a process that has ended, and says how that
// was.
func (s *service) bury(r *run) process.Exit {
	exit := r.Exit()
	s.runs = slices.DeleteFunc(s.runs, func(other *run) bool { return other == r })
	s.log.Settle(lastWordsTimeout)
	s.lastExit = &api.Exit{Text: exit.String(), Code: exit.Code, Signal: exit.Signal, Time: time.Now(), Lines: s.linesSince(r.logMark)}
	s.env.table.KillOrphans(r.Adopted(), append(s.env.marks(s.name), launchMark(r.launch))...)
	r.paths.remove()
	if err := s.env.store.Drop(notifyName(s.name, r.launch)); err != nil {
		s.env.slog.Debug("The keeper does not listen", "error", err)
	}
	return exit
}

// launchMark is what every process of one launch has in its environment.
func launchMark(launch int) string { return fmt.Sprintf("%s=%d", contract.Launch, launch) }

// figures is whether a sample was all that happened: nobody is woken for figures.
func (h happening) figures() bool { return h.what == observed && h.result.sample != nil }

// happened takes what befell a run.
func (s *service) happened(h happening) {
	r := h.run
	switch h.what {
	case spoke:
		s.hear(r, h.message)
	case observed:
		s.observe(r, h.result)
	case graceOver:
		if r.readyAt.IsZero() && !r.notified {
			s.ready(r)
		} else {
			s.secure(r)
		}
	case tooLate:
		s.tooLate(r)
	case tooSlow:
		s.kill(r)
	case tooSilent:
		s.hung(r, fmt.Sprintf("its watchdog was not heard for %s", words(r.cfg.Watchdog)))
	case tooOld:
		s.renew(r, fmt.Sprintf("it has run for %s, which is max_runtime", words(r.cfg.MaxRuntime)))
	case gone:
		s.exited(r)
	}
}
