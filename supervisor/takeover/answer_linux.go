//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/portholder"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// repeatTime is how long after a bind that succeeded the same call is taken for
// its repetition: before Linux 5.19 a signal can interrupt the caller after its
// socket was bound, and its C library or the kernel calls again.
const repeatTime = 2 * time.Second

// maxBound is how many sockets that are bound and do not listen are remembered
// for a launch.
const maxBound = 1024

// asIs has the kernel carry out a call.
func asIs() answer { return answer{carryOut: true} }

// answerer answers the calls of one launch.
type answerer struct {
	*Ports
	l *launch
}

func (p *Ports) answerer(l *launch) answerer { return answerer{p, l} }

// handle answers one call. An error means that no more can be answered.
func (p answerer) handle(n filter.Notification) error {
	// Without a journal a call could be lost with this process; it is
	// answered all the same, so that it is not lost now.
	journaled := p.l.notifier.journal.write(n, true)
	result, events := p.decide(n)
	p.l.notifier.send(n.ID, result) // a caller that has ended needs no answer
	if err := errors.Join(journaled, p.l.notifier.journal.write(n, false)); err != nil {
		events = append(events, Event{Kind: Failure, Launch: p.l.id, Err: err})
	}
	for i := range events {
		if events[i].Kind == InUse {
			events[i].Holder = holder(events[i].Address)
		}
	}
	p.tell(events...)
	return nil
}

// holder finds the process that has an address; that may take a while.
func holder(a Address) int {
	network := a.Network
	if a.Network != "tcp" {
		return 0
	}
	if a.V6Only {
		network = "tcp6"
	}
	h, _ := portholder.Find(network, a.IP.String())
	return h.PID
}

// decide finds the answer to a call, and does what it takes.
func (p answerer) decide(n filter.Notification) (answer, []Event) {
	c, err := parse(n)
	if err != nil {
		return asIs(), p.l.unable(&c, err)
	}
	fd, err := -1, error(unix.EPERM)
	if !p.noCopies {
		fd, err = c.socket(p.l.notifier)
	}
	var own *descriptor.Descriptor
	if err == nil {
		own = descriptor.New(fd)
		defer own.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil && c.bind:
		return p.bind(&c, own)
	case err == nil:
		return p.listen(&c, own)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSYS):
		return p.withoutCopy(&c)
	}
	return asIs(), nil // no such descriptor: the kernel says so
}

// unable reports that a process may not be read.
func (l *launch) unable(c *call, err error) []Event {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return []Event{{Kind: Unable, Launch: l.id, PID: c.pid, Reason: filter.Trace, Err: err}}
	}
	return nil
}

// bind decides about bind(2). own is a copy of the caller's socket.
func (p answerer) bind(c *call, own *descriptor.Descriptor) (answer, []Event) {
	protocol := protocolOf(own.FD())
	if protocol == "" {
		return asIs(), nil
	}
	asked, err := c.asked()
	if err != nil {
		return asIs(), p.l.unable(c, err)
	}
	has, err := addressOf(own.FD())
	if err != nil || asked.IP.Port() == 0 || has.IP.Addr().Is4() != asked.IP.Addr().Is4() {
		return asIs(), nil // with port 0 a program finds out its port by itself, and gets another one each time
	}
	asked.Network, asked.V6Only = protocol, has.V6Only
	inode, err := inodeOf(own.FD())
	if err != nil {
		return asIs(), nil
	}
	if has.IP.Port() != 0 {
		if p.l.repeats(c) {
			return answer{}, nil
		}
		return asIs(), nil // the kernel says that it is bound already
	}
	if p.l.id != p.current && !p.isNextLaunch() {
		return asIs(), nil // of a process that is about to end
	}
	_, nonblocking := c.flags()
	if s := p.standIn(asked); s != nil {
		if err := copySettings(own.FD(), s.file.FD(), nonblocking); err != nil {
			return asIs(), []Event{{Kind: Failure, Launch: p.l.id, Address: s.address, Err: err}}
		}
		return p.substitute(c, s, asked)
	}
	if s := p.given(asked); s != nil {
		return p.bindBeside(c, s, asked, nonblocking)
	}
	return p.bindOwn(c, own, asked, inode)
}

// given finds the listener that the current launch was given at an address for
// which the next launch asks; nil when there is none.
func (p answerer) given(asked Address) *socket {
	if !p.isNextLaunch() {
		return nil
	}
	for _, s := range p.sockets {
		if s.passed && !p.isNext(s) && s.address.Overlaps(asked) {
			return s
		}
	}
	return nil
}

// bindBeside opens a socket at the address of one that was given, and puts it
// in the place of the caller's. The caller may ask for a wider address: it gets
// the one that the service has. The owner is that of the given one, since only
// sockets of one user share an address.
func (p answerer) bindBeside(c *call, given *socket, asked Address, nonblocking bool) (answer, []Event) {
	for _, s := range p.sockets {
		switch {
		case !p.isNext(s) || s.address != given.address:
		case s.isOpen(func() []int { return p.config.members(p.l.id) }): // the program's own second listener
			return answer{errno: unix.EADDRINUSE}, []Event{p.l.refusal(c, given.address, unix.EADDRINUSE)}
		default: // opened for this call, which comes again
			return p.substitute(c, s, asked)
		}
	}
	fd, err := newSocket(given.address, func(fd int) error {
		return errors.Join(sameOwner(fd, given.file.FD()), allowSharing(fd))
	})
	if err != nil {
		return answer{errno: errno(err)}, []Event{p.l.refusal(c, given.address, err)}
	}
	inode, err := inodeOf(fd)
	if err != nil {
		_ = unix.Close(fd)
		return answer{errno: errno(err)}, nil
	}
	s := &socket{address: given.address, file: descriptor.New(fd), inode: inode, launch: p.l.id}
	var events []Event
	if err := p.hold(s); err != nil {
		events = append(events, Event{Kind: Failure, Launch: p.l.id, Address: s.address, Err: err})
	}
	if err := unix.SetNonblock(fd, nonblocking); err != nil {
		events = append(events, Event{Kind: Failure, Launch: p.l.id, Address: s.address, Err: err})
	}
	result, more := p.substitute(c, s, asked)
	return result, append(events, more...)
}

func (p answerer) isNextLaunch() bool { return p.phase != single && p.l.id == p.next }

// standIn finds the held socket that a caller gets in the place of its own.
func (p answerer) standIn(asked Address) *socket {
	next := p.isNextLaunch()
	members := sync.OnceValue(func() []int { return p.config.members(p.l.id) })
	for _, s := range p.sockets {
		switch {
		case s.passed && s.shared && s.address.Overlaps(asked):
			return s
		case next != p.isNext(s):
		case s.passed && s.address.Overlaps(asked): // wherever the program wants to listen on this port
			return s
		case s.address == asked:
			if !s.isOpen(members) {
				return s
			}
		}
	}
	return nil
}

// substitute puts a held socket in the place of the caller's.
func (p answerer) substitute(c *call, s *socket, asked Address) (answer, []Event) {
	closeOnExec, _ := c.flags()
	switch err := p.l.notifier.replace(c.ID, c.fd, s.file, closeOnExec); {
	case errors.Is(err, unix.ENOENT): // the caller has gone, or calls again
		return asIs(), nil
	case err != nil:
		return asIs(), []Event{{Kind: Failure, Launch: p.l.id, PID: c.pid, Address: s.address, Err: err}}
	}
	s.orphaned = time.Time{}
	p.l.remember(c)
	if s.address != asked {
		return answer{}, []Event{{Kind: Moved, Launch: p.l.id, PID: c.pid, Address: s.address, Asked: asked}}
	}
	if s.address.Network == "udp" {
		return answer{}, []Event{p.l.listening(c, s.address, true)}
	}
	return answer{}, nil
}

// bindOwn binds the caller's own socket as the caller asked.
func (p answerer) bindOwn(c *call, own *descriptor.Descriptor, asked Address, inode uint32) (answer, []Event) {
	var events []Event
	b := bound{asked, sharing(own.FD())}
	if p.isNextLaunch() && slices.ContainsFunc(p.sockets, func(s *socket) bool { return s.address.Overlaps(asked) }) {
		if err := allowSharing(own.FD()); err != nil {
			events = append(events, Event{Kind: Failure, Launch: p.l.id, Address: asked, Err: err})
		}
	}
	p.l.note(inode, b)
	if privileged(asked.IP.Port()) {
		return asIs(), events // the program's rights count, not this process's
	}
	err := bindTo(own.FD(), asked)
	if errors.Is(err, unix.EADDRINUSE) && p.freeClosed(asked) {
		err = bindTo(own.FD(), asked)
	}
	if err != nil {
		delete(p.l.bound, inode)
		return answer{errno: errno(err)}, append(events, p.l.refusal(c, asked, err))
	}
	p.l.remember(c)
	if asked.Network == "udp" { // nothing tells that it is in use later
		return answer{}, append(events, p.take(c, own, b, inode)...)
	}
	return answer{}, events
}

// freeClosed releases the held sockets that are in the way of an address and
// that no process of the program has open, and reports whether there were any.
func (p answerer) freeClosed(asked Address) bool {
	freed := false
	members := append(p.config.members(p.current), p.config.members(p.l.id)...)
	for _, s := range slices.Clone(p.sockets) {
		if !s.passed && s.address.Overlaps(asked) && !isOpen(s, members) {
			_ = p.release(s) // the keeper lets go of it later, and it listens no more
			freed = true
		}
	}
	return freed
}

// take holds a socket that the caller opened.
func (p answerer) take(c *call, own *descriptor.Descriptor, b bound, inode uint32) []Event {
	address := b.address
	if p.isNextLaunch() {
		p.joined[address]++
	}
	for _, s := range p.sockets {
		if s.address == address && p.isNext(s) == p.isNextLaunch() && !s.passed {
			// The program shares the address among its own processes.
			return []Event{p.l.listening(c, address, true)}
		}
	}
	held, err := own.Copy()
	if err != nil {
		return []Event{p.l.listening(c, address, false), {Kind: Failure, Launch: p.l.id, Address: address, Err: err}}
	}
	events := []Event{p.l.listening(c, address, true)}
	if err := p.hold(&socket{address: address, file: held, inode: inode, launch: p.l.id, several: b.several}); err != nil {
		events = append(events, Event{Kind: Failure, Launch: p.l.id, Address: address, Err: err})
	}
	return events
}

func (l *launch) listening(c *call, address Address, held bool) Event {
	return Event{Kind: Listening, Launch: l.id, PID: c.pid, Address: address, Held: held}
}

func (l *launch) refusal(c *call, asked Address, err error) Event {
	kind := Refused
	if errors.Is(err, unix.EADDRINUSE) {
		kind = InUse
	}
	return Event{Kind: kind, Launch: l.id, PID: c.pid, Address: asked, Err: err}
}

// listen decides about listen(2), and carries it out, so that the listener
// works when its event is read.
func (p answerer) listen(c *call, own *descriptor.Descriptor) (answer, []Event) {
	if protocolOf(own.FD()) != "tcp" {
		address, _ := addressOf(own.FD())
		return asIs(), []Event{p.l.listening(c, address, false)}
	}
	inode, err := inodeOf(own.FD())
	if err != nil {
		return asIs(), nil
	}
	if err := unix.Listen(own.FD(), c.backlog); err != nil {
		return answer{errno: errno(err)}, []Event{p.l.refusal(c, Address{}, err)}
	}
	address, err := addressOf(own.FD())
	if err != nil {
		return answer{}, nil
	}
	for _, s := range p.sockets {
		if s.inode == inode {
			return answer{}, []Event{p.l.listening(c, s.address, true)}
		}
	}
	b, known := p.l.bound[inode]
	delete(p.l.bound, inode)
	fixed := known || p.l.resumed && !ephemeral(address.IP.Port())
	if !fixed || p.l.id != p.current && !p.isNextLaunch() {
		return answer{}, []Event{p.l.listening(c, address, false)}
	}
	b.address = address
	return answer{}, p.take(c, own, b, inode)
}

// withoutCopy decides about a call of a process whose descriptors may not be
// copied: it gets sockets that are opened here.
func (p answerer) withoutCopy(c *call) (answer, []Event) {
	if !c.isTCP() || p.l.id != p.current && !p.isNextLaunch() {
		return asIs(), p.l.unable(c, unix.EPERM)
	}
	if !c.bind {
		inode, err := c.inode()
		for _, s := range p.sockets {
			if err == nil && s.inode == inode {
				if err := unix.Listen(s.file.FD(), c.backlog); err != nil {
					return answer{errno: errno(err)}, nil
				}
				return answer{}, []Event{p.l.listening(c, s.address, true)}
			}
		}
		return asIs(), []Event{p.l.listening(c, Address{}, false)}
	}
	asked, err := c.asked()
	if err != nil || asked.IP.Port() == 0 || privileged(asked.IP.Port()) {
		return asIs(), p.l.unable(c, err)
	}
	asked.Network = "tcp"
	s := p.standIn(asked)
	if s == nil {
		if s, err = p.open(asked); err != nil {
			return answer{errno: errno(err)}, []Event{p.l.refusal(c, asked, err)}
		}
	}
	_, nonblocking := c.flags()
	if err := unix.SetNonblock(s.file.FD(), nonblocking); err != nil {
		return asIs(), []Event{{Kind: Failure, Launch: p.l.id, Address: s.address, Err: err}}
	}
	return p.substitute(c, s, asked)
}

// open opens and holds a socket for a caller.
func (p answerer) open(asked Address) (*socket, error) {
	fd, err := newSocket(asked, nil)
	if errors.Is(err, unix.EADDRINUSE) && p.freeClosed(asked) {
		fd, err = newSocket(asked, nil)
	}
	if err != nil {
		return nil, err
	}
	inode, err := inodeOf(fd)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	asked.V6Only = asked.IP.Addr().Is6() && v6Only(fd)
	s := &socket{address: asked, file: descriptor.New(fd), inode: inode, launch: p.l.id}
	return s, p.hold(s)
}

// note remembers where a socket is bound that may listen later.
func (l *launch) note(inode uint32, b bound) {
	if len(l.bound) >= maxBound {
		clear(l.bound) // these were never meant to listen
	}
	l.bound[inode] = b
}

func (l *launch) remember(c *call) { l.answered, l.at = *c, time.Now() }

// repeats reports whether a call is the one that was answered last.
func (l *launch) repeats(c *call) bool {
	a := l.answered
	return a.PID == c.PID && a.IP == c.IP && a.Args == c.Args && time.Since(l.at) < repeatTime
}
