//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// Offer is the supervisor's side of filter.Install for one launch.
type Offer struct {
	// Child is for the launcher. Close it when the launcher was started.
	Child *descriptor.Descriptor

	ports  *Ports
	launch int
	file   *os.File
}

// offerTime is how long a launcher may take to install its filter.
const offerTime = 20 * time.Second

// Offer makes the socket over which the launcher of a launch hands over its
// filter. Begin was called for the launch before. Call Wait for each Offer.
func (p *Ports) Offer(launch int) (*Offer, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot make a socket for the launcher: %w", err)
	}
	_ = unix.SetNonblock(ends[0], true)
	file := os.NewFile(uintptr(ends[0]), "launcher")
	return &Offer{Child: descriptor.New(ends[1]), ports: p, launch: launch, file: file}, nil
}

// Wait takes the filter from the launcher, leaves its descriptor with the
// keeper, and serves it. It returns when the launcher may execute the program,
// with the reason for which that runs without takeover, if it does. An error
// comes with Unanswered only.
func (o *Offer) Wait(ctx context.Context) (Reason, error) {
	defer o.file.Close()
	if err := o.file.SetReadDeadline(time.Now().Add(offerTime)); err != nil {
		return filter.Unanswered, err
	}
	defer context.AfterFunc(ctx, func() { _ = o.file.SetDeadline(time.Unix(1, 0)) })()
	message, notify, err := o.receive()
	if err != nil {
		return filter.Unanswered, fmt.Errorf("the launcher sent no filter: %w", err)
	}
	if notify == nil {
		if len(message) <= 8 {
			return filter.Unanswered, errors.New("the launcher's filter got lost on its way; too many open files?")
		}
		return Reason(message[8:]), nil
	}
	if err := o.accept(notify, binary.LittleEndian.Uint64(message)); err != nil {
		return filter.Unanswered, err
	}
	// When the launcher is gone, nothing is lost.
	_, _ = o.file.Write([]byte{filter.Accepted})
	return filter.Taken, nil
}

// receive reads the launcher's message, and the descriptor that comes with it.
func (o *Offer) receive() (message []byte, notify *descriptor.Descriptor, err error) {
	raw, err := o.file.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	text, control := make([]byte, 128), make([]byte, 64)
	var n, controls int
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		n, controls, _, _, failed = unix.Recvmsg(int(fd), text, control, unix.MSG_CMSG_CLOEXEC)
		return !errors.Is(failed, unix.EAGAIN) && !errors.Is(failed, unix.EINTR)
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, nil, err
	}
	if n < 8 {
		return nil, nil, errors.New("it ended")
	}
	parsed, err := unix.ParseSocketControlMessage(control[:controls])
	if err != nil {
		return nil, nil, err
	}
	for i := range parsed {
		fds, err := unix.ParseUnixRights(&parsed[i])
		if err == nil && len(fds) == 1 {
			notify = descriptor.New(fds[0])
		}
	}
	return text[:n], notify, nil
}

// accept serves a filter. The journal goes to the keeper first: a filter
// without one could leave a call unanswered.
func (o *Offer) accept(notify *descriptor.Descriptor, last uint64) error {
	p := o.ports
	j, err := newJournal(last)
	if err != nil {
		notify.Close()
		return fmt.Errorf("cannot make a journal of calls: %w", err)
	}
	l := &launch{id: o.launch}
	if p.config.Keeper != nil {
		kept := []struct {
			kind string
			file *descriptor.Descriptor
		}{{kindJournal, j.file}, {kindNotify, notify}}
		for _, k := range kept {
			name := fmt.Sprintf("%s%s-%d", p.config.Prefix, k.kind, o.launch)
			if err := p.config.Keeper.Keep(name, k.file); err != nil {
				// It goes on without: that is better than no takeover at all.
				p.tell(Event{Kind: Failure, Launch: o.launch, Err: err})
				continue
			}
			l.names = append(l.names, name)
		}
	}
	return p.serve(l, notify, j)
}
