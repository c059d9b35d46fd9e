//go:build unix

package service

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/wake"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/listener"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
	"github.com/ammarctl/ammarctl/supervisor/takeover"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// ports are the listeners that the programs of one service open by themselves,
// and the one that is passed to them, held so that clients wait while there is
// no process; see package takeover. The service's goroutine owns it.
type ports struct {
	name  string
	env   *Environment
	held  *takeover.Ports
	queue eventQueue
	read  sync.WaitGroup // the goroutine that fills queue
	ended chan struct{}  // closed to end it

	mu      sync.Mutex
	leaders map[int]int // launch to process
}

func newPorts(name string, env *Environment) *ports {
	p := &ports{
		name: name, env: env, leaders: map[int]int{}, ended: make(chan struct{}), queue: eventQueue{changed: wake.New()},
	}
	config := takeover.Config{Prefix: PortsPrefix(name), Members: p.members}
	if env.Store != nil {
		config.Keeper = env.Store
	}
	p.held = takeover.New(config)
	return p
}

// PortsPrefix begins the names under which the keeper holds a service's ports.
func PortsPrefix(service string) string { return "ports." + service + "/" }

// unfiltered tells why the processes of a configuration run without takeover;
// filter.Taken when they run with it. A program of this project uses the
// listener that it is passed, and a task opens no port.
func (p *ports) unfiltered(cfg configs.Service) takeover.Reason {
	switch {
	case !cfg.Takeover || cfg.Oneshot || builtin(cfg):
		return filter.Off
	case p.env.Takeover != filter.Taken:
		return p.env.Takeover
	}
	return filter.Taken
}

// members lists the processes of a launch. It may be called from any goroutine.
func (p *ports) members(launch int) []int {
	p.mu.Lock()
	leader := p.leaders[launch]
	p.mu.Unlock()
	return process.Members(leader, append(p.env.marks(p.name), launchMark(launch)))
}

// lead notes the leader of a launch; 0 forgets it.
func (p *ports) lead(launch, pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pid == 0 {
		delete(p.leaders, launch)
		return
	}
	p.leaders[launch] = pid
}

// serve collects the events until close.
func (p *ports) serve() {
	p.read.Go(func() {
		for {
			select {
			case e := <-p.held.Events():
				p.queue.add(e)
			case <-p.ended:
				return
			}
		}
	})
}

// close lets go of everything. The copies in the keeper stay.
func (p *ports) close() {
	p.held.Close()
	close(p.ended)
	p.read.Wait()
}

// report logs what did not work, and goes on: the program runs without.
func (p *ports) report(what string, err error) {
	if err != nil && !errors.Is(err, takeover.ErrUnsupported) && !errors.Is(err, takeover.ErrNoHandover) {
		p.env.Log.Warn(what, "service", p.name, "error", err)
	}
}

// give has a listener of the supervisor's held too, for programs that bind its
// port by themselves.
func (p *ports) give(ln *listener.Listener) {
	p.report("A listener is not held for its program", p.held.Give(ln.File, ln.Shared()))
}

// release ends all listeners that are held: clients are refused.
func (p *ports) release() {
	p.report("A port is not free yet", p.held.Release())
}

// offer begins a launch that is to be taken over. Its answer comes from the
// function that it returns, to be called when the launcher was started.
func (p *ports) offer(launch int) (child *descriptor.Descriptor, wait func() takeover.Reason) {
	offer, err := p.held.Offer(launch)
	if err != nil {
		p.report("A process runs without takeover", err)
		return nil, func() takeover.Reason { return filter.Unanswered }
	}
	answer := make(chan takeover.Reason, 1)
	go func() { // it ends when the launcher has its answer, or is gone
		reason, err := offer.Wait(context.Background())
		if err != nil {
			p.env.Log.Debug("A launcher has handed over no filter", "service", p.name, "error", err)
		}
		answer <- reason
	}()
	return offer.Child, func() takeover.Reason {
		offer.Child.Close()
		return <-answer
	}
}

// takeOver sends new clients to the next launch. drains tells that the previous
// one has listeners of its own, whose clients it has to answer yet.
func (p *ports) takeOver() (listeners []uint32, drains bool) {
	for _, l := range p.held.Listeners() {
		drains = drains || l.Next
	}
	if !drains {
		return nil, false
	}
	listeners, err := p.held.Handover()
	p.report("New clients may still get to the previous process", err)
	return listeners, true
}

// succeed makes a launch that was about to take over the service's process.
func (p *ports) succeed(launch int) {
	p.report("A listener of the previous process is still open", p.held.Begin(launch, false))
}

// open tells whether a launch has TCP listeners of its own that are held.
func (p *ports) open() bool {
	for _, l := range p.held.Listeners() {
		if l.Launch != 0 && l.Address.Network == "tcp" {
			return true
		}
	}
	return false
}

// draining looks how far a process is that was replaced.
func draining(listeners []uint32, pids []int) (sockdiag.Drain, error) {
	conn, err := sockdiag.Open()
	if err != nil {
		return sockdiag.Drain{}, err
	}
	defer conn.Close()
	return conn.Draining(listeners, pids)
}

// eventQueue is what happened to the ports and was not handled yet. It takes
// any number of events, since the service's goroutine causes some itself.
type eventQueue struct {
	mu      sync.Mutex
	events  []takeover.Event
	changed wake.Signal
}

func (q *eventQueue) add(e takeover.Event) {
	q.mu.Lock()
	q.events = append(q.events, e)
	q.mu.Unlock()
	q.changed.Set()
}

func (q *eventQueue) takeAll() []takeover.Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.events
	q.events = nil
	return all
}

// portFiles are descriptors of a service's ports that the keeper had, by name.
type portFiles map[string]*descriptor.Descriptor

// passed is the listener among them that is passed to the next process, and nil
// when there is none: then it is where it always was.
func (f portFiles) passed(service string) *descriptor.Descriptor {
	for name, file := range f {
		if strings.HasPrefix(name, PortsPrefix(service)+"passed-") {
			return file
		}
	}
	return nil
}
