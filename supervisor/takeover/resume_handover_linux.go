//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"cmp"
	"errors"
	"slices"
)

// ResumeHandover goes on with the handover to a launch that the previous
// supervisor had begun, and reports whether there was one: the launch has a
// listener at an address at which an earlier one has another. Call it after
// Resume, and then Handover, Finish or Abandon.
func (p *Ports) ResumeHandover(previous, next int) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase != single || !slices.ContainsFunc(p.sockets, func(s *socket) bool {
		return s.launch == next && slices.ContainsFunc(p.sockets, func(o *socket) bool {
			return o.launch != next && !o.shared && o.address.Overlaps(s.address)
		})
	}) {
		return false, nil
	}
	p.phase, p.current, p.next = joining, previous, next
	clear(p.joined)
	var failed error
	for _, s := range p.sockets {
		if p.isNext(s) {
			p.joined[s.address]++
		}
		if !s.shared {
			failed = errors.Join(failed, allowSharing(s.file.FD()))
		}
	}
	return true, failed
}

// Newest is the highest number of a launch that has opened a held listener; 0
// when none has.
func (p *Ports) Newest() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sockets) == 0 {
		return 0
	}
	return slices.MaxFunc(p.sockets, func(a, b *socket) int { return cmp.Compare(a.launch, b.launch) }).launch
}
