//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Resume goes on with the descriptors that an earlier supervisor left with the
// keeper; it takes those whose names begin with the prefix, and those only.
// current and next are launches; next is 0 when no handover was under way.
// Listeners that were given, and not replaced, are to be given again first.
func (p *Ports) Resume(files map[string]*descriptor.Descriptor, current, next int) error {
	type call struct{ notify, journal *descriptor.Descriptor }
	calls := map[int]call{}
	names := map[int][]string{}
	p.mu.Lock()
	p.current, p.next = current, next
	if next != 0 {
		p.phase = joining
	}
	var failed error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		rest, is := strings.CutPrefix(name, p.config.Prefix)
		if !is {
			continue
		}
		kind, rest, _ := strings.Cut(rest, "-")
		number, _, _ := strings.Cut(rest, "-")
		launch, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		c, file := calls[launch], files[name]
		switch kind {
		case kindNotify:
			c.notify = file
		case kindJournal:
			c.journal = file
		case kindSocket, kindPassed:
			failed = errors.Join(failed, p.resumeSocket(name, launch, kind == kindPassed, file))
			continue
		default:
			continue
		}
		calls[launch], names[launch] = c, append(names[launch], name)
	}
	p.mu.Unlock()
	for id, c := range calls {
		switch {
		case c.notify != nil && c.journal != nil:
			failed = errors.Join(failed, p.serve(&launch{id: id, names: names[id], resumed: true}, c.notify, journal{c.journal}))
		case c.notify != nil: // its journal is stored first, so this supervisor lost it
			failed = errors.Join(failed, fmt.Errorf("the keeper has no journal of launch %d", id))
			c.notify.Close()
		default:
			c.journal.Close()
			p.drop(names[id])
		}
	}
	return failed
}

func (p *Ports) resumeSocket(name string, launch int, passed bool, file *descriptor.Descriptor) error {
	address, err := addressOf(file.FD())
	if err != nil {
		return fmt.Errorf("the keeper's descriptor %s is no socket: %w", name, err)
	}
	inode, err := inodeOf(file.FD())
	if err != nil {
		return err
	}
	if _, after, ok := strings.Cut(strings.TrimPrefix(name, p.config.Prefix), "-"); ok {
		_, sequence, _ := strings.Cut(after, "-")
		n, _ := strconv.Atoi(sequence)
		p.sequence = max(p.sequence, n)
	}
	s := &socket{
		address: address, file: file, inode: inode, launch: launch, name: name,
		passed: passed, several: sharing(file.FD()),
	}
	p.sockets = append(p.sockets, s)
	if p.phase == joining {
		if p.isNext(s) {
			p.joined[address]++
		}
		return allowSharing(file.FD())
	}
	return nil
}

func (p *Ports) drop(names []string) error {
	var failed error
	if p.config.Keeper != nil {
		for _, name := range names {
			failed = errors.Join(failed, p.config.Keeper.Drop(name))
		}
	}
	return failed
}

// serve starts to answer the calls of a launch. It takes the descriptors.
func (p *Ports) serve(l *launch, notify *descriptor.Descriptor, j journal) error {
	n, err := newNotifier(notify, j)
	if err != nil {
		notify.Close()
		j.file.Close()
		return fmt.Errorf("cannot receive the calls of launch %d: %w", l.id, err)
	}
	l.notifier, l.bound = n, map[uint32]bound{}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
		n.close()
	default:
	}
	p.launches[l.id] = l
	p.serves.Go(func() { p.answerCalls(l) })
	return nil
}

// answerCalls is the goroutine of a launch.
func (p *Ports) answerCalls(l *launch) {
	var err error
	if l.resumed {
		err = p.answerMissed(l)
	}
	for err == nil {
		var got, e = l.notifier.receive()
		if err = e; err == nil {
			err = p.answerer(l).handle(got)
		}
	}
	p.mu.Lock()
	delete(p.launches, l.id)
	if errors.Is(err, errGone) {
		_ = p.drop(l.names) // the keeper may be gone: then it stores nothing
	}
	l.notifier.close()
	l.notifier.fd.Close()
	l.notifier.journal.file.Close()
	p.mu.Unlock()
	select {
	case <-p.closed:
	default:
		if !errors.Is(err, errGone) {
			p.tell(Event{Kind: Failure, Launch: l.id, Err: fmt.Errorf("cannot answer the calls of launch %d: %w", l.id, err)})
		}
	}
}

// unknownCalls is how many calls after the last one in the journal are looked
// for: one goroutine receives them one by one.
const unknownCalls = 16

// answerMissed answers the call that an earlier supervisor had received, and
// had not answered, when it ended.
func (p *Ports) answerMissed(l *launch) error {
	last, pending, err := l.notifier.journal.read()
	if err != nil {
		return err
	}
	if pending && l.notifier.valid(last.ID) {
		if err := p.answerer(l).handle(last); err != nil {
			return err
		}
	}
	// One that was received and not written down: only its number is known.
	for id := last.ID + 1; id <= last.ID+unknownCalls; id++ {
		if l.notifier.valid(id) {
			l.notifier.send(id, answer{carryOut: true})
		}
	}
	return nil
}
