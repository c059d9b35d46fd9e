//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/takeover/filter"
)

// notifier is the notification descriptor of one filter. One goroutine
// receives and answers; close may be called from any.
type notifier struct {
	fd      *descriptor.Descriptor // for the answers, closed by the goroutine
	file    *os.File               // for waiting
	journal journal
}

// newNotifier takes the descriptor.
func newNotifier(d *descriptor.Descriptor, j journal) (*notifier, error) {
	waiting, err := d.Copy()
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(waiting.FD(), true); err != nil { // so that Go's poller watches it
		waiting.Close()
		return nil, err
	}
	return &notifier{fd: d, file: waiting.File("seccomp notifications"), journal: j}, nil
}

// close makes receive fail.
func (n *notifier) close() { _ = n.file.Close() }

// errGone says that every process with the filter has ended.
var errGone = errors.New("every process with the filter has ended")

// receive waits for a call. It fails when the processes have ended, and when
// the notifier is closed.
func (n *notifier) receive() (filter.Notification, error) {
	var got filter.Notification
	raw, err := n.file.SyscallConn()
	if err != nil {
		return got, err
	}
	var failed error
	err = raw.Read(func(fd uintptr) (done bool) {
		got, done, failed = receiveNow(int(fd))
		return done
	})
	return got, errors.Join(err, failed)
}

// receiveNow receives a call that waits; done is false when there is none.
func receiveNow(fd int) (got filter.Notification, done bool, err error) {
	for {
		ends := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(ends, 0); err != nil && !errors.Is(err, unix.EINTR) {
			return got, true, err
		}
		if ends[0].Revents&unix.POLLIN == 0 {
			if ends[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0 {
				return got, true, errGone
			}
			return got, false, nil
		}
		got = filter.Notification{} // the kernel wants it empty
		err := ioctl(fd, filter.IoctlReceive, unsafe.Pointer(&got))
		switch {
		case err == nil:
			return got, true, nil
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN): // the caller has gone
		default:
			return got, true, err
		}
	}
}

// valid reports whether a caller still waits for its answer. Until it gets
// that, its thread's number belongs to no other.
func (n *notifier) valid(id uint64) bool {
	return ioctl(n.fd.FD(), filter.IoctlValid, unsafe.Pointer(&id)) == nil
}

// answer is what a caller gets.
type answer struct {
	carryOut bool       // the kernel carries out the call as it is
	errno    unix.Errno // 0: the call returns 0
}

// send reports whether the caller was there to get its answer.
func (n *notifier) send(id uint64, a answer) bool {
	r := filter.Response{ID: id, Error: -int32(a.errno)}
	if a.carryOut {
		r = filter.Response{ID: id, Flags: filter.Continue}
	}
	return ioctl(n.fd.FD(), filter.IoctlSend, unsafe.Pointer(&r)) == nil
}

// replace puts a socket in the place of a descriptor of the caller.
func (n *notifier) replace(id uint64, fd int, with *descriptor.Descriptor, closeOnExec bool) error {
	const setFD = 1 // SECCOMP_ADDFD_FLAG_SETFD
	add := struct { // struct seccomp_notif_addfd
		id                    uint64
		flags, from, to, open uint32
	}{id: id, flags: setFD, from: uint32(with.FD()), to: uint32(fd)}
	if closeOnExec {
		add.open = unix.O_CLOEXEC
	}
	err := ioctl(n.fd.FD(), filter.IoctlAddFD, unsafe.Pointer(&add))
	runtime.KeepAlive(with)
	return err
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
	if e != 0 {
		return e
	}
	return nil
}

// journal remembers the call that is being answered in a memory file, which
// the keeper has too: the kernel tells of a call only once, and its caller
// would wait for ever if this process were killed in between.
type journal struct{ file *descriptor.Descriptor }

// journalSize is that of a record: whether the call still waits, the id of the
// last call, and the call.
const journalSize = 16 + int(unsafe.Sizeof(filter.Notification{}))

// newJournal begins with the id of the last call that has been answered.
func newJournal(last uint64) (journal, error) {
	fd, err := unix.MemfdCreate("calls", unix.MFD_CLOEXEC)
	if err != nil {
		return journal{}, err
	}
	j := journal{descriptor.New(fd)}
	return j, j.write(filter.Notification{ID: last}, false)
}

func (j journal) write(n filter.Notification, pending bool) error {
	record := make([]byte, 0, journalSize)
	flag := uint64(0)
	if pending {
		flag = 1
	}
	record = binary.NativeEndian.AppendUint64(record, flag)
	record = binary.NativeEndian.AppendUint64(record, n.ID)
	record = append(record, unsafe.Slice((*byte)(unsafe.Pointer(&n)), unsafe.Sizeof(n))...)
	_, err := unix.Pwrite(j.file.FD(), record, 0)
	return err
}

// read returns the last call, and whether it may still wait for an answer.
func (j journal) read() (n filter.Notification, pending bool, err error) {
	record := make([]byte, journalSize)
	if got, err := unix.Pread(j.file.FD(), record, 0); err != nil || got != len(record) {
		return n, false, errors.Join(errors.New("the journal of calls is cut off"), err)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&n)), unsafe.Sizeof(n)), record[16:])
	return n, binary.NativeEndian.Uint64(record) == 1, nil
}
