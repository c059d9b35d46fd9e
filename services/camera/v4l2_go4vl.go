//go:build linux && cgo

package camera

import (
	"errors"
	"slices"

	"github.com/vladimirvivien/go4vl/v4l2"
)

// capability returns the identity and the capabilities of the device.
func (n *node) capability() (identity, uint32, error) {
	c, err := enumerate(func() (v4l2.Capability, bool, error) {
		c, err := v4l2.GetCapability(uintptr(n.fd))
		return c, c.Driver != "" && c.Capabilities != 0, err
	})
	return identity{driver: c.Driver, card: c.Card, bus: c.BusInfo}, c.GetCapabilities(), err
}

// formats lists the pixel formats that the device offers.
func (n *node) formats() ([]fourcc, error) {
	if n.planar != nil {
		return n.listFormats() // go4vl supports only single-planar devices
	}
	offers, err := enumerate(func() ([]v4l2.FormatDescription, bool, error) {
		all, err := v4l2.GetAllFormatDescriptions(uintptr(n.fd))
		if len(all) > 0 {
			err = nil // the end of the list is an error
		}
		lost := slices.ContainsFunc(all, func(f v4l2.FormatDescription) bool { return f.PixelFormat == 0 })
		return all, !lost, err
	})
	var formats []fourcc
	for _, o := range offers {
		formats = append(formats, fourcc(o.PixelFormat))
	}
	return formats, err
}

// sizes lists the sizes of a format. It is empty if the driver does not list them.
func (n *node) sizes(f fourcc) []sizeRange {
	offers, err := enumerate(func() ([]v4l2.FrameSizeEnum, bool, error) {
		all, err := v4l2.GetFormatFrameSizes(uintptr(n.fd), uint32(f))
		lost := slices.ContainsFunc(all, func(s v4l2.FrameSizeEnum) bool { return s.Size.MaxWidth == 0 })
		return all, !lost, err
	})
	if err != nil {
		return nil
	}
	var sizes []sizeRange
	for _, o := range offers {
		sizes = append(sizes, sizeRange{
			int(o.Size.MinWidth), int(o.Size.MaxWidth), int(o.Size.StepWidth),
			int(o.Size.MinHeight), int(o.Size.MaxHeight), int(o.Size.StepHeight)})
	}
	return sizes
}

// enumerate calls go4vl, which passes addresses on the stack to the kernel. If the
// stack moves during a call, the answer is lost and stays zero. Therefore the call
// runs on a stack that has grown already, and is repeated until it is whole.
func enumerate[T any](ask func() (answer T, whole bool, err error)) (answer T, err error) {
	const tries = 5
	done := make(chan struct{})
	go func() {
		defer close(done)
		growStack(0)
		for range tries {
			var whole bool
			if answer, whole, err = ask(); err != nil || whole {
				return
			}
		}
		err = errors.New("the driver's answer was lost, five times over")
	}()
	<-done
	return answer, err
}

// growStack makes the calling goroutine's stack larger than go4vl needs.
//
//go:noinline
func growStack(i int) byte {
	var room [32 << 10]byte
	room[i] = 1
	return room[len(room)-1-i]
}
