package server

import (
	"bytes"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammarctl/ammarctl/internal/wake"
)

const (
	logBatch = 32 << 10 // written at once when this much has gathered
	logPiece = 8 << 10  // the longest single write
	logLimit = 1 << 20  // lines beyond are dropped and counted
	logDelay = 50 * time.Millisecond
	// logFinish bounds the wait for a last write if the reader has stopped reading.
	logFinish = time.Second
)

// logWriter accepts log lines without ever waiting for their reader. While it runs,
// lines gather in a bounded buffer, and one goroutine writes them in batches. Before
// and after that, each line is written directly.
type logWriter struct {
	out     io.Writer
	dropped atomic.Uint64
	wake    wake.Signal // something has gathered
	hurry   wake.Signal // do not wait for more

	mu      sync.Mutex
	running bool
	buf     []byte
}

func newLogWriter(out io.Writer) *logWriter {
	return &logWriter{out: out, wake: wake.New(), hurry: wake.New()}
}

// Write takes one event, whole lines, and passes it on soon. It never fails.
func (w *logWriter) Write(line []byte) (int, error) {
	w.add(line)
	w.hurry.Set()
	return len(line), nil
}

// add takes one line that may wait for others.
func (w *logWriter) add(line []byte) {
	w.mu.Lock()
	if !w.running {
		defer w.mu.Unlock()
		_, _ = w.out.Write(line) // there is nowhere to report a log that fails
		return
	}
	before := len(w.buf)
	if before+len(line) > logLimit {
		w.mu.Unlock()
		w.dropped.Add(1)
		return
	}
	w.buf = append(w.buf, line...)
	w.mu.Unlock()
	if before == 0 {
		w.wake.Set()
	}
	if before < logBatch && before+len(line) >= logBatch {
		w.hurry.Set()
	}
}

// start runs the writing goroutine; the returned function writes what has
// gathered and ends it.
func (w *logWriter) start() (finish func()) {
	w.mu.Lock()
	w.running = true
	w.mu.Unlock()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		w.run(stop)
	}()
	return func() {
		close(stop)
		select {
		case <-done:
		case <-time.After(logFinish):
		}
	}
}

func (w *logWriter) run(stop <-chan struct{}) {
	var spare []byte
	timer := time.NewTimer(logDelay)
	defer timer.Stop()
	for stopping := false; ; {
		select {
		case <-w.wake:
		case <-stop:
			stopping = true
		}
		if !stopping {
			timer.Reset(logDelay)
			select {
			case <-timer.C:
			case <-w.hurry:
			case <-stop:
				stopping = true
			}
		}
		w.mu.Lock()
		batch := w.buf
		w.buf = spare[:0]
		if stopping {
			w.running = false
			_, _ = w.out.Write(batch) // locked: later lines come after it
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		w.write(batch)
		spare = batch
		if cap(spare) > 4*logBatch {
			spare = nil
		}
	}
}

// write passes a batch on in pieces, at the ends of lines, and lets others run
// in between: on a single processor each waits as long as one write takes.
func (w *logWriter) write(batch []byte) {
	for len(batch) > 0 {
		n := len(batch)
		if n > logPiece {
			if n = bytes.LastIndexByte(batch[:logPiece], '\n') + 1; n == 0 {
				n = logPiece
			}
		}
		_, _ = w.out.Write(batch[:n])
		if batch = batch[n:]; len(batch) > 0 {
			runtime.Gosched()
		}
	}
}
