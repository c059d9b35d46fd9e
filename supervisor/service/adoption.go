//go:build unix

package service

import (
	"fmt"
	"log/slog"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// Previous is what the previous supervisor left of a service.
type Previous struct {
	Saved    statefile.Service
	Records  []process.Record                  // oldest first
	Listener *descriptor.Descriptor            // nil: it was not kept
	Ports    map[string]*descriptor.Descriptor // whose names begin with PortsPrefix
	// Notify is the kept notify socket of a process; nil when there is none.
	Notify func(launch int) *descriptor.Descriptor
	// Crashed tells that the supervisor was killed, rather than the instance
	// taken down.
	Crashed bool
}

// adoption takes over the processes and the state that the previous supervisor
// left of a service.
type adoption struct{ *actor }

// adopt runs before Serve.
func (a adoption) adopt(p Previous) {
	a.restore(p)
	passed := portFiles(p.Ports).passed(a.name)
	a.inheritListener(p.Listener, passed)
	var lost []process.Record
	for _, rec := range p.Records {
		if !a.adoptProcess(rec, p.Notify(rec.Launch)) {
			lost = append(lost, rec)
		}
	}
	if a.socket.listener != nil && passed == nil && !builtin(a.cfg) {
		a.socket.ports.give(a.socket.listener)
	}
	a.chooseServing()
	handingOver := a.resumePorts(p.Ports)
	switch {
	case a.serving != nil:
		a.goOn(handingOver)
	case p.Crashed:
		a.recordMissedExits(lost, p.Saved)
	}
	if a.serving == nil && a.wanted != Run {
		a.socket.release()
	}
}

// inheritListener takes the listener that the previous supervisor had. After a
// handover it is among the ports.
func (a adoption) inheritListener(own, passed *descriptor.Descriptor) {
	if passed == nil {
		a.socket.inherit(a.cfg, own)
		return
	}
	if own != nil {
		own.Close()
	}
	if copied, err := passed.Copy(); err == nil {
		a.socket.inherit(a.cfg, copied)
	}
	a.socket.drop()
}

// resumePorts goes on with the listeners and the filters that the keeper had,
// and gives up a handover that was under way before the next process was ready.
// handingOver tells that one goes on: the previous process has to finish.
func (a adoption) resumePorts(files portFiles) (handingOver bool) {
	p, serving := a.socket.ports, 0
	if a.serving != nil {
		serving = a.serving.launch
	}
	p.report("Some ports are not held any more", p.held.Resume(files, max(serving, 1), 0))
	newest := p.held.Newest()
	resumed, err := p.held.ResumeHandover(serving, newest)
	p.report("Some clients may get to a process that ends", err)
	switch {
	case !resumed:
	case serving == 0:
		a.socket.finish(a.cfg)
	case newest > serving: // it had not taken over yet
		p.report("A handover was not given up", p.held.Abandon())
	default:
		handingOver = true
	}
	if a.serving == nil {
		return false
	}
	for _, l := range p.held.Listeners() {
		if l.Launch != 0 {
			a.serving.listens = append(a.serving.listens, l.Address)
		}
	}
	if len(a.serving.listens) > 0 && !a.serving.readiness.announced {
		a.processes.listening = a.serving.cfg.Command()
	}
	for _, r := range a.processes.all {
		r.listener = a.socket.listener
		r.unfiltered = p.unfiltered(r.cfg)
		if _, kept := files[PortsPrefix(a.name)+fmt.Sprintf("calls-%d", r.launch)]; !kept && r.unfiltered == filter.Taken {
			r.unfiltered = filter.Lost
		}
	}
	return handingOver
}

// restore takes over what was saved of the service.
func (a adoption) restore(p Previous) {
	a.lastExit, a.processes.launches, a.lastRun = p.Saved.LastExit, p.Saved.Launches, p.Saved.LastRun
	if p.Crashed {
		a.restarts = p.Saved.Restarts
	}
	if a.cfg.Port == 0 {
		a.socket.port = p.Saved.Port
	}
	stopped := p.Saved.Stopped
	for _, rec := range p.Records {
		// A newer process proves that a person started the service after the state
		// file was written.
		stopped = stopped && rec.Launch <= p.Saved.Launches
		a.processes.launches = max(a.processes.launches, rec.Launch)
		if p.Crashed {
			a.restarts = max(a.restarts, rec.Restarts)
		}
	}
	if stopped {
		a.wanted, a.reason = Stop, stoppedByHand(a.name)
	}
}

// adoptProcess takes over one process; false when it has ended.
func (a adoption) adoptProcess(rec process.Record, notify *descriptor.Descriptor) bool {
	r, err := a.processes.adopt(rec, notify, a.cfg)
	if err != nil {
		a.env.Log.Info("A process of the previous supervisor is gone",
			"service", a.name, "pid", rec.Identity.PID, "reason", err)
		return false
	}
	if a.socket.listener == nil && rec.Addr != "" {
		a.borrowListener(rec)
	}
	a.processes.persist(r)
	a.processes.follow(r, a.socket.listener)
	return true
}

// borrowListener copies the listener from the process unless the keeper had it.
func (a adoption) borrowListener(rec process.Record) {
	file, err := process.BorrowListener(rec.Identity.PID, rec.Addr)
	if err != nil {
		a.env.Log.Info("Cannot copy the listener from its process; clients will be refused for a moment "+
			"when the service is restarted", "service", a.name, "reason", err)
		return
	}
	if a.socket.inherit(a.cfg, file) {
		a.socket.keep()
	}
}

// chooseServing decides which of the adopted processes serves: the newest that
// has been ready, else the oldest.
func (a adoption) chooseServing() {
	for i, r := range a.processes.all {
		if i == 0 || r.hasBeenReady() {
			a.serving = r
		}
	}
}

// goOn continues with the serving process. The others end: older ones were
// draining, newer ones had not taken over yet.
func (a adoption) goOn(handingOver bool) {
	a.keepConfiguration()
	a.log.Note(slog.LevelInfo, fmt.Sprintf("a new supervisor has adopted pid %d", a.serving.PID))
	a.env.Log.Info("Adopted", "service", a.name, "pid", a.serving.PID)
	if !a.serving.hasBeenReady() {
		a.serving.waitForReady()
	}
	a.serving.feedWatchdog()
	listeners, _ := a.socket.ports.takeOver() // without a handover there are none
	for _, r := range a.others() {
		if handingOver && r.launch < a.serving.launch {
			r.finishRequests(listeners)
			continue
		}
		r.terminate("another process of the service goes on")
	}
	if handingOver && !a.finishing() {
		a.socket.finish(a.cfg)
	}
	reason := "adopted"
	if a.serving.hasBeenReady() {
		reason = ""
	}
	a.move(evAdopt, reason)
	if a.wanted == Stop { // it was being stopped
		a.stop("stopped by hand")
	}
}

// keepConfiguration puts the serving process's configuration in force if it
// differs in a key that needs a new process. Then a reload was interrupted, or
// its new process failed; the next reload applies the difference.
func (a adoption) keepConfiguration() {
	found := a.cfg
	if text, err := statefile.EncodeService(found); err == nil { // both through the same form
		found, _ = statefile.DecodeService(text)
	}
	for _, d := range configs.Diff(a.serving.cfg, found) {
		if !configs.AppliesInPlace(d.Key) {
			a.env.Log.Warn("A process runs with another configuration than the one in force; "+
				"ammarctl reload changes that", "service", a.name, "key", d.Key)
			a.setConfig(a.serving.cfg)
			return
		}
	}
}

// recordMissedExits records the processes that ended while there was no
// supervisor, and moves to the phase that follows.
func (a adoption) recordMissedExits(lost []process.Record, saved statefile.Service) {
	completed, policy := saved.Completed, a.cfg.Restart.Policy
	for _, rec := range lost {
		end, known := a.env.Processes.FindExit(rec.Identity)
		if !known {
			end = process.Exit{Code: -1, Unknown: true}
		}
		exit := a.processes.exitOf(end, 0)
		a.restarts++
		a.lastExit = &exit
		a.log.Note(slog.LevelWarn, fmt.Sprintf("pid %d ended while there was no supervisor: %s", rec.Identity.PID, end))
		a.processes.killOrphans(true, rec.Launch)
		completed = known && end.Signal == "" && a.cfg.Success(end.Code) && policy != configs.RestartAlways
	}
	switch {
	case a.wanted != Run:
	case completed:
		a.complete(evFoundDone)
	case saved.Failed != "":
		a.startAtNextTime()
		a.move(evFoundFailed, saved.Failed)
	case len(lost) > 0 && policy == configs.RestartNever:
		why := fmt.Sprintf("ended while there was no supervisor: %s; restart.policy is never", a.lastExit.Text)
		a.startAtNextTime()
		a.move(evFoundFailed, why)
		a.host.Failed(a.cfg, why)
	}
}
