//go:build linux

package camera

import (
	"fmt"
	"unsafe"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// planes has the structures for V4L2's multi-planar calls. Drivers that need them
// can keep the planes of a frame in separate memories, as those of the Raspberry
// Pi 5 and of Rockchip. It is on the heap, like node.
type planes struct {
	format v4l2FormatPlanes
	buffer v4l2BufferPlanes
	of     [v4l2MostPlanes]v4l2Plane
	count  int // memories of a frame in the current format
}

// setFormatPlanes is setFormat.
func (n *node) setFormatPlanes(f fourcc, width, height int) (rawFrame, error) {
	p := n.planar
	p.format = v4l2FormatPlanes{kind: v4l2VideoCapturePlanes}
	pix := &p.format.pix
	pix.pixelFormat = uint32(f)
	pix.width, pix.height = uint32(width), uint32(height)
	if err := n.ioctl(vidiocSetFormat, unsafe.Pointer(&p.format)); err != nil {
		return rawFrame{}, err
	}
	p.format = v4l2FormatPlanes{kind: v4l2VideoCapturePlanes}
	if err := n.ioctl(vidiocGetFormat, unsafe.Pointer(&p.format)); err != nil {
		return rawFrame{}, err
	}
	if p.count = int(pix.count); p.count < 1 || p.count > jpeg.MostMemories {
		return rawFrame{}, fmt.Errorf("expected pictures in 1 to %d buffers, the driver has %d", jpeg.MostMemories, p.count)
	}
	shape := rawFrame{format: fourcc(pix.pixelFormat), width: int(pix.width), height: int(pix.height),
		stride: int(pix.planes[0].bytesPerLine)}
	if p.count > 1 {
		shape.colourStride = int(pix.planes[1].bytesPerLine)
	}
	return shape.checked(pix.colorspace, uint32(pix.quantization))
}

// aim prepares the structures for a call about the buffer with this index.
func (p *planes) aim(index int) unsafe.Pointer {
	clear(p.of[:])
	p.buffer = v4l2BufferPlanes{
		v4l2BufferHead: v4l2BufferHead{index: uint32(index), kind: v4l2VideoCapturePlanes, memory: v4l2Mapped},
		planes:         &p.of, length: uint32(p.count)}
	return unsafe.Pointer(&p.buffer)
}

// mapPlanes is mapBuffer.
func (n *node) mapPlanes(index int) ([][]byte, error) {
	if err := n.ioctl(vidiocQueryBuffer, n.planar.aim(index)); err != nil {
		return nil, err
	}
	var memories [][]byte
	for i := range n.planar.count {
		of := &n.planar.of[i]
		m, err := n.mapPart(of.offset, of.length)
		if err != nil {
			return memories, fmt.Errorf("plane %d: %w", i+1, err)
		}
		memories = append(memories, m)
	}
	return memories, nil
}

// queuePlanes is queue.
func (n *node) queuePlanes(index int) error { return n.ioctl(vidiocQueue, n.planar.aim(index)) }

// dequeuePlanes is dequeue.
func (n *node) dequeuePlanes() (filled, error) {
	p := n.planar
	if err := n.ioctl(vidiocDequeue, p.aim(0)); err != nil {
		return filled{}, err
	}
	b := p.buffer.filled()
	for i := range p.count {
		b.parts[i] = extent{from: int(p.of[i].dataOffset), to: int(p.of[i].used)}
	}
	return b, nil
}
