package ui

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// written collects lines that are printed.
type written struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) waitFor(t *testing.T, wanted string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		text := w.text.String()
		w.mu.Unlock()
		if strings.Contains(text, wanted) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q was not printed:\n%s", wanted, text)
		}
	}
}

func TestPlainPrintsALineForEachThingThatHappens(t *testing.T) {
	engine, out := newFake(), &written{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Plain(ctx, engine, out) }()
	engine.states <- three()
	out.waitFor(t, "files ready, pid 100, http://127.0.0.1:8080/\n")
	out.waitFor(t, "hello backoff: exit status 3; restart 3\n")
	engine.states <- three() // nothing new
	next := three()
	next.Services[2].State, next.Services[2].Reason = api.Failed, "gave \x1b[2Jup"
	next.Services = next.Services[1:]
	engine.states <- next
	out.waitFor(t, "hello failed: gave up\n")
	out.waitFor(t, "files is no longer among the services\n")
	engine.lines <- api.LogLine{Service: "camera", Level: "INFO", Msg: "all is well"}
	engine.lines <- api.LogLine{Service: "camera", Level: "WARN", Msg: "no light"}
	out.waitFor(t, "camera WARN no light\n")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	text := out.text.String()
	if strings.Contains(text, "all is well") || strings.Count(text, "\n") != 6 || strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestPlainEndsWithItsReader(t *testing.T) {
	engine := newFake()
	go func() { engine.states <- three() }()
	if err := Plain(context.Background(), engine, broken{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}
