//go:build linux

package camera

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The structures of the kernel, as in linux/videodev2.h. Since they are in Go, no C
// compiler is needed to build for other machines.

// v4l2Union makes a structure that begins with it as large, and places it as
// the kernel does: some of its members hold pointers.
type v4l2Union struct {
	_ [0]uintptr
}

type v4l2Format struct {
	kind uint32
	pix  struct {
		_            v4l2Union
		width        uint32
		height       uint32
		pixelFormat  uint32
		field        uint32
		bytesPerLine uint32
		sizeImage    uint32
		colorspace   uint32
		_            [3]uint32
		quantization uint32
		_            [200 - 11*4]byte
	}
}

type v4l2StreamParm struct {
	kind    uint32
	capture struct {
		_                      [2]uint32
		numerator, denominator uint32 // seconds per frame
		_                      [200 - 4*4]byte
	}
}

type v4l2RequestBuffers struct {
	count  uint32
	kind   uint32
	memory uint32
	_      [2]uint32
}

// v4l2FormatPlanes is v4l2Format for a device with multi-planar calls.
type v4l2FormatPlanes struct {
	kind uint32
	pix  struct {
		_            v4l2Union
		width        uint32
		height       uint32
		pixelFormat  uint32
		field        uint32
		colorspace   uint32
		planes       [v4l2MostPlanes]v4l2FormatPlane
		count        uint8
		_            [2]uint8
		quantization uint8
		_            [200 - 20 - v4l2MostPlanes*20 - 4]byte
	}
}

type v4l2FormatPlane struct {
	sizeImage    uint32
	bytesPerLine uint32
	_            [6]uint16
}

// v4l2BufferHead is the beginning of a buffer.
type v4l2BufferHead struct {
	index     uint32
	kind      uint32
	used      uint32
	flags     uint32
	field     uint32
	timestamp unix.Timeval
	_         [16]byte // a time code
	sequence  uint32
	memory    uint32
}

type v4l2Buffer struct {
	v4l2BufferHead
	offset uint32 // of a union with a pointer
	_      [unsafe.Sizeof(uintptr(0)) - 4]byte
	length uint32
	_      [2]uint32
}

// v4l2BufferPlanes is v4l2Buffer for a device with multi-planar calls.
type v4l2BufferPlanes struct {
	v4l2BufferHead
	planes *[v4l2MostPlanes]v4l2Plane
	length uint32 // of planes
	_      [2]uint32
}

type v4l2Plane struct {
	used       uint32 // including the bytes before the data
	length     uint32
	offset     uint32 // of a union with a pointer
	_          [unsafe.Sizeof(uintptr(0)) - 4]byte
	dataOffset uint32
	_          [11]uint32
}

type v4l2QueryControl struct {
	id      uint32
	kind    uint32
	name    [32]byte
	minimum int32
	maximum int32
	step    int32
	normal  int32
	flags   uint32
	_       [2]uint32
}

type v4l2QueryMenu struct {
	id    uint32
	index uint32
	name  [32]byte // or a number of 64 bits
	_     uint32
}

type v4l2Control struct {
	id    uint32
	value int32
}

// The numbers that linux/videodev2.h gives to things.
const (
	v4l2VideoCapture       = 1 // of a buffer or format
	v4l2VideoCapturePlanes = 9
	v4l2Mapped             = 1 // of a buffer's memory
	v4l2MostPlanes         = 8

	v4l2CapVideoCapture       = 0x1
	v4l2CapVideoCapturePlanes = 0x1000
	v4l2CapStreaming          = 0x04000000

	v4l2ColorspaceJPEG        = 7
	v4l2QuantizationDefault   = 0
	v4l2QuantizationFullRange = 1

	v4l2BufferDamaged   = 0x40
	v4l2StampMask       = 0xE000
	v4l2StampMonotonic  = 0x2000
	v4l2NextControl     = 0x80000000
	v4l2ControlDisabled = 0x1
	v4l2ControlReadOnly = 0x4
	v4l2ControlInactive = 0x10
	v4l2ControlNoRead   = 0x40

	v4l2TypeInteger     = 1
	v4l2TypeBoolean     = 2
	v4l2TypeMenu        = 3
	v4l2TypeButton      = 4
	v4l2TypeBitmask     = 8
	v4l2TypeIntegerMenu = 9
)

// The numbers of the calls encode direction and size, as in asm/ioctl.h.
const (
	v4l2Reads  = ioctlRead<<ioctlDirection | 'V'<<8
	v4l2Writes = ioctlWrite<<ioctlDirection | 'V'<<8
	v4l2Both   = v4l2Reads | v4l2Writes

	vidiocGetFormat      = v4l2Both | unsafe.Sizeof(v4l2Format{})<<16 | 4
	vidiocSetFormat      = v4l2Both | unsafe.Sizeof(v4l2Format{})<<16 | 5
	vidiocRequestBuffers = v4l2Both | unsafe.Sizeof(v4l2RequestBuffers{})<<16 | 8
	vidiocQueryBuffer    = v4l2Both | unsafe.Sizeof(v4l2Buffer{})<<16 | 9
	vidiocQueue          = v4l2Both | unsafe.Sizeof(v4l2Buffer{})<<16 | 15
	vidiocDequeue        = v4l2Both | unsafe.Sizeof(v4l2Buffer{})<<16 | 17
	vidiocStreamOn       = v4l2Writes | unsafe.Sizeof(int32(0))<<16 | 18
	vidiocStreamOff      = v4l2Writes | unsafe.Sizeof(int32(0))<<16 | 19
	vidiocGetParm        = v4l2Both | unsafe.Sizeof(v4l2StreamParm{})<<16 | 21
	vidiocSetParm        = v4l2Both | unsafe.Sizeof(v4l2StreamParm{})<<16 | 22
	vidiocGetControl     = v4l2Both | unsafe.Sizeof(v4l2Control{})<<16 | 27
	vidiocSetControl     = v4l2Both | unsafe.Sizeof(v4l2Control{})<<16 | 28
	vidiocQueryControl   = v4l2Both | unsafe.Sizeof(v4l2QueryControl{})<<16 | 36
	vidiocQueryMenu      = v4l2Both | unsafe.Sizeof(v4l2QueryMenu{})<<16 | 37
)
