//go:build linux && cgo

package camera

/*
#include <linux/videodev2.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// node is an open video device. The structures that the kernel reads and
// writes are fields of it, so that they lie on the heap and do not move while
// a call runs; each call is one unix.Syscall on a pointer that Go knows of.
// (go4vl passes addresses on the stack as plain numbers, and loses the answer
// when the stack is moved in between. It is used for enumeration only.)
type node struct {
	path string
	fd   int

	format  C.struct_v4l2_format
	parm    C.struct_v4l2_streamparm
	request C.struct_v4l2_requestbuffers
	buffer  C.struct_v4l2_buffer
	kind    C.int
	poll    [1]unix.PollFd
}

// openNode opens a device without waiting, and without leaving it to children.
func openNode(path string) (*node, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &node{path: path, fd: fd, kind: C.V4L2_BUF_TYPE_VIDEO_CAPTURE}, nil
}

func (n *node) close() error { return unix.Close(n.fd) }

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

// gone tells whether err, from a call on n, means that the device is no more.
func (n *node) gone(err error) bool {
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) {
		return true
	}
	_, missing := os.Stat(n.path)
	return errors.Is(missing, os.ErrNotExist)
}

// setFormat asks for a format and size, and returns what the driver chose
// instead, which it does without an error.
func (n *node) setFormat(f fourcc, width, height int) (rawPicture, error) {
	n.format = C.struct_v4l2_format{_type: C.V4L2_BUF_TYPE_VIDEO_CAPTURE}
	pix := (*C.struct_v4l2_pix_format)(unsafe.Pointer(&n.format.fmt))
	pix.pixelformat = C.__u32(f)
	pix.width, pix.height = C.__u32(width), C.__u32(height)
	pix.field = C.V4L2_FIELD_ANY
	if err := n.ioctl(C.VIDIOC_S_FMT, unsafe.Pointer(&n.format)); err != nil {
		return rawPicture{}, err
	}
	n.format = C.struct_v4l2_format{_type: C.V4L2_BUF_TYPE_VIDEO_CAPTURE}
	if err := n.ioctl(C.VIDIOC_G_FMT, unsafe.Pointer(&n.format)); err != nil {
		return rawPicture{}, err
	}
	shape := rawPicture{
		format: fourcc(pix.pixelformat), width: int(pix.width), height: int(pix.height), stride: int(pix.bytesperline),
		fullRange: pix.quantization == C.V4L2_QUANTIZATION_FULL_RANGE ||
			pix.quantization == C.V4L2_QUANTIZATION_DEFAULT && pix.colorspace == C.V4L2_COLORSPACE_JPEG,
	}
	if shape.format == 0 || shape.width == 0 || shape.height == 0 {
		return rawPicture{}, fmt.Errorf("the driver names no format, but %dx%d %#x", shape.width, shape.height, uint32(shape.format))
	}
	return shape, nil
}

// setRate asks for frames per second, and returns what the driver says it
// does; 0 where it says nothing. Not every camera can be asked.
func (n *node) setRate(fps int) float64 {
	n.parm = C.struct_v4l2_streamparm{_type: C.V4L2_BUF_TYPE_VIDEO_CAPTURE}
	capture := (*C.struct_v4l2_captureparm)(unsafe.Pointer(&n.parm.parm))
	capture.timeperframe.numerator, capture.timeperframe.denominator = 1, C.__u32(fps)
	_ = n.ioctl(C.VIDIOC_S_PARM, unsafe.Pointer(&n.parm)) // what came of it is read below
	n.parm = C.struct_v4l2_streamparm{_type: C.V4L2_BUF_TYPE_VIDEO_CAPTURE}
	if err := n.ioctl(C.VIDIOC_G_PARM, unsafe.Pointer(&n.parm)); err != nil || capture.timeperframe.numerator == 0 {
		return 0
	}
	return float64(capture.timeperframe.denominator) / float64(capture.timeperframe.numerator)
}

// requestBuffers makes the driver hold count buffers, and returns how many it
// gave; 0 gives them back.
func (n *node) requestBuffers(count int) (int, error) {
	n.request = C.struct_v4l2_requestbuffers{count: C.__u32(count),
		_type: C.V4L2_BUF_TYPE_VIDEO_CAPTURE, memory: C.V4L2_MEMORY_MMAP}
	err := n.ioctl(C.VIDIOC_REQBUFS, unsafe.Pointer(&n.request))
	return int(n.request.count), err
}

// mapBuffer maps the buffer with this index into memory.
func (n *node) mapBuffer(index int) ([]byte, error) {
	n.aim(index)
	if err := n.ioctl(C.VIDIOC_QUERYBUF, unsafe.Pointer(&n.buffer)); err != nil {
		return nil, err
	}
	offset := *(*uint32)(unsafe.Pointer(&n.buffer.m))
	if n.buffer.length == 0 {
		return nil, errors.New("the driver offers a buffer of 0 bytes")
	}
	return unix.Mmap(n.fd, int64(offset), int(n.buffer.length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

// aim prepares n.buffer for a call about the buffer with this index.
func (n *node) aim(index int) {
	n.buffer = C.struct_v4l2_buffer{index: C.__u32(index),
		_type: C.V4L2_BUF_TYPE_VIDEO_CAPTURE, memory: C.V4L2_MEMORY_MMAP}
}

// queue gives a buffer to the driver to fill.
func (n *node) queue(index int) error {
	n.aim(index)
	return n.ioctl(C.VIDIOC_QBUF, unsafe.Pointer(&n.buffer))
}

// filled is a buffer that the driver gave back.
type filled struct {
	index, used int
	damaged     bool // the driver knows that the data is incomplete
	stamp       unix.Timespec
	monotonic   bool // stamp is of CLOCK_MONOTONIC
}

// dequeue takes a filled buffer; unix.EAGAIN when there is none yet.
func (n *node) dequeue() (filled, error) {
	n.aim(0)
	if err := n.ioctl(C.VIDIOC_DQBUF, unsafe.Pointer(&n.buffer)); err != nil {
		return filled{}, err
	}
	b := &n.buffer
	return filled{
		index: int(b.index), used: int(b.bytesused),
		damaged:   b.flags&C.V4L2_BUF_FLAG_ERROR != 0,
		stamp:     unix.NsecToTimespec(int64(b.timestamp.tv_sec)*1e9 + int64(b.timestamp.tv_usec)*1e3),
		monotonic: b.flags&C.V4L2_BUF_FLAG_TIMESTAMP_MASK == C.V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
	}, nil
}

func (n *node) streamOn() error  { return n.ioctl(C.VIDIOC_STREAMON, unsafe.Pointer(&n.kind)) }
func (n *node) streamOff() error { return n.ioctl(C.VIDIOC_STREAMOFF, unsafe.Pointer(&n.kind)) }

// readable waits up to milliseconds for a filled buffer. failed tells that
// the device has stopped for good.
func (n *node) readable(milliseconds int) (ready, failed bool, err error) {
	n.poll[0] = unix.PollFd{Fd: int32(n.fd), Events: unix.POLLIN}
	_, err = unix.Poll(n.poll[:], milliseconds)
	if errors.Is(err, unix.EINTR) {
		return false, false, nil
	}
	events := n.poll[0].Revents
	return events&unix.POLLIN != 0, events&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0, err
}
