// Package logs collects the output of a service. It moves every byte from the
// service's FIFO to a rotated file, and puts lines into a bounded ring in memory, from
// which readers take them at their own pace. It never waits for a reader of the ring.
package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Config says where a service's log comes from and goes to.
type Config struct {
	Service string // its name, on every line
	FIFO    string // path of the FIFO that is the service's stdout and stderr
	File    string // path of the log file; what was before is in File.N.zst, with N rising

	// Line gets each line that the service writes, and must return soon. It does
	// not keep the slice. nil: nothing is told.
	Line func([]byte)

	PTY bool // it writes to a terminal instead, which ends with this process

	MaxBytes   int64         // size of the file at most; default 8 MiB
	MaxAge     time.Duration // and its age, when something is written; default 24 h, negative: any
	TotalBytes int64         // of the file and all segments before it; default 64 MiB
	RingBytes  int           // memory for the newest lines; default 1 MiB
}

func (c *Config) setDefaults() {
	if c.MaxBytes <= 0 {
		c.MaxBytes = 8 << 20
	}
	if c.MaxAge == 0 {
		c.MaxAge = 24 * time.Hour
	}
	if c.TotalBytes <= 0 {
		c.TotalBytes = 64 << 20
	}
	if c.RingBytes <= 0 {
		c.RingBytes = 1 << 20
	}
}

// Log is the log of one service. All methods are safe for concurrent use.
type Log struct {
	cfg    Config
	in     *intake
	slave  *os.File // of the terminal; nil: there is none
	output string
	ring   *ring
	now    func() time.Time

	mu       sync.Mutex // guards what follows: a batch, or a note, at a time
	disowner disowner
	split    splitter
	file     *file
	notes    []note // they wait for the end of a line that has begun

	packing sync.WaitGroup
	packMu  sync.Mutex // one at a time

	drainMu sync.Mutex
	drains  []drainRequest
	serving atomic.Bool
	over    chan struct{} // closed when Serve has returned
}

// drainRequest is a caller that waits in Drain.
type drainRequest struct {
	until time.Time
	done  chan bool // capacity 1
}

// New makes the FIFO (mode 0600) unless it exists, opens it, opens the file for
// appending, and fills the ring from the file's tail. It replaces nothing: a
// path that is taken by something other than a FIFO of this user is an error.
// A file that cannot be opened is none: it is noted in the log and retried.
func New(cfg Config) (*Log, error) {
	cfg.setDefaults()
	var fifo, slave *os.File
	var err error
	output := cfg.FIFO
	if cfg.PTY {
		if fifo, slave, err = openTerminal(); err == nil {
			output = slave.Name()
		}
	} else {
		fifo, err = openFIFO(cfg.FIFO)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open the log FIFO of %s: %w", cfg.Service, err)
	}
	in, err := newIntake(fifo, cfg.PTY)
	if err != nil {
		_ = fifo.Close()
		return nil, fmt.Errorf("cannot read the log FIFO of %s: %w", cfg.Service, err)
	}
	l := &Log{cfg: cfg, in: in, slave: slave, output: output, now: time.Now, ring: newRing(cfg.Service, cfg.RingBytes), over: make(chan struct{})}
	l.file = &file{path: cfg.File, max: cfg.MaxBytes, maxAge: cfg.MaxAge, total: cfg.TotalBytes, now: time.Now, sealed: l.pack}
	l.split.pending = remember(l.ring, cfg.File, cfg.RingBytes)
	l.disowner.remember(l.split.pending)
	if err := l.file.open(); err != nil {
		l.report(l.file.fail(err, nil, 0))
	}
	l.pack()
	return l, nil
}

// pack compresses complete segments in the background.
func (l *Log) pack() {
	l.packing.Go(func() {
		l.packMu.Lock()
		defer l.packMu.Unlock()
		if err := pack(l.cfg.File, l.cfg.MaxBytes, l.cfg.TotalBytes); err != nil {
			l.ringNote(slog.LevelWarn, err.Error())
		}
	})
}

// Output is the path of what the service opens as its standard output and
// error, for reading too: the FIFO, or its terminal.
func (l *Log) Output() string { return l.output }

// batchSize is the largest size of one read. It is the FIFO's default capacity on
// Linux, so that a flood costs one read and one write per 64 KiB.
const batchSize = 64 << 10

// Serve moves the service's output until ctx ends. Then it empties the FIFO, closes it
// and the file, and returns nil. An unfinished line stays as it is: the next Log of
// the same files continues it. Call Serve once. An error says that the FIFO cannot be
// read.
func (l *Log) Serve(ctx context.Context) error {
	l.serving.Store(true)
	defer close(l.over)
	defer l.close()
	wake := context.AfterFunc(ctx, func() { _ = l.in.fifo.SetReadDeadline(time.Unix(1, 0)) })
	defer wake()
	for {
		batch, err := l.in.peek()
		l.consume(batch)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("cannot read the log FIFO %s: %w", l.cfg.FIFO, err)
		}
		if err == nil && !l.drainRequested() {
			continue
		}
		// Clear the deadline before answering: if a caller sets it later, the next
		// read sees it.
		_ = l.in.fifo.SetReadDeadline(time.Time{})
		for l.drainRequested() {
			l.answerDrains()
		}
		if ctx.Err() != nil {
			l.drainUntil(l.now().Add(time.Second))
			return nil
		}
	}
}

// consume moves a batch unchanged into the file and puts its lines into the ring.
// Waiting notes follow the first line that the batch ends. The ring keeps lines as
// slices of the batch.
func (l *Log) consume(batch []byte) {
	if len(batch) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.notes) > 0 {
		if end := bytes.IndexByte(batch, '\n') + 1; end > 0 {
			l.move(batch[:end])
			l.writeNotes()
			batch = batch[end:]
		}
	}
	l.move(batch)
	if !l.lineGoesOn() {
		l.writeNotes()
	}
}

func (l *Log) move(batch []byte) {
	with := l.in.move
	batch, changed := l.disowner.disown(batch)
	if changed {
		with = l.in.replace
	}
	o := l.file.write(batch, with)
	l.in.discard(len(batch) - o.taken)
	l.report(o)
	now := l.now()
	l.ring.add(now, true, func(emit func([]byte)) { l.split.feed(batch[:o.written:o.written], l.tell(emit)) })
	if o.written < len(batch) {
		l.ring.add(now, false, func(emit func([]byte)) { l.split.feed(batch[o.written:], l.tell(emit)) })
	}
}

// tell is emit, and tells the line to Config.Line too.
func (l *Log) tell(emit func([]byte)) func([]byte) {
	if l.cfg.Line == nil {
		return emit
	}
	return func(line []byte) {
		l.cfg.Line(line)
		emit(line)
	}
}

// finish completes an unterminated line.
func (l *Log) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.split.open() {
		l.report(l.file.newline())
		l.ring.add(l.now(), !l.file.failing, l.split.finish)
	}
	l.writeNotes()
}

// stalled is how long what is in the FIFO may take into the file on a machine,
// or a disk, that is too busy.
const stalled = 10 * time.Second

// Drain waits until everything that is now in the FIFO is in the ring and in the file,
// and completes an unterminated last line. So the last words of a service that has
// exited are there. A process that the service left behind may continue to write:
// Drain waits at most d for its end. It returns false if that was not enough, or if
// Serve has ended.
func (l *Log) Drain(d time.Duration) bool {
	s := drainRequest{until: l.now().Add(d), done: make(chan bool, 1)}
	l.drainMu.Lock()
	l.drains = append(l.drains, s)
	l.drainMu.Unlock()
	_ = l.in.fifo.SetReadDeadline(time.Unix(1, 0))
	timer := time.NewTimer(d + stalled)
	defer timer.Stop()
	select {
	case drained := <-s.done:
		return drained
	case <-l.over:
	case <-timer.C:
	}
	return false
}

func (l *Log) drainRequested() bool {
	l.drainMu.Lock()
	defer l.drainMu.Unlock()
	return len(l.drains) > 0
}

// answerDrains empties the FIFO and answers the callers of Drain.
func (l *Log) answerDrains() {
	l.drainMu.Lock()
	waiting := l.drains
	l.drains = nil
	l.drainMu.Unlock()
	var until time.Time
	for _, s := range waiting {
		if s.until.After(until) {
			until = s.until
		}
	}
	drained := l.drainUntil(until)
	if drained {
		l.finish()
	}
	for _, s := range waiting {
		s.done <- drained
	}
}

// drainUntil reads until the FIFO is empty. It returns false if that takes longer than
// until. It always reads the bytes that are there at the beginning.
func (l *Log) drainUntil(until time.Time) bool {
	owed, _ := l.readable() // where that can't be known, it can't below
	for {
		n, err := l.readable()
		if err != nil || n == 0 {
			return err == nil
		}
		if owed <= 0 && l.now().After(until) {
			return false
		}
		batch, err := l.in.peek()
		l.consume(batch)
		owed -= len(batch)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = l.in.fifo.SetReadDeadline(time.Time{}) // another caller drains, or the context ended
		} else if err != nil {
			return false
		}
	}
}

// terminalDelay is how long what was written to a terminal may take to be
// readable on its other side: the system passes it on when it finds the time,
// which on a busy machine it may not for a while.
const terminalDelay = 200 * time.Millisecond

func (l *Log) readable() (int, error) {
	n, err := readable(l.in.fifo)
	for until := l.now().Add(terminalDelay); n == 0 && err == nil && l.slave != nil && l.now().Before(until); {
		time.Sleep(terminalDelay / 20)
		n, err = readable(l.in.fifo)
	}
	return n, err
}

// Last returns the newest n lines at most, oldest first; all when n < 0.
func (l *Log) Last(n int) []api.LogLine { return l.ring.last(n) }

// Since returns the lines after the one numbered seq, oldest first, max at
// most, and how many between had already fallen out of the ring. Since(0, max)
// starts with the oldest line there ever was.
func (l *Log) Since(seq uint64, max int) (lines []api.LogLine, dropped uint64) {
	return l.ring.since(seq, max)
}

// Seq is the number of the newest line; 0 before the first.
func (l *Log) Seq() uint64 { return l.ring.seq() }

// Changed returns a channel that is closed when a line is added after the
// call. Take it before Since, so that no line comes between.
func (l *Log) Changed() <-chan struct{} { return l.ring.changed() }

// Dropped counts the lines that never reached the file.
func (l *Log) Dropped() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.dropped
}

// Close closes a Log on which Serve was never called.
func (l *Log) Close() {
	if !l.serving.Load() {
		l.close()
	}
}

func (l *Log) close() {
	l.mu.Lock()
	l.writeNotes()
	l.in.close()
	if l.slave != nil {
		_ = l.slave.Close()
	}
	l.file.close()
	l.mu.Unlock()
	l.packing.Wait()
}
