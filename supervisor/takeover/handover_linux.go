//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// Handover sends all new clients to the next launch, which is ready, and
// returns the inodes of the current launch's listeners, for Draining. Clients
// whose handshake is in progress still get to the current one. It may be called
// again, as after Resume.
func (p *Ports) Handover() (draining []uint32, err error) {
	p.mu.Lock()
	draining, events, err := p.steerToNext()
	p.mu.Unlock()
	p.tell(events...)
	return draining, err
}

func (p *Ports) steerToNext() (draining []uint32, events []Event, failed error) {
	if p.phase == single {
		return nil, nil, ErrNoHandover
	}
	p.phase = steering
	ours := append(p.config.members(p.current), p.config.members(p.next)...)
	for _, s := range p.sockets {
		if !p.isNext(s) {
			draining = append(draining, s.inode)
			continue
		}
		group, strangers, err := p.group(s.address, ours)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, inode := range strangers {
			events = append(events, Event{Kind: Stranger, Launch: s.launch, Address: s.address, Holder: ownerOf(inode)})
		}
		// Sockets stand in the order in which they joined. Strangers that came
		// last would stand where the next launch's are expected.
		joined := max(p.joined[s.address], 1)
		if group <= joined || len(strangers) > 0 && group-len(strangers) <= joined {
			continue
		}
		if err := steer(s, group-joined, joined); err != nil {
			failed = errors.Join(failed, fmt.Errorf("cannot steer the clients of %s to the next process: %w", s.address, err))
		}
	}
	return draining, events, failed
}

// group counts the sockets that share an address, and lists those among them
// that belong to none of the processes.
func (p *Ports) group(a Address, pids []int) (size int, strangers []uint32, err error) {
	conn, err := sockdiag.Open()
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	q := sockdiag.Query{Protocol: sockdiag.TCP, States: []sockdiag.State{sockdiag.Listen}, Port: a.IP.Port()}
	if a.Network == "udp" {
		q.Protocol, q.States = sockdiag.UDP, []sockdiag.State{sockdiag.Closed}
	}
	var unknown []uint32
	err = conn.Dump(q, func(s *sockdiag.Socket) {
		if s.Local.Addr() != a.IP.Addr().WithZone("") || s.V6 == a.IP.Addr().Is4() || s.V6Only != a.V6Only {
			return
		}
		size++
		if !slices.ContainsFunc(p.sockets, func(o *socket) bool { return o.inode == s.Inode }) {
			unknown = append(unknown, s.Inode)
		}
	})
	if len(pids) > 0 {
		strangers = slices.DeleteFunc(unknown, func(inode uint32) bool { return isOpen(&socket{inode: inode}, pids) })
	}
	return size, strangers, err
}

// ownerOf is a process that has a socket, 0 when this user may not see it.
func ownerOf(inode uint32) int {
	for _, pid := range sockdiag.Processes() {
		if isOpen(&socket{inode: inode}, []int{pid}) {
			return pid
		}
	}
	return 0
}

// Finish makes the next launch the current one: the previous process has ended
// or stops accepting. Its listeners end, except those that the next launch uses
// as LISTEN_FDS.
func (p *Ports) Finish() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase == single {
		return ErrNoHandover
	}
	return p.finish(true)
}

// finish makes the next launch the current one. Without all, the listeners of
// the current one for which the next one has none end up with the next one.
func (p *Ports) finish(all bool) error {
	var failed error
	moved := slices.ContainsFunc(p.sockets, func(s *socket) bool { return s.passed && p.isNext(s) })
	var taken []*socket
	for _, s := range p.sockets {
		if p.isNext(s) {
			taken = append(taken, s)
		}
	}
	for _, s := range slices.Clone(p.sockets) {
		if p.isNext(s) || s.shared && !moved {
			continue
		}
		i := slices.IndexFunc(taken, func(n *socket) bool { return n.address.Overlaps(s.address) })
		if i < 0 && !(moved && s.passed) && (s.passed || !all) {
			continue
		}
		if s.passed && !moved {
			failed = errors.Join(failed, p.pass(taken[i]))
		}
		failed = errors.Join(failed, p.release(s))
	}
	for _, s := range taken {
		if !s.shared {
			failed = errors.Join(failed, shutOut(s))
		}
	}
	p.phase, p.current, p.next = single, p.next, 0
	clear(p.joined)
	return failed
}

// shutOut keeps all clients of an address for one socket, which was in a group
// and is alone now. SO_REUSEPORT lets other processes of the user join: they
// get no clients. A program that shares the address itself keeps its group.
func shutOut(s *socket) error {
	if s.address.Network == "udp" { // the socket that is not first in its group yet is so later
		return nil
	}
	if s.several {
		_ = unsteer(s) // where nothing steers, it fails
		return nil
	}
	if !sharing(s.file.FD()) { // no other can join
		return nil
	}
	err := steer(s, 0, 1)
	if errors.Is(err, unix.EINVAL) { // it was never in a group
		return unix.SetsockoptInt(s.file.FD(), unix.SOL_SOCKET, unix.SO_REUSEPORT, 0)
	}
	return err
}

// pass makes a socket the one that is passed as LISTEN_FDS, with the keeper
// too.
func (p *Ports) pass(s *socket) error {
	s.passed = true
	if s.name == "" {
		return nil
	}
	before := s.name
	return errors.Join(p.keep(s), p.config.Keeper.Drop(before))
}

// Abandon gives up a handover: the current launch gets all clients again. The
// next one's listeners end.
func (p *Ports) Abandon() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.abandon()
}

func (p *Ports) abandon() error {
	if p.phase == single {
		return nil
	}
	var failed error
	for _, s := range slices.Clone(p.sockets) {
		if p.isNext(s) {
			failed = errors.Join(failed, p.release(s))
		}
	}
	for _, s := range p.sockets {
		if !s.shared {
			failed = errors.Join(failed, shutOut(s))
		}
	}
	p.phase, p.next = single, 0
	clear(p.joined)
	return failed
}

// Ended says that the processes of a launch are gone. Its filter's descriptor
// is let go when the last process that has it is.
func (p *Ports) Ended(launch int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase == joining && launch == p.next {
		return p.abandon()
	}
	return nil
}
