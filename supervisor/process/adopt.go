//go:build unix

package process

import (
	"context"
	"fmt"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Adopt takes over a process that another supervisor started. notify is its
// notify socket if that was kept, and is closed here. Without one, a socket is
// made at path, to which the process sends. record is the path of r. An error
// means that the process has ended, or that its number now belongs to another
// process: nothing was done to it.
func (t *Table) Adopt(r Record, notify *descriptor.Descriptor, path, record string) (*Process, error) {
	if notify != nil {
		defer notify.Close()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	h := openHandle(r.Identity.PID)
	if !r.Identity.Alive() { // asked after the handle is bound to a process
		h.close()
		return nil, fmt.Errorf("process %d of %s has ended", r.Identity.PID, r.Service)
	}
	file := openRecord(record)
	var socket *notifySocket
	var err error
	if notify != nil {
		socket, err = inheritNotify(notify, path, file)
	} else {
		socket, err = listenNotify(path, file)
	}
	if err != nil {
		h.close()
		file.Close()
		return nil, err
	}
	done := make(chan struct{})
	p := &Process{
		PID: r.Identity.PID, Messages: socket.messages, Done: done,
		identity: r.Identity, adopted: true, child: isChild(r.Identity.PID), handle: h,
		notify: socket, record: file, table: t, killed: make(chan struct{}),
	}
	t.ours[p.PID] = struct{}{}
	go p.wait(done)
	return p, nil
}

// FindExit is how a process ended that another one reaped, if that has been
// written down.
func (t *Table) FindExit(id Identity) (Exit, bool) { return FindExit(t.exits, id) }

// AwaitEnd waits until a process that this one did not start has ended.
func AwaitEnd(ctx context.Context, pid int) {
	h := openHandle(pid)
	id, err := Identify(pid)
	if err != nil {
		h.close()
		return
	}
	stop := context.AfterFunc(ctx, h.close) // which ends await too
	if !h.await() {
		for ctx.Err() == nil && id.Alive() {
			time.Sleep(adoptedPace)
		}
	}
	if stop() {
		h.close()
	}
}
