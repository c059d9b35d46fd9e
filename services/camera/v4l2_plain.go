//go:build linux && !cgo

package camera

import "unsafe"

// go4vl needs a C compiler. Builds without one, such as the static binary, use
// these calls instead.

type v4l2Capability struct {
	driver       [16]byte
	card         [32]byte
	bus          [32]byte
	_            uint32
	capabilities uint32
	deviceCaps   uint32
	_            [3]uint32
}

type v4l2FrameSize struct {
	index       uint32
	pixelFormat uint32
	kind        uint32
	// A single size has its width and height in the first two fields; a range has
	// all of them.
	minWidth, maxWidth, stepWidth    uint32
	minHeight, maxHeight, stepHeight uint32
	_                                [2]uint32
}

const (
	v4l2CapDeviceCaps = 0x80000000
	v4l2SizeDiscrete  = 1

	vidiocQueryCapability = v4l2Reads | unsafe.Sizeof(v4l2Capability{})<<16
	vidiocEnumSizes       = v4l2Both | unsafe.Sizeof(v4l2FrameSize{})<<16 | 74
)

// capability returns the identity and the capabilities of the device.
func (n *node) capability() (identity, uint32, error) {
	c := new(v4l2Capability)
	if err := n.ioctl(vidiocQueryCapability, unsafe.Pointer(c)); err != nil {
		return identity{}, 0, err
	}
	able := c.capabilities
	if able&v4l2CapDeviceCaps != 0 {
		able = c.deviceCaps // of this node; c.capabilities covers all nodes
	}
	return identity{driver: text(c.driver[:]), card: text(c.card[:]), bus: text(c.bus[:])}, able, nil
}

// formats lists the pixel formats that the device offers.
func (n *node) formats() ([]fourcc, error) { return n.listFormats() }

// sizes lists the sizes of a format. It is empty if the driver does not list them.
func (n *node) sizes(f fourcc) []sizeRange {
	var sizes []sizeRange
	s := new(v4l2FrameSize)
	for i := range uint32(maxAnswers) {
		*s = v4l2FrameSize{index: i, pixelFormat: uint32(f)}
		if n.ioctl(vidiocEnumSizes, unsafe.Pointer(s)) != nil {
			break
		}
		if s.kind != v4l2SizeDiscrete { // a range, and the only answer
			return []sizeRange{{int(s.minWidth), int(s.maxWidth), int(s.stepWidth),
				int(s.minHeight), int(s.maxHeight), int(s.stepHeight)}}
		}
		width, height := int(s.minWidth), int(s.maxWidth)
		sizes = append(sizes, sizeRange{minWidth: width, maxWidth: width, minHeight: height, maxHeight: height})
	}
	return sizes
}
