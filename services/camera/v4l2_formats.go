//go:build linux

package camera

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

type v4l2FormatDescription struct {
	index       uint32
	kind        uint32
	_           uint32
	_           [32]byte
	pixelFormat uint32
	_           [4]uint32
}

const vidiocEnumFormat = v4l2Both | unsafe.Sizeof(v4l2FormatDescription{})<<16 | 2

// maxAnswers bounds a list: a driver with more is broken.
const maxAnswers = 1024

// listFormats asks the driver for its pixel formats.
func (n *node) listFormats() ([]fourcc, error) {
	var formats []fourcc
	d := new(v4l2FormatDescription)
	for i := range uint32(maxAnswers) {
		*d = v4l2FormatDescription{index: i, kind: uint32(n.kind)}
		if err := n.ioctl(vidiocEnumFormat, unsafe.Pointer(d)); err != nil {
			if errors.Is(err, unix.EINVAL) && i > 0 {
				err = nil // that was the last
			}
			return formats, err
		}
		formats = append(formats, fourcc(d.pixelFormat))
	}
	return formats, nil
}
