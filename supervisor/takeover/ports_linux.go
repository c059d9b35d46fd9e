//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// phase is where a service's handover is.
type phase uint8

const (
	single   phase = iota // one process, or none
	joining               // the next process starts; its listeners share the addresses of the current one
	steering              // new clients go to the next process, the current one drains
)

// Ports holds the listeners of one service and answers the calls of its
// processes. Each launch with a filter has a goroutine here, which ends with
// the last process that has the filter, or with Close. The methods are safe
// for concurrent use; they wait for nobody but the kernel.
type Ports struct {
	config Config
	events chan Event
	closed chan struct{}
	serves sync.WaitGroup
	// noCopies has descriptors left uncopied, as in sandboxes that forbid
	// pidfd_getfd(2).
	noCopies bool

	mu       sync.Mutex
	phase    phase
	current  int // launch
	next     int // launch; meaningful unless single
	launches map[int]*launch
	sockets  []*socket
	sequence int // of names
	// joined counts, by address, the listeners of the next launch; the program
	// may open several for one address itself.
	joined map[Address]int
}

// launch is one that has a filter.
type launch struct {
	id       int
	notifier *notifier
	names    []string // with the keeper
	resumed  bool     // an earlier supervisor served it, and this one does not know what was bound until then
	// bound is what each socket was bound to that does not listen yet.
	bound map[uint32]bound
	// answered is the last bind that succeeded.
	answered call
	at       time.Time
}

// bound is what a program did to a socket before it listens.
type bound struct {
	address Address
	several bool // it set SO_REUSEPORT
}

// New returns Ports that hold nothing. Read their Events until Close.
func New(c Config) *Ports {
	return &Ports{
		config: c, events: make(chan Event, 64), closed: make(chan struct{}),
		launches: map[int]*launch{}, joined: map[Address]int{},
	}
}

// Events carries what happens. A call that is answered is reported after that;
// while the channel is full, the callers that come next wait.
func (p *Ports) Events() <-chan Event { return p.events }

func (p *Ports) tell(events ...Event) {
	for _, e := range events {
		select {
		case p.events <- e:
		case <-p.closed:
		}
	}
}

// Begin says which launch is the service's process from now on, or, with
// beside, which one is about to take over from the current one. Call it before
// the launch's process exists. It ends a handover that is under way: one that
// steers clients already counts as finished. The next launch may become the
// current one, as when the current one crashed: listeners that it has not
// opened yet stay held for it.
func (p *Ports) Begin(launch int, beside bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var failed error
	switch {
	case p.phase == steering:
		failed = p.finish(true)
	case p.phase == joining && launch == p.next && !beside:
		failed = p.finish(false)
	case p.phase == joining:
		failed = p.abandon()
	}
	if !beside {
		p.phase, p.current, p.next = single, launch, 0
		return failed
	}
	p.phase, p.next = joining, launch
	clear(p.joined)
	for _, s := range p.sockets {
		if !s.shared {
			failed = errors.Join(failed, allowSharing(s.file.FD()))
		}
	}
	return failed
}

// Give has Ports hold a copy of a listener that the supervisor opened and
// passes to the program as LISTEN_FDS. A program that binds its port instead
// gets it. A shared one belongs to several services: it outlives all of them,
// and no handover replaces it.
func (p *Ports) Give(d *descriptor.Descriptor, shared bool) error { return p.give(d, shared, 0) }

// GiveNext is Give for a listener that the next launch gets and the current one
// does not, as when the service moves to another port. Call it between Begin
// and the launch. Finish lets go of the one that was given before.
func (p *Ports) GiveNext(d *descriptor.Descriptor, shared bool) error {
	p.mu.Lock()
	next := p.next
	p.mu.Unlock()
	return p.give(d, shared, next)
}

func (p *Ports) give(d *descriptor.Descriptor, shared bool, launch int) error {
	address, err := addressOf(d.FD())
	if err != nil {
		return fmt.Errorf("cannot tell where the listener is bound: %w", err)
	}
	inode, err := inodeOf(d.FD())
	if err != nil {
		return err
	}
	held, err := d.Copy()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sockets = append(p.sockets, &socket{address: address, file: held, inode: inode, launch: launch, passed: true, shared: shared})
	return nil
}

// Passed copies the listener to pass as LISTEN_FDS to the next process: the
// one that was given, or the one that took its place in a handover. It is nil
// when none was given.
func (p *Ports) Passed() (*descriptor.Descriptor, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sockets {
		if s.passed && !p.isNext(s) {
			return s.file.Copy()
		}
	}
	return nil, nil
}

// Listeners lists what is held.
func (p *Ports) Listeners() []Listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Listener
	for _, s := range p.sockets {
		all = append(all, Listener{Address: s.address, Launch: s.launch, Inode: s.inode, Next: p.isNext(s)})
	}
	return all
}

func (p *Ports) isNext(s *socket) bool { return p.phase != single && s.launch == p.next }

// hold adds a socket, and leaves a copy with the keeper.
func (p *Ports) hold(s *socket) error {
	p.sockets = append(p.sockets, s)
	return p.keep(s)
}

// keep stores a socket under the name that says whose it is.
func (p *Ports) keep(s *socket) error {
	if p.config.Keeper == nil {
		return nil
	}
	p.sequence++
	kind := kindSocket
	if s.passed {
		kind = kindPassed
	}
	s.name = fmt.Sprintf("%s%s-%d-%d", p.config.Prefix, kind, s.launch, p.sequence)
	return p.config.Keeper.Keep(s.name, s.file)
}

// release ends a listener for everyone who has it: its port is free.
func (p *Ports) release(s *socket) error {
	var failed error
	if !s.shared && s.address.Network == "tcp" {
		_ = s.file.StopListening() // where it cannot, it does not listen
	}
	if s.name != "" {
		failed = p.config.Keeper.Drop(s.name)
	}
	s.file.Close()
	p.sockets = slices.DeleteFunc(p.sockets, func(o *socket) bool { return o == s })
	return failed
}

// Release ends all listeners: clients are refused, the ports are free. Call it
// when the service was stopped on purpose.
func (p *Ports) Release() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var failed error
	for _, s := range slices.Clone(p.sockets) {
		failed = errors.Join(failed, p.release(s))
	}
	p.phase, p.next = single, 0
	return failed
}

// Close lets go of everything and waits for the goroutines. What the keeper
// has stays there, and calls wait for the supervisor that resumes. Without a
// keeper, bind and listen fail in the processes that go on.
func (p *Ports) Close() {
	p.mu.Lock()
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	for _, l := range p.launches {
		l.notifier.close()
	}
	for _, s := range p.sockets {
		s.file.Close()
	}
	p.sockets = nil
	p.mu.Unlock()
	p.serves.Wait()
}

// Audit releases the listeners that a running program has closed some time
// ago, and reports them. Call it about once a second while the current process
// is ready and not about to be stopped, and in no other phase.
func (p *Ports) Audit(now time.Time) {
	p.mu.Lock()
	var events []Event
	members := sync.OnceValue(func() []int { return p.config.members(p.current) })
	if p.phase == single {
		for _, s := range slices.Clone(p.sockets) {
			switch {
			case s.passed || s.isOpen(members):
				s.orphaned = time.Time{}
			case len(members()) == 0: // nothing is known
			case s.orphaned.IsZero():
				s.orphaned = now
			case now.Sub(s.orphaned) >= closedAfter:
				if err := p.release(s); err != nil {
					events = append(events, Event{Kind: Failure, Launch: p.current, Address: s.address, Err: err})
				}
				events = append(events, Event{Kind: Closed, Launch: p.current, Address: s.address})
			}
		}
	}
	p.mu.Unlock()
	p.tell(events...)
}

func (c *Config) members(launch int) []int {
	if c.Members == nil {
		return nil
	}
	return c.Members(launch)
}

// isOpen reports whether one of the processes has the socket. The one that had
// it last is asked first, so that most often the others need not be found.
func (s *socket) isOpen(pids func() []int) bool {
	if s.seenIn != 0 && isOpen(s, []int{s.seenIn}) {
		return true
	}
	s.seenIn = 0
	for _, pid := range pids() {
		if isOpen(s, []int{pid}) {
			s.seenIn = pid
			return true
		}
	}
	return false
}

// isOpen reports whether one of the processes has the socket.
func isOpen(s *socket, pids []int) bool {
	found := false
	for _, pid := range pids {
		sockdiag.EachSocket(pid, func(inode uint32) bool {
			found = inode == s.inode
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// The kinds of what the keeper stores, as they stand in names.
const (
	kindNotify  = "calls"
	kindJournal = "journal"
	kindSocket  = "socket"
	kindPassed  = "passed"
)
