//go:build linux && amd64

package fakecam

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Format is one pixel format in one size, as the camera offers it.
type Format struct {
	FourCC        string // MJPG, YUYV, …
	Width, Height int
	Stride        int // bytes from one row to the next; 0: no padding
	Size          int // bytes of a buffer; 0: what a picture needs
}

// Buffer is what the camera delivers in one turn.
type Buffer struct {
	Data    []byte
	Used    int        // bytes that the driver says it filled; 0: all of Data
	Empty   bool       // the driver says that it filled none
	Damaged bool       // the driver says that the data is incomplete
	Error   unix.Errno // of VIDIOC_DQBUF instead of a buffer, until it streams anew
	Silent  bool       // nothing comes in this turn
}

// Camera is what a program finds at Path. The fields are set before Start.
type Camera struct {
	// Path is what the program opens: any path, best one of a file that is there.
	Path string
	Card string
	// Formats are what is offered, best first.
	Formats []Format
	// Chooses is what the driver makes of a wish; nil: the format that is
	// offered and nearest.
	Chooses func(asked Format) Format
	// Planar gives it a driver with V4L2's multi-planar calls, which alone can
	// have NM12 and YM12. A picture is its planes' data, one after the other.
	Planar bool
	// FPS is how many pictures a second it delivers, at least 1.
	FPS int
	// Picture makes the picture with a number, from 1. It is called in turn.
	Picture func(f Format, number uint64) Buffer
	// Delivered is told when a picture was put into a buffer; nil is nobody.
	Delivered func(number uint64, at time.Time)
	// Refuses makes a call fail, by its name ("VIDIOC_S_FMT"); nil and 0 let it work.
	Refuses func(name string) unix.Errno

	poke chan struct{} // there is something new for serve

	mu      sync.Mutex
	gone    bool
	unplugs int             // descriptors of before are dead for good
	open    map[int]*handle // by the program's descriptor
	opened  int             // how often
	number  uint64
}

// handle is the camera as one descriptor of the program has it.
type handle struct {
	born      int // unplugs when it was opened
	format    Format
	planar    bool
	memory    []byte // mapped here too
	fd        int    // of the memory
	event     int    // stands for it where the program waits with epoll; -1: none
	signalled bool
	slots     []slot
	queued    []int // indices, oldest first
	filled    []int
	failure   unix.Errno
	streaming bool
	due       time.Time
}

// slot is one buffer's state.
type slot struct {
	used     int
	damaged  bool
	stamp    unix.Timespec
	sequence uint64
}

// Unplug takes the camera away: nothing can be opened, and what is open fails.
func (c *Camera) Unplug() { c.plug(false) }

// Replug gives it back, for those who open it anew.
func (c *Camera) Replug() { c.plug(true) }

func (c *Camera) plug(in bool) {
	c.mu.Lock()
	if !in && !c.gone {
		c.unplugs++
	}
	c.gone = !in
	poke := c.poke
	c.mu.Unlock()
	if poke != nil {
		select {
		case poke <- struct{}{}:
		default:
		}
	}
}

// Held is how many descriptors of the camera the program has open.
func (c *Camera) Held() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// Opened is how often it was opened so far.
func (c *Camera) Opened() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened
}

// Number is that of the newest picture.
func (c *Camera) Number() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.number
}

// dead tells whether h is of a camera that was unplugged since.
func (c *Camera) dead(h *handle) bool { return c.gone || h.born != c.unplugs }

// tick delivers what is due, and returns when something is due next.
func (c *Camera) tick(now time.Time) (next time.Time, due bool) {
	for _, h := range c.open {
		h.signal(c.dead(h))
		if !h.streaming || c.dead(h) || h.failure != 0 {
			continue
		}
		interval := time.Second / time.Duration(c.FPS)
		if now.Sub(h.due) > 10*interval { // this machine slept
			h.due = now
		}
		for !h.due.After(now) {
			h.due = h.due.Add(interval)
			c.number++
			c.deliver(h, c.Picture(h.format, c.number))
			h.signal(false)
		}
		if !due || h.due.Before(next) {
			next, due = h.due, true
		}
	}
	return next, due
}

// deliver fills the oldest queued buffer; without one, the picture is lost, as
// a driver does.
func (c *Camera) deliver(h *handle, b Buffer) {
	if b.Silent {
		return
	}
	if b.Error != 0 {
		h.failure = b.Error
		return
	}
	if len(h.queued) == 0 {
		return
	}
	i := h.queued[0]
	h.queued = slices.Delete(h.queued, 0, 1)
	s := &h.slots[i]
	room := h.memory[i*h.room() : (i+1)*h.room()]
	data := b.Data
	s.used = 0
	for _, p := range h.planes() {
		n := copy(room[p.offset+p.lead:p.offset+p.lead+p.size], data)
		data = data[n:]
		s.used += n
	}
	if b.Used != 0 {
		s.used = b.Used
	}
	if b.Empty {
		s.used = 0
	}
	s.damaged, s.sequence = b.Damaged, c.number
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &s.stamp) // the clock is always there
	h.filled = append(h.filled, i)
	if c.Delivered != nil {
		c.Delivered(c.number, time.Now())
	}
}

// room is how far the buffers lie apart, in whole pages.
func (h *handle) room() int {
	planes := h.planes()
	last := planes[len(planes)-1]
	return wholePages(last.offset + last.lead + last.size)
}

func wholePages(n int) int {
	page := unix.Getpagesize()
	return (n + page - 1) / page * page
}

// plane is one memory of a buffer.
type plane struct {
	stride int
	size   int // of what is in it
	offset int // where it is, from the first
	lead   int // bytes before what is in it
}

// planes are the memories of a buffer: one, but for planar formats.
func (h *handle) planes() []plane {
	f := h.format
	all := []plane{{stride: f.Stride, size: f.Size}}
	luma, half := f.Stride*f.Height, (f.Height+1)/2
	switch f.FourCC {
	case "NM12":
		all = []plane{{f.Stride, luma, 0, 0}, {f.Stride, f.Stride * half, 0, 128}}
	case "YM12":
		colour := plane{f.Stride / 2, f.Stride / 2 * half, 0, 128}
		all = []plane{{f.Stride, luma, 0, 0}, colour, colour}
	}
	for i := range all[1:] {
		all[i+1].offset = wholePages(all[i].offset + all[i].lead + all[i].size)
	}
	return all
}

// allocate makes the memory of count buffers; 0 gives it back.
func (h *handle) allocate(count int) error {
	if h.memory != nil {
		_ = unix.Munmap(h.memory) // it was mapped
		h.memory = nil
	}
	h.slots, h.queued, h.filled = make([]slot, count), nil, nil
	if count == 0 {
		return nil
	}
	length := count * h.room()
	if err := unix.Ftruncate(h.fd, int64(length)); err != nil {
		return err
	}
	memory, err := unix.Mmap(h.fd, 0, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	h.memory = memory
	return err
}

func (h *handle) close() {
	_ = h.allocate(0) // only giving back
	_ = unix.Close(h.fd)
	if h.event >= 0 {
		_ = unix.Close(h.event)
	}
}

// whole fills in what a format leaves to be computed.
func (f Format) whole() Format {
	if f.Stride == 0 {
		switch f.FourCC {
		case "YUYV", "UYVY":
			f.Stride = 2 * f.Width
		case "RGB3", "BGR3":
			f.Stride = 3 * f.Width
		case "NV12", "YU12", "NM12", "YM12", "GREY":
			f.Stride = f.Width
		}
	}
	if f.Size == 0 {
		switch f.FourCC {
		case "MJPG", "JPEG":
			f.Size = f.Width * f.Height
		case "NV12", "YU12", "NM12", "YM12":
			f.Size = f.Stride * f.Height * 3 / 2
		default:
			f.Size = f.Stride * f.Height
		}
	}
	return f
}

// choose is what the driver makes of a wish.
func (c *Camera) choose(asked Format) Format {
	if c.Chooses != nil {
		return c.Chooses(asked).whole()
	}
	best, least := c.Formats[0], -1
	for _, f := range c.Formats {
		if f.FourCC != asked.FourCC {
			continue
		}
		far := max(f.Width-asked.Width, asked.Width-f.Width) + max(f.Height-asked.Height, asked.Height-f.Height)
		if least < 0 || far < least {
			best, least = f, far
		}
	}
	return best.whole()
}
