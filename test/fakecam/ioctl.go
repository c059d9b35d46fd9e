//go:build linux && amd64

package fakecam

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"
)

// The numbers of V4L2's ioctls that a camera answers, and their names.
const (
	queryCap        = 0
	enumFmt         = 2
	getFmt          = 4
	setFmt          = 5
	reqBufs         = 8
	queryBuf        = 9
	qBuf            = 15
	dqBuf           = 17
	streamOn        = 18
	streamOff       = 19
	getParm         = 21
	setParm         = 22
	getInput        = 38
	setInput        = 39
	enumFrameSizes  = 74
	videoCapture    = 1
	capturePlanes   = 9
	capabilities    = 0x04000001 // streaming, video capture
	planeCapability = 0x04001000 // streaming, multi-planar capture
	hasDeviceCaps   = 0x80000000
	stampMonotonic  = 0x2000
	flagDamaged     = 0x40
	fieldNone       = 1
	colorspaceJPEG  = 7
	colorspaceSRGB  = 8
	maximumOfFrames = 32
)

var order = binary.LittleEndian

func name(number int) string {
	names := map[int]string{queryCap: "QUERYCAP", enumFmt: "ENUM_FMT", getFmt: "G_FMT", setFmt: "S_FMT",
		reqBufs:  "REQBUFS",
		queryBuf: "QUERYBUF", qBuf: "QBUF", dqBuf: "DQBUF", streamOn: "STREAMON", streamOff: "STREAMOFF", getParm: "G_PARM",
		setParm: "S_PARM", getInput: "G_INPUT", setInput: "S_INPUT", enumFrameSizes: "ENUM_FRAMESIZES"}
	return "VIDIOC_" + names[number]
}

// ioctl answers a call with the structure arg, which it changes.
func (c *Camera) ioctl(one *call, h *handle, number int, arg []byte) unix.Errno {
	if c.dead(h) {
		return unix.ENODEV
	}
	if c.Refuses != nil {
		if errno := c.Refuses(name(number)); errno != 0 {
			return errno
		}
	}
	switch number {
	case queryCap:
		clear(arg)
		copy(arg[0:15], "fakecam")
		copy(arg[16:47], c.Card)
		copy(arg[48:79], "platform:fakecam")
		order.PutUint32(arg[80:], 6<<16)
		able := uint32(capabilities)
		if c.Planar {
			able = planeCapability
		}
		order.PutUint32(arg[84:], able|hasDeviceCaps)
		order.PutUint32(arg[88:], able)
	case enumFmt, enumFrameSizes:
		return c.enumerate(number, arg)
	case getFmt, setFmt, getParm, setParm, reqBufs, queryBuf, qBuf, dqBuf, streamOn, streamOff:
		return c.stream(one, h, number, arg)
	case getInput, setInput:
		clear(arg)
	default:
		return unix.ENOTTY
	}
	return 0
}

// kind is what its buffers and formats are called.
func (h *handle) kind() uint32 {
	if h.planar {
		return capturePlanes
	}
	return videoCapture
}

// stream answers what is about formats and buffers, of the camera's kind only.
func (c *Camera) stream(one *call, h *handle, number int, arg []byte) unix.Errno {
	at := 0
	if number == reqBufs || number == queryBuf || number == qBuf || number == dqBuf {
		at = 4
	}
	if order.Uint32(arg[at:]) != h.kind() {
		return unix.EINVAL
	}
	switch number {
	case getFmt:
		h.put(arg)
	case setFmt:
		if len(h.slots) > 0 {
			return unix.EBUSY
		}
		h.format = c.choose(Format{FourCC: string(arg[16:20]), Width: int(order.Uint32(arg[8:])),
			Height: int(order.Uint32(arg[12:]))})
		h.put(arg)
	case getParm, setParm:
		clear(arg[4:])
		order.PutUint32(arg[4:], 0x1000) // V4L2_CAP_TIMEPERFRAME
		order.PutUint32(arg[12:], 1)
		order.PutUint32(arg[16:], uint32(c.FPS))
	case reqBufs:
		count := min(int(order.Uint32(arg)), maximumOfFrames)
		if err := h.allocate(count); err != nil {
			return unix.ENOMEM
		}
		order.PutUint32(arg, uint32(count))
		order.PutUint32(arg[12:], 1) // V4L2_BUF_CAP_SUPPORTS_MMAP
	case streamOn:
		h.streaming, h.failure = true, 0
		h.due = now()
	case streamOff:
		h.streaming, h.failure, h.queued, h.filled = false, 0, nil, nil
	case queryBuf, qBuf, dqBuf:
		return h.exchange(one, number, arg)
	}
	return 0
}

// exchange answers what is about one buffer.
func (h *handle) exchange(one *call, number int, arg []byte) unix.Errno {
	i := int(order.Uint32(arg))
	switch {
	case number == dqBuf && h.failure != 0:
		return h.failure
	case number == dqBuf && len(h.filled) == 0:
		return unix.EAGAIN
	case number == dqBuf:
		i = h.filled[0]
		h.filled = slices.Delete(h.filled, 0, 1)
	case i >= len(h.slots):
		return unix.EINVAL
	case number == qBuf && (slices.Contains(h.queued, i) || slices.Contains(h.filled, i)):
		return unix.EINVAL
	case number == qBuf:
		h.queued = append(h.queued, i)
	}
	s := h.slots[i]
	address, room := order.Uint64(arg[64:]), int(order.Uint32(arg[72:]))
	clear(arg)
	flags := uint32(stampMonotonic | 1) // V4L2_BUF_FLAG_MAPPED
	if s.damaged {
		flags |= flagDamaged
	}
	order.PutUint32(arg, uint32(i))
	order.PutUint32(arg[4:], h.kind())
	order.PutUint32(arg[8:], uint32(s.used))
	order.PutUint32(arg[12:], flags)
	order.PutUint32(arg[16:], fieldNone)
	order.PutUint64(arg[24:], uint64(s.stamp.Sec))
	order.PutUint64(arg[32:], uint64(s.stamp.Nsec/1000))
	order.PutUint32(arg[56:], uint32(s.sequence))
	order.PutUint32(arg[60:], 1) // V4L2_MEMORY_MMAP
	if h.planar {
		return h.exchangePlanes(one, i, arg, address, room)
	}
	order.PutUint32(arg[64:], uint32(i*h.room()))
	order.PutUint32(arg[72:], uint32(h.format.Size))
	return 0
}

func (h *handle) put(arg []byte) {
	f := h.format
	clear(arg)
	order.PutUint32(arg, h.kind())
	order.PutUint32(arg[8:], uint32(f.Width))
	order.PutUint32(arg[12:], uint32(f.Height))
	copy(arg[16:20], f.FourCC)
	order.PutUint32(arg[20:], fieldNone)
	colorspace := uint32(colorspaceSRGB)
	if f.FourCC == "MJPG" || f.FourCC == "JPEG" {
		colorspace = colorspaceJPEG
	}
	if h.planar {
		h.putPlanes(arg, colorspace)
		return
	}
	order.PutUint32(arg[24:], uint32(f.Stride))
	order.PutUint32(arg[28:], uint32(f.Size))
	order.PutUint32(arg[32:], colorspace)
}

// enumerate lists the formats, or the sizes of one.
func (c *Camera) enumerate(number int, arg []byte) unix.Errno {
	index := int(order.Uint32(arg))
	if number == enumFmt {
		var codes []string
		for _, f := range c.Formats {
			if !slices.Contains(codes, f.FourCC) {
				codes = append(codes, f.FourCC)
			}
		}
		kind := (&handle{planar: c.Planar}).kind()
		if order.Uint32(arg[4:]) != kind || index >= len(codes) {
			return unix.EINVAL
		}
		clear(arg)
		order.PutUint32(arg, uint32(index))
		order.PutUint32(arg[4:], kind)
		copy(arg[12:43], codes[index])
		copy(arg[44:48], codes[index])
		return 0
	}
	code, sizes := string(arg[4:8]), []Format(nil)
	for _, f := range c.Formats {
		if f.FourCC == code {
			sizes = append(sizes, f)
		}
	}
	if index >= len(sizes) {
		return unix.EINVAL
	}
	clear(arg[8:])
	order.PutUint32(arg[8:], 1) // V4L2_FRMSIZE_TYPE_DISCRETE
	order.PutUint32(arg[12:], uint32(sizes[index].Width))
	order.PutUint32(arg[16:], uint32(sizes[index].Height))
	return 0
}
