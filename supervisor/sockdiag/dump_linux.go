package sockdiag

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Sizes and numbers of linux/inet_diag.h and linux/unix_diag.h.
const (
	requestSize = 56 // struct inet_diag_req_v2
	messageSize = 72 // struct inet_diag_msg
	unixSize    = 16 // struct unix_diag_msg

	diagInfo       = 2  // INET_DIAG_INFO
	diagV6Only     = 11 // INET_DIAG_SKV6ONLY
	diagByteCode   = 1  // INET_DIAG_REQ_BYTECODE
	opSourcePortGE = 2  // INET_DIAG_BC_S_GE
	opSourcePortLE = 3  // INET_DIAG_BC_S_LE

	unixShowName   = 1
	unixShowQueues = 16
	unixName       = 0
	unixQueues     = 4
)

// Dump calls fn with each socket that the query selects, IPv4 and IPv6. The
// socket that fn gets is overwritten for the next call. A kernel without
// support for a protocol has none of its sockets.
func (c *Conn) Dump(q Query, fn func(*Socket)) error {
	var s Socket
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		err := c.dump(q.request(family), func(message []byte) {
			if parse(message, q.Protocol, &s) {
				fn(&s)
			}
		})
		// An interrupted dump misses a few sockets of the many that come and
		// go; the next one sees them.
		if err != nil && !errors.Is(err, errInterrupted) && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}

// request is struct inet_diag_req_v2, with a filter for the port.
func (q Query) request(family byte) []byte {
	r := make([]byte, requestSize, requestSize+28)
	r[0], r[1] = family, byte(q.Protocol)
	if q.Info {
		r[2] = 1 << (diagInfo - 1)
	}
	mask := uint32(0)
	for _, s := range q.States {
		mask |= 1 << s
	}
	binary.NativeEndian.PutUint32(r[4:], mask)
	if q.Port == 0 {
		return r
	}
	// Two comparisons; each is followed by its operand. A jump past the end by
	// four bytes rejects the socket.
	code := func(op byte, length uint16) []byte {
		out := []byte{op, 8, 0, 0, 0, 0, 0, 0}
		binary.NativeEndian.PutUint16(out[2:], length+4) // where to go when it is false
		binary.NativeEndian.PutUint16(out[6:], q.Port)
		return out
	}
	attribute := make([]byte, 4)
	binary.NativeEndian.PutUint16(attribute, 20)
	binary.NativeEndian.PutUint16(attribute[2:], diagByteCode)
	r = append(r, attribute...)
	r = append(r, code(opSourcePortGE, 16)...)
	return append(r, code(opSourcePortLE, 8)...)
}

// parse reads struct inet_diag_msg and its attributes.
func parse(m []byte, protocol Protocol, s *Socket) bool {
	if len(m) < messageSize {
		return false
	}
	*s = Socket{
		Protocol:  protocol,
		State:     State(m[1]),
		V6:        m[0] == unix.AF_INET6,
		Interface: binary.NativeEndian.Uint32(m[40:]),
		Cookie:    uint64(binary.NativeEndian.Uint32(m[44:])) | uint64(binary.NativeEndian.Uint32(m[48:]))<<32,
		Receive:   binary.NativeEndian.Uint32(m[56:]),
		Send:      binary.NativeEndian.Uint32(m[60:]),
		UID:       binary.NativeEndian.Uint32(m[64:]),
		Inode:     binary.NativeEndian.Uint32(m[68:]),
	}
	s.Local = netip.AddrPortFrom(address(m[8:24], s.V6), binary.BigEndian.Uint16(m[4:]))
	s.Remote = netip.AddrPortFrom(address(m[24:40], s.V6), binary.BigEndian.Uint16(m[6:]))
	attributes(m[messageSize:], func(kind uint16, value []byte) {
		switch kind {
		case diagInfo:
			s.Info = parseInfo(value)
		case diagV6Only:
			s.V6Only = len(value) > 0 && value[0] != 0
		}
	})
	return true
}

func address(raw []byte, v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16([16]byte(raw))
	}
	return netip.AddrFrom4([4]byte(raw))
}

// parseInfo reads struct tcp_info, which grows at its end from kernel to kernel.
func parseInfo(i []byte) Info {
	if len(i) < 136 {
		return Info{}
	}
	u32 := func(at int) time.Duration { return time.Duration(binary.NativeEndian.Uint32(i[at:])) }
	return Info{
		Known:        true,
		LastSent:     u32(44) * time.Millisecond,
		LastReceived: u32(52) * time.Millisecond,
		RTT:          u32(68) * time.Microsecond,
		Acked:        binary.NativeEndian.Uint64(i[120:]),
		Received:     binary.NativeEndian.Uint64(i[128:]),
	}
}

// Unix calls fn with each unix socket that listens.
func (c *Conn) Unix(fn func(*UnixSocket)) error {
	r := make([]byte, 24) // struct unix_diag_req
	r[0] = unix.AF_UNIX
	binary.NativeEndian.PutUint32(r[4:], 1<<Listen)
	binary.NativeEndian.PutUint32(r[12:], unixShowName|unixShowQueues)
	var s UnixSocket
	err := c.dump(r, func(m []byte) {
		if len(m) < unixSize {
			return
		}
		s = UnixSocket{Inode: binary.NativeEndian.Uint32(m[4:])}
		attributes(m[unixSize:], func(kind uint16, value []byte) {
			switch {
			case kind == unixName && len(value) > 0 && value[0] == 0:
				s.Path = "@" + string(value[1:])
			case kind == unixName:
				s.Path = string(trimZero(value))
			case kind == unixQueues && len(value) >= 8:
				s.Waiting = binary.NativeEndian.Uint32(value)
			}
		})
		fn(&s)
	})
	if errors.Is(err, errInterrupted) || errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

func trimZero(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}
