package camera

import (
	"image"
	"sync"
	"sync/atomic"
	"time"
)

// frame is a copy of one frame, for snapshots and clips, which need it longer
// than its source keeps it. It is shared and reference-counted: each user calls
// retain, and release once. It is not changed after it was published.
type frame struct {
	data     []byte
	sequence uint64
	captured time.Time // with Go's monotonic reading, so that ages survive a clock change
	// fault is the reason for a placeholder; empty for a frame of the camera.
	fault   string
	quality int // 1-100 if it was encoded here; 0: by the camera

	again   sync.Mutex
	others  map[int][]byte // the frame in other qualities
	decoded *image.YCbCr   // nil until another quality is requested
	spare   [][]byte       // memory for other qualities

	refs atomic.Int32
	pool *framePool
}

func (f *frame) retain() *frame {
	f.refs.Add(1)
	return f
}

// release returns the frame's memory to the pool after its last user.
func (f *frame) release() {
	switch n := f.refs.Add(-1); {
	case n == 0:
		f.pool.put(f)
	case n < 0:
		panic("camera: a frame was released more often than retained")
	}
}

// framePool reuses the memory of a few frames. A camera delivers megabytes per
// second in equal pieces, which would only load the garbage collector.
type framePool struct {
	mu      sync.Mutex
	free    []*frame
	encoder requalityEncoder
}

// maxFree is enough for one frame being written, one published and one with
// a slow client; beyond it memory goes to the garbage collector.
const maxFree = 3

// get returns an empty frame. The caller must release it.
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
	f.reset()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < maxFree {
		p.free = append(p.free, f)
	}
}

// drain drops all memory: an idle camera needs none.
func (p *framePool) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = nil
	p.encoder.reset()
}
