package camera

import (
	"image"
	"sync"
	"sync/atomic"
	"time"
)

// frame is a copy of one JPEG picture for those who keep it longer than its
// source does: snapshots, clips. It is shared by all of them and never changed
// once it is published. Whoever holds a frame retains it, and releases it once.
type frame struct {
	data     []byte
	sequence uint64
	captured time.Time // with Go's monotonic reading, so that ages survive a clock change
	// fault is why this is a placeholder instead of the camera's picture;
	// empty for a picture.
	fault   string
	quality int // it was compressed here, 1-100; 0: by the camera

	again   sync.Mutex
	others  map[int][]byte // the picture in other qualities
	decoded *image.YCbCr   // nil until another quality is asked for
	spare   [][]byte       // memory for other qualities

	refs atomic.Int32
	pool *framePool
}

func (f *frame) retain() *frame {
	f.refs.Add(1)
	return f
}

// release gives the frame's memory back to the pool with the last holder.
func (f *frame) release() {
	switch n := f.refs.Add(-1); {
	case n == 0:
		f.pool.put(f)
	case n < 0:
		panic("camera: a frame was released more often than retained")
	}
}

// framePool keeps the memory of a few frames for reuse: a camera makes megabytes
// a second, all of the same size, which the garbage collector need not see.
type framePool struct {
	mu      sync.Mutex
	free    []*frame
	encoder encoderAgain
}

// maxFree is enough for one frame being written, one published and one with
// a slow client; beyond it memory goes to the garbage collector.
const maxFree = 3

// get returns an empty frame that the caller holds.
func (p *framePool) get() *frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		f := p.free[n-1]
		p.free = p.free[:n-1]
		f.data, f.fault, f.quality = f.data[:0], "", 0
		f.refs.Store(1)
		return f
	}
	f := &frame{pool: p}
	f.refs.Store(1)
	return f
}

func (p *framePool) put(f *frame) {
	f.forget()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < maxFree {
		p.free = append(p.free, f)
	}
}

// drain forgets all memory: an idle camera needs none.
func (p *framePool) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = nil
	p.encoder.forget()
}
