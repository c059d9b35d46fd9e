//go:build unix

package logs

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestALogThatIsSilentTakesLittleMemory: an instance may have hundreds.
func TestALogThatIsSilentTakesLittleMemory(t *testing.T) {
	const many, most = 50, 16 << 10 // bytes each
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	defer serving.Wait()
	defer cancel()
	before := heap()
	for i := range many {
		l, err := New(Config{Service: "s", FIFO: filepath.Join(dir, fmt.Sprint(i, ".fifo")),
			File: filepath.Join(dir, fmt.Sprint(i, ".log"))})
		if err != nil {
			t.Fatal(err)
		}
		serving.Go(func() { _ = l.Serve(ctx) })
		if _, err := l.in.fifo.WriteString("a line\n"); err != nil {
			t.Fatal(err)
		}
		if !l.Drain(30*time.Second) || l.Seq() != 1 {
			t.Fatal("the line did not come through")
		}
	}
	if each := (heap() - before) / many; each > most {
		t.Errorf("each takes %d bytes, want %d at most", each, most)
	}
}

// heap is what is in use of it, in bytes, after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
