//go:build linux

package camera

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

const (
	// wantBuffers: one is filled, one waits, one is read here, one is spare.
	wantBuffers = 4
	// pollMilliseconds is how often the context is checked while a camera is
	// silent.
	pollMilliseconds = 100
)

// camera is a V4L2 device that streams.
type camera struct {
	node     *node
	about    description
	buffers  [][][]byte    // each buffer's memories
	held     int           // index of the buffer with the current frame; -1: none
	data     [][]byte      // the current frame, in as many memories
	raw      *jpeg.Encoder // nil for a camera that encodes JPEG itself
	quality  int
	file     []byte    // JPEG file of the current frame, from raw
	pieces   [3][]byte // of the current frame
	huffman  []byte    // tables for cameras that omit them
	lost     losses
	clock    driverClock
	try      func() (held bool, err error)
	captured time.Time     // time of the frame that try holds
	apart    time.Duration // nominal time between two frames; 0: unknown
}

// startCamera begins to stream in the negotiated shape. It takes over n and
// closes it on an error.
func startCamera(n *node, about description, shape rawFrame, want settings) (_ *camera, err error) {
	c := &camera{node: n, about: about, held: -1, quality: want.quality, clock: newDriverClock()}
	if about.FPS > 0 {
		c.apart = time.Duration(float64(time.Second) / about.FPS)
	}
	defer func() {
		if err != nil {
			_ = c.close() // the first error is the cause
		}
	}()
	if shape.format.compressed() {
		c.huffman = jpeg.AppendHuffman(nil)
	} else {
		if c.raw, err = shape.newEncoder(want.turn); err != nil {
			return nil, err
		}
		c.about.Width, c.about.Height = c.raw.Size()
		c.about.Quality = want.quality
	}
	count, err := n.requestBuffers(wantBuffers)
	if err != nil {
		return nil, fmt.Errorf("its driver gives no buffers: %w", err)
	}
	for i := range count {
		buffer, err := n.mapBuffer(i)
		c.buffers = append(c.buffers, buffer)
		if err != nil {
			return nil, fmt.Errorf("buffer %d of %d: %w", i+1, count, err)
		}
		if err := n.queue(i); err != nil {
			return nil, fmt.Errorf("buffer %d of %d: %w", i+1, count, err)
		}
	}
	if err := n.streamOn(); err != nil {
		return nil, explain.Errorf("camera-bandwidth", "it does not start: %w", err)
	}
	n.watch()
	c.try = func() (held bool, err error) {
		c.captured, err = c.newest()
		return c.held >= 0, err
	}
	return c, nil
}

func (c *camera) describe() description { return c.about }

// grab returns the driver's newest frame, and gives older ones back unread.
func (c *camera) grab(ctx context.Context, _ uint64) (time.Time, error) {
	if err := c.giveBack(); err != nil {
		return time.Time{}, c.failure(err)
	}
	if c.node.events != nil {
		return c.next(ctx)
	}
	for {
		ready, failed, err := c.node.readable(pollMilliseconds)
		if err != nil {
			return time.Time{}, c.failure(err)
		}
		var captured time.Time
		if ready || failed {
			if captured, err = c.newest(); err != nil {
				return time.Time{}, c.failure(err)
			}
		}
		switch {
		case c.held >= 0:
			return captured, nil
		case failed:
			return time.Time{}, c.failure(unix.EIO)
		case ctx.Err() != nil:
			return time.Time{}, context.Cause(ctx)
		}
	}
}

// next waits for a frame and holds the newest.
func (c *camera) next(ctx context.Context) (time.Time, error) {
	err := c.node.events.until(ctx, c.try)
	if c.node.events.missed > maxMissed {
		c.node.events = nil
	}
	if err != nil && ctx.Err() == nil {
		err = c.failure(err)
	}
	return c.captured, err
}

// newest dequeues all frames of the driver, and holds the last good one.
func (c *camera) newest() (time.Time, error) {
	var captured time.Time
	// A frame that has just arrived is the newest: no need to ask the driver.
	for c.held < 0 || c.apart == 0 || time.Since(captured) > c.apart/2 {
		b, err := c.node.dequeue()
		if errors.Is(err, unix.EAGAIN) {
			return captured, nil
		}
		if err != nil {
			return time.Time{}, err
		}
		empty, err := c.check(b)
		if err != nil {
			return time.Time{}, err
		}
		if b.damaged || empty {
			c.lost.damaged++
			if err := c.node.queue(b.index); err != nil {
				return time.Time{}, err
			}
			continue
		}
		if c.held >= 0 {
			c.lost.overtaken++
		}
		if err := c.giveBack(); err != nil {
			return time.Time{}, err
		}
		c.hold(b)
		captured = c.clock.wallTime(b)
	}
	return captured, nil
}

// check refuses a buffer that does not exist, and reports whether a part of it is
// empty.
func (c *camera) check(b filled) (empty bool, err error) {
	if b.index >= len(c.buffers) {
		return false, fmt.Errorf("the driver filled %d bytes of buffer %d, which there is not", b.parts[0].to, b.index)
	}
	for i, memory := range c.buffers[b.index] {
		p := b.parts[i]
		if p.from < 0 || p.to > len(memory) {
			return false, fmt.Errorf("the driver filled %d bytes of buffer %d, which there is not", p.to, b.index)
		}
		empty = empty || p.from >= p.to
	}
	return empty, nil
}

func (c *camera) hold(b filled) {
	c.held, c.data = b.index, c.data[:0]
	for i, memory := range c.buffers[b.index] {
		c.data = append(c.data, memory[b.parts[i].from:b.parts[i].to])
	}
}

func (c *camera) giveBack() error {
	if c.held < 0 {
		return nil
	}
	index := c.held
	c.held = -1
	return c.node.queue(index)
}

// failure translates err for people.
func (c *camera) failure(err error) error {
	if c.node.gone(err) {
		return unplugged(c.node.path)
	}
	return fmt.Errorf("the camera %s stopped: %w", c.node.path, err)
}

func (c *camera) frame() ([][]byte, error) {
	if c.raw == nil {
		return wholeJPEG(c.pieces[:0], c.data[0], c.huffman)
	}
	var err error
	c.file, err = c.raw.AppendPlanes(c.file[:0], c.data, c.quality)
	return append(c.pieces[:0], c.file), err
}

func (c *camera) losses() losses { return c.lost }

// close stops the camera and releases everything, even after an error. A mapping
// that stays would keep the camera busy, and change its name when it is plugged
// in again.
func (c *camera) close() error {
	if c.raw != nil {
		c.raw.Close()
	}
	errs := []error{c.node.streamOff()}
	for _, b := range c.buffers {
		for _, memory := range b {
			errs = append(errs, unix.Munmap(memory))
		}
	}
	c.buffers, c.data, c.held = nil, nil, -1
	_, err := c.node.requestBuffers(0)
	errs = append(errs, err, c.node.close())
	for _, err := range errs {
		if err != nil && !errors.Is(err, unix.ENODEV) && !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	return nil
}
