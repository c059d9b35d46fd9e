//go:build linux

package camera

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// node is an open video device. The structures for the kernel are its fields, so
// they are on the heap and do not move during a call. Each call is one
// unix.Syscall with a pointer that Go knows. (go4vl passes addresses on the stack
// as numbers, and loses the answer if the stack moves. It only enumerates here.)
type node struct {
	path string
	fd   int

	format  v4l2Format
	parm    v4l2StreamParm
	request v4l2RequestBuffers
	buffer  v4l2Buffer
	kind    int32 // v4l2VideoCapture or v4l2VideoCapturePlanes
	poll    [1]unix.PollFd
	file    *os.File // has the descriptor once events are used
	events  *events  // waits for frames; nil: poll does
	planar  *planes  // set with v4l2VideoCapturePlanes
}

// openNode opens a device non-blocking and close-on-exec.
func openNode(path string) (*node, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &node{path: path, fd: fd, kind: v4l2VideoCapture}, nil
}

func (n *node) close() error {
	if n.file != nil {
		return n.file.Close()
	}
	return unix.Close(n.fd)
}

func (n *node) ioctl(request uintptr, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(n.fd), request, uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// gone reports whether err, from a call on n, means that the device was removed.
func (n *node) gone(err error) bool {
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) {
		return true
	}
	_, missing := os.Stat(n.path)
	return errors.Is(missing, os.ErrNotExist)
}

// setFormat requests a format and size, and returns the driver's choice.
func (n *node) setFormat(f fourcc, width, height int) (rawFrame, error) {
	if n.planar != nil {
		return n.setFormatPlanes(f, width, height)
	}
	n.format = v4l2Format{kind: v4l2VideoCapture}
	pix := &n.format.pix
	pix.pixelFormat = uint32(f)
	pix.width, pix.height = uint32(width), uint32(height)
	if err := n.ioctl(vidiocSetFormat, unsafe.Pointer(&n.format)); err != nil {
		return rawFrame{}, err
	}
	n.format = v4l2Format{kind: v4l2VideoCapture}
	if err := n.ioctl(vidiocGetFormat, unsafe.Pointer(&n.format)); err != nil {
		return rawFrame{}, err
	}
	shape := rawFrame{
		format: fourcc(pix.pixelFormat), width: int(pix.width), height: int(pix.height), stride: int(pix.bytesPerLine),
	}
	return shape.checked(pix.colorspace, pix.quantization)
}

// checked validates the driver's choice and adds the range of the samples.
func (p rawFrame) checked(colorspace, quantization uint32) (rawFrame, error) {
	// If the driver does not tell, grey has the full range, as in the kernel's own
	// drivers; only brightness with colours is limited.
	p.fullRange = quantization == v4l2QuantizationFullRange ||
		quantization == v4l2QuantizationDefault && (colorspace == v4l2ColorspaceJPEG || p.format == fourccOf("GREY"))
	if p.format == 0 || p.width == 0 || p.height == 0 {
		return rawFrame{}, fmt.Errorf("the driver names no format, but %dx%d %#x", p.width, p.height, uint32(p.format))
	}
	return p, nil
}

// setRate requests frames per second, and returns the driver's rate; 0 if it is
// unknown. Not every camera supports it.
func (n *node) setRate(fps int) float64 {
	n.parm = v4l2StreamParm{kind: uint32(n.kind)}
	capture := &n.parm.capture
	capture.numerator, capture.denominator = 1, uint32(fps)
	_ = n.ioctl(vidiocSetParm, unsafe.Pointer(&n.parm)) // the result is read below
	n.parm = v4l2StreamParm{kind: uint32(n.kind)}
	if err := n.ioctl(vidiocGetParm, unsafe.Pointer(&n.parm)); err != nil || capture.numerator == 0 {
		return 0
	}
	return float64(capture.denominator) / float64(capture.numerator)
}

// requestBuffers makes the driver allocate count buffers, and returns how many it
// allocated. 0 frees them.
func (n *node) requestBuffers(count int) (int, error) {
	n.request = v4l2RequestBuffers{count: uint32(count), kind: uint32(n.kind), memory: v4l2Mapped}
	err := n.ioctl(vidiocRequestBuffers, unsafe.Pointer(&n.request))
	return int(n.request.count), err
}

// mapBuffer maps the buffer with this index into memory. After an error it returns
// the parts that are mapped.
func (n *node) mapBuffer(index int) ([][]byte, error) {
	if n.planar != nil {
		return n.mapPlanes(index)
	}
	n.aim(index)
	if err := n.ioctl(vidiocQueryBuffer, unsafe.Pointer(&n.buffer)); err != nil {
		return nil, err
	}
	m, err := n.mapPart(n.buffer.offset, n.buffer.length)
	if err != nil {
		return nil, err
	}
	return [][]byte{m}, nil
}

func (n *node) mapPart(offset, length uint32) ([]byte, error) {
	if length == 0 {
		return nil, errors.New("the driver offers a buffer of 0 bytes")
	}
	return unix.Mmap(n.fd, int64(offset), int(length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

// aim prepares n.buffer for a call about the buffer with this index.
func (n *node) aim(index int) {
	n.buffer = v4l2Buffer{v4l2BufferHead: v4l2BufferHead{index: uint32(index), kind: v4l2VideoCapture, memory: v4l2Mapped}}
}

// queue gives a buffer to the driver to fill.
func (n *node) queue(index int) error {
	if n.planar != nil {
		return n.queuePlanes(index)
	}
	n.aim(index)
	return n.ioctl(vidiocQueue, unsafe.Pointer(&n.buffer))
}

// filled is a buffer that the driver gave back.
type filled struct {
	index     int
	parts     [jpeg.MostMemories]extent // one for each memory of the buffer
	damaged   bool                      // the driver reported incomplete data
	stamp     unix.Timespec
	monotonic bool // stamp is of CLOCK_MONOTONIC
}

// extent is the range of the data in one memory of a buffer.
type extent struct{ from, to int }

// dequeue returns a filled buffer, or unix.EAGAIN if there is none yet.
func (n *node) dequeue() (filled, error) {
	if n.planar != nil {
		return n.dequeuePlanes()
	}
	n.aim(0)
	if err := n.ioctl(vidiocDequeue, unsafe.Pointer(&n.buffer)); err != nil {
		return filled{}, err
	}
	b := n.buffer.filled()
	b.parts[0].to = int(n.buffer.used)
	return b, nil
}

// filled converts the head of a buffer.
func (b *v4l2BufferHead) filled() filled {
	return filled{
		index:     int(b.index),
		damaged:   b.flags&v4l2BufferDamaged != 0,
		stamp:     unix.NsecToTimespec(b.timestamp.Nano()),
		monotonic: b.flags&v4l2StampMask == v4l2StampMonotonic,
	}
}

func (n *node) streamOn() error  { return n.ioctl(vidiocStreamOn, unsafe.Pointer(&n.kind)) }
func (n *node) streamOff() error { return n.ioctl(vidiocStreamOff, unsafe.Pointer(&n.kind)) }

// readable waits up to milliseconds for a filled buffer. failed means that the
// device has stopped permanently.
func (n *node) readable(milliseconds int) (ready, failed bool, err error) {
	n.poll[0] = unix.PollFd{Fd: int32(n.fd), Events: unix.POLLIN}
	_, err = unix.Poll(n.poll[:], milliseconds)
	if errors.Is(err, unix.EINTR) {
		return false, false, nil
	}
	events := n.poll[0].Revents
	return events&unix.POLLIN != 0, events&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0, err
}
