//go:build unix

package service

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/cgroup"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/logs"
	"github.com/ammarctl/ammarctl/supervisor/probe"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
	"github.com/ammarctl/ammarctl/supervisor/takeover"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// processes are the runs of one service: it starts them, adopts those of the
// previous supervisor, and cleans up after them. Which of them serves is not
// its affair. The service's goroutine owns it.
type processes struct {
	name     string
	env      *Environment
	log      *logs.Log
	events   chan runEvent
	ports    *ports
	all      []*run // that live, oldest first
	launches int    // counts every process of the service
	// listening is the command whose process was ready because it listened; nil:
	// the last one was ready otherwise.
	listening []string
}

// start launches a process of the service as cfg says, which inherits ln unless
// that is nil. successorOf is the process that it may take over from, or nil.
func (p *processes) start(cfg configs.Service, ln *listener.Listener, restarts int, successorOf *run) (*run, error) {
	told := cfg // with the port in the place of ${PORT}
	if ln != nil {
		told = cfg.WithPort(ln.Port)
	}
	argv, err := p.env.Argv(told)
	if err != nil {
		return nil, err
	}
	p.launches++
	paths := p.env.Paths(p.name, p.launches)
	if err := os.Remove(paths.control); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot remove the socket of a previous process: %w", err)
	}
	config, err := statefile.EncodeService(cfg)
	if err != nil {
		return nil, err
	}
	port := cfg.Port
	if ln != nil {
		port = ln.Port
	}
	settings := settingsOf(told, port)
	if cfg.User != "" {
		if settings.User, err = process.UserNamed(cfg.User); err != nil {
			return nil, err
		}
	}
	p.env.Groups.apply(&settings, cfg, paths.group, p.log)
	mark := p.log.Seq()
	c := process.Command{
		Service: cfg.Name, Argv: argv, Dir: cfg.Dir, FIFO: p.log.Output(),
		Notify: paths.notify, Record: paths.record, Launch: p.launches, Restarts: restarts, Config: config,
		Env: append(p.env.Variables(told),
			contract.Control+"="+paths.control, contract.StopTimeout+"="+cfg.StopTimeout.String(), settings.Variable()),
	}
	if cfg.Watchdog > 0 {
		c.Env = append(c.Env, fmt.Sprintf("WATCHDOG_USEC=%d", cfg.Watchdog.Microseconds()))
	}
	if ln != nil {
		c.Listener, c.Addr = ln.File, ln.Addr
	}
	proc, unfiltered, err := p.launch(c, cfg, ln, successorOf)
	if err != nil {
		cgroup.Remove(paths.group)
		return nil, err
	}
	r := newRun(proc, cfg, p.launches, paths, p.marks(p.launches))
	r.unfiltered, r.listener = unfiltered, ln
	r.started, r.logMark = time.Now(), mark
	r.readiness.expected = successorOf != nil && successorOf.readiness.announced &&
		slices.Equal(successorOf.cfg.Command(), cfg.Command())
	r.readiness.listens = unfiltered == filter.Taken && p.listening != nil && slices.Equal(p.listening, cfg.Command())
	p.persist(r)
	p.follow(r, ln)
	r.waitForReady()
	return r, nil
}

// launch starts the process of a command, and tells why its ports are not held,
// if they are not.
func (p *processes) launch(
	c process.Command, cfg configs.Service, ln *listener.Listener, successorOf *run,
) (*process.Process, takeover.Reason, error) {
	if builtin(cfg) {
		proc, err := p.env.Processes.Start(c)
		return proc, filter.Off, err
	}
	p.ports.report("A port may be refused to a process", p.ports.held.Begin(c.Launch, successorOf != nil))
	if successorOf != nil && ln != nil && successorOf.listener != nil && ln.Addr != successorOf.listener.Addr {
		p.ports.report("A listener is not held for its program", p.ports.held.GiveNext(ln.File, ln.Shared()))
	}
	unfiltered := p.ports.unfiltered(cfg)
	wait := func() takeover.Reason { return unfiltered }
	if unfiltered == filter.Taken {
		c.Takeover, wait = p.ports.offer(c.Launch)
	}
	proc, err := p.env.Processes.Start(c)
	unfiltered = wait()
	if err != nil {
		p.ports.report("A handover was not given up", p.ports.held.Ended(c.Launch))
		return nil, unfiltered, err
	}
	p.ports.lead(c.Launch, proc.PID)
	return proc, unfiltered, nil
}

// adopt takes over the process of a record; an error says that it has ended.
// cfg is for a record whose own configuration cannot be read.
func (p *processes) adopt(rec process.Record, notify *descriptor.Descriptor, cfg configs.Service) (*run, error) {
	p.launches = max(p.launches, rec.Launch)
	paths := p.env.Paths(p.name, rec.Launch)
	proc, err := p.env.Processes.Adopt(rec, notify, paths.notify, paths.record)
	if err != nil {
		paths.Remove()
		return nil, err
	}
	if own, err := statefile.DecodeService(rec.Config); err == nil {
		cfg = own
	}
	r := newRun(proc, cfg, rec.Launch, paths, p.marks(rec.Launch))
	r.started, r.logMark, r.status = rec.Time, p.log.Seq(), rec.Status
	if age, ok := rec.Identity.Age(); ok { // the clock may have been set since
		r.started = time.Now().Add(-age)
	}
	if rec.Ready {
		r.readyAt = r.started
		r.readiness.notified, r.readiness.announced, r.stored.ready = true, rec.Announced, true
	}
	p.ports.lead(rec.Launch, r.PID)
	r.stored.notify = notify != nil
	r.readiness.unheard = !r.stored.notify && !rec.Ready
	return r, nil
}

// follow watches a process and forwards its events until it ends. ln is the
// listener that it has; nil when there is none.
func (p *processes) follow(r *run, ln *listener.Listener) {
	var check probe.Check
	if r.cfg.Probe != nil {
		addr := configuredAddr(r.cfg)
		if ln != nil {
			addr = ln.Addr
		}
		env := append(process.Environment(), p.env.Variables(r.cfg)...)
		check = probe.New(*r.cfg.Probe, addr, r.cfg.TLSCert != "", p.env.Processes, r.cfg.Dir, env)
	}
	unheld := r.unfiltered != filter.Taken && !builtin(r.cfg)
	r.watcher = newWatcher(r.cfg, r.PID, r.paths.control, check, p.awaitedLine(r), p.env.Viewers, unheld)
	if ln != nil && r.cfg.IdleStop > 0 {
		r.watcher.watchUse(ln.Addr, r.cfg.IdleStop, p.env.Log)
	}
	r.afterStop = p.afterStop(r)
	r.limitRuntime()
	p.all = append(p.all, r)
	go r.follow(p.events) // it ends with the process, for which Serve waits
}

// awaitedLine is the line that makes a process ready; nil when none does.
func (p *processes) awaitedLine(r *run) *awaitedLine {
	pattern, err := regexp.Compile(r.cfg.ReadyLog)
	if r.cfg.ReadyLog == "" || err != nil || r.hasBeenReady() { // the configuration was checked when it was loaded
		return nil
	}
	line := &awaitedLine{log: p.log, after: r.logMark, pattern: pattern}
	if r.Adopted() { // it may have written the line before it was adopted
		line.after, line.since = 0, r.started
	}
	return line
}

// persist leaves to the next supervisor what it needs of the run: the notify
// socket with the keeper, so that messages in between are not lost, and that it
// has been ready. Both can fail for want of descriptors or of disk space, and
// are then tried again.
func (p *processes) persist(r *run) {
	if !r.stored.notify {
		r.stored.notify = p.keepNotify(r)
	}
	if !r.stored.ready && r.hasBeenReady() {
		r.stored.ready = p.markReady(r)
	}
	if r.hasBeenReady() && r.ending == living && r.stored != (stored{true, true}) {
		r.timers.persist.Reset(persistRetry)
	}
}

func (p *processes) markReady(r *run) bool {
	err := r.MarkReady(r.readiness.announced)
	if err != nil {
		p.env.Log.Warn("The next supervisor would not know that a process is ready", "service", p.name, "error", err)
	}
	return err == nil
}

func (p *processes) keepNotify(r *run) bool {
	file, err := r.NotifySocket()
	if err == nil {
		err = p.env.Store.Keep(NotifyName(p.name, r.launch), file)
		file.Close()
	}
	if err != nil {
		p.env.Log.Warn("Messages of a process would be lost while there is no supervisor",
			"service", p.name, "error", err)
	}
	return err == nil
}

// setStatus stores the one-line text of a process.
func (p *processes) setStatus(r *run, status string) {
	if status == "" || status == r.status {
		return
	}
	r.status = status
	if err := r.SetStatus(status); err != nil {
		p.env.Log.Debug("The next supervisor will not know a process's status", "service", p.name, "error", err)
	}
}

// lastWordsTimeout is how long cleanup waits for log lines that a daemon of the
// process may still write.
const lastWordsTimeout = 250 * time.Millisecond

// cleanup removes everything that an ended process leaves behind: its files,
// its group and the processes that it started. It returns how the process ended
// and whether the system killed it for its memory.
func (p *processes) cleanup(r *run) (exit api.Exit, outOfMemory bool) {
	outOfMemory = r.paths.group != "" && cgroup.Remove(r.paths.group)
	p.all = slices.DeleteFunc(p.all, func(other *run) bool { return other == r })
	p.log.Drain(lastWordsTimeout)
	exit = p.exitOf(r.Exit(), r.logMark)
	p.killOrphans(r.Adopted(), r.launch)
	p.ports.report("A handover was not given up", p.ports.held.Ended(r.launch))
	p.ports.lead(r.launch, 0)
	r.paths.Remove()
	if err := p.env.Store.Drop(NotifyName(p.name, r.launch)); err != nil {
		p.env.Log.Debug("The keeper does not listen", "error", err)
	}
	return exit, outOfMemory
}

func (p *processes) killOrphans(everywhere bool, launch int) {
	p.env.Processes.KillOrphans(everywhere, p.marks(launch)...)
}

// marks are in the environment of every process of one launch.
func (p *processes) marks(launch int) []string {
	return append(p.env.marks(p.name), launchMark(launch))
}

// exitOf describes an exit, with the lines that were logged after mark.
func (p *processes) exitOf(exit process.Exit, mark uint64) api.Exit {
	return api.Exit{
		Text: exit.String(), Code: exit.Code, Signal: exit.Signal, Time: time.Now(), Lines: p.linesSince(mark),
	}
}

// linesKept of a process that ended are shown with its exit.
const linesKept = 10

// linesSince are the newest that a process itself wrote after the line
// numbered mark.
func (p *processes) linesSince(mark uint64) []string {
	var lines []string
	for _, l := range p.log.Last(linesKept + 1) { // the note of its start may be among them
		if l.Seq > mark && !l.Supervisor {
			lines = append(lines, l.Raw)
		}
	}
	return lines[max(0, len(lines)-linesKept):]
}

// of is the process of a launch; nil when it is none that lives.
func (p *processes) of(launch int) *run {
	for _, r := range p.all {
		if r.launch == launch {
			return r
		}
	}
	return nil
}

// besides lists the processes other than these; nil stands for none.
func (p *processes) besides(these ...*run) (others []*run) {
	for _, r := range p.all {
		if !slices.Contains(these, r) {
			others = append(others, r)
		}
	}
	return others
}

// NotifyName is the name under which the keeper holds a process's notify socket.
func NotifyName(service string, launch int) string {
	return fmt.Sprintf("notify.%s.%d", service, launch)
}
