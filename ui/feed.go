package ui

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// The dashboard takes news at most this often; a flood of lines costs it no
// more than that.
const newsEvery = 100 * time.Millisecond

// retryEvery is how long it waits before it asks a lost supervisor again.
const retryEvery = 500 * time.Millisecond

// feed reads from the engine on goroutines of its own. They leave what they
// read in slots and never wait for the screen: a terminal that stops reading
// holds up nobody.
type feed struct {
	ctx    context.Context
	engine Engine
	group  sync.WaitGroup
	news   chan struct{} // capacity 1

	mu     sync.Mutex
	latest *api.Snapshot // nil: taken
	lost   bool
	logs   *follower

	panicked error
	patience time.Duration // how long a full follower waits for the screen
}

// follower is the log of one service, or of several merged, as it comes in.
type follower struct {
	names   []string
	past    int    // lines to begin with
	key     string // says both
	cancel  context.CancelFunc
	taken   chan struct{} // capacity 1: pending was emptied
	pending []api.LogLine // guarded by feed.mu
	skipped int           // lines that pending had no room for
	anew    bool          // what was shown before is replaced by what comes
}

// pendingLines bounds what waits for the screen.
const pendingLines = 20_000

// history is how many lines of the past a log begins with.
const history = 5000

// newsMsg is what came in since the last one.
type newsMsg struct {
	snapshot *api.Snapshot
	lost     bool
	followed string // whose log lines these are
	lines    []api.LogLine
	skipped  int
	anew     bool
}

func newFeed(ctx context.Context, e Engine) *feed {
	f := &feed{ctx: ctx, engine: e, news: make(chan struct{}, 1), patience: takingTime}
	f.run(f.watch)
	return f
}

// run starts a goroutine. A panic in it is kept and ends the dashboard in
// order: the terminal is restored before anybody reads it.
func (f *feed) run(fn func()) {
	f.group.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				f.mu.Lock()
				f.panicked = fmt.Errorf("%v\n%s", r, debug.Stack())
				f.mu.Unlock()
				f.poke()
			}
		}()
		fn()
	})
}

// failure is the panic that ended a goroutine; nil for none.
func (f *feed) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.panicked
}

func (f *feed) poke() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// watch keeps the newest snapshot, and asks again when the supervisor is gone.
func (f *feed) watch() {
	for f.ctx.Err() == nil {
		_ = f.engine.Watch(f.ctx, func(s api.Snapshot) error {
			f.mu.Lock()
			f.latest, f.lost = &s, false
			f.mu.Unlock()
			f.poke()
			return nil
		})
		f.mu.Lock()
		f.lost = true
		f.mu.Unlock()
		f.poke()
		pause(f.ctx, retryEvery)
	}
}

// pause waits; not longer than ctx lasts.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// follow turns to the logs of other services, of none for no name, and begins
// with so many lines of the past.
func (f *feed) follow(names []string, past int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := keyOf(names, past)
	if f.logs != nil {
		if f.logs.key == key {
			return
		}
		f.logs.cancel()
		f.logs = nil
	}
	if len(names) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(f.ctx)
	l := &follower{names: slices.Clone(names), past: past, key: key, cancel: cancel, taken: make(chan struct{}, 1)}
	f.logs = l
	f.run(func() { f.read(ctx, l) })
}

// keyOf names a choice of services and lines; no name has a line's end in it.
func keyOf(names []string, past int) string {
	return strings.Join(names, "\n") + fmt.Sprintf("\n%d", past)
}

// read takes in the lines of a choice until another is followed.
func (f *feed) read(ctx context.Context, l *follower) {
	for ctx.Err() == nil {
		f.mu.Lock()
		l.anew, l.pending, l.skipped = true, nil, 0
		f.mu.Unlock()
		_ = f.engine.Logs(ctx, client.LogQuery{Names: l.names, N: l.past, Follow: true}, func(line api.LogLine) error {
			f.mu.Lock()
			if len(l.pending) >= pendingLines {
				f.wait(ctx, l)
			}
			if len(l.pending) >= pendingLines {
				l.pending = append(l.pending[:0], l.pending[pendingLines/2:]...)
				l.skipped += pendingLines / 2
			}
			l.pending = append(l.pending, line)
			f.mu.Unlock()
			f.poke()
			return nil
		})
		pause(ctx, retryEvery)
	}
}

// wait gives the screen a moment to take what is pending, so that a long past
// comes in whole. It holds f.mu before and after.
func (f *feed) wait(ctx context.Context, l *follower) {
	select {
	case <-l.taken: // of before
	default:
	}
	f.mu.Unlock()
	defer f.mu.Lock()
	f.poke()
	select {
	case <-l.taken:
	case <-ctx.Done():
	case <-time.After(f.patience):
	}
}

// takingTime is many times what a screen that is drawn takes to take lines.
const takingTime = 2 * time.Second

// tickEvery is a little more than the pace of a supervisor that has nothing to
// tell, so that an idle dashboard is drawn once a second and not twice.
const tickEvery = 1200 * time.Millisecond

// next is the command that waits for news. When there will be none, since the
// context ended, the dashboard quits.
func (f *feed) next() tea.Cmd {
	return func() tea.Msg {
		select {
		case <-f.ctx.Done():
			return tea.QuitMsg{}
		case <-time.After(tickEvery):
			return tickMsg(time.Now())
		case <-f.news:
		}
		if f.failure() != nil {
			return tea.QuitMsg{}
		}
		select { // more of them come together
		case <-f.ctx.Done():
			return tea.QuitMsg{}
		case <-time.After(newsEvery):
		}
		return f.take()
	}
}

func (f *feed) take() newsMsg {
	f.mu.Lock()
	defer f.mu.Unlock()
	msg := newsMsg{snapshot: f.latest, lost: f.lost}
	f.latest = nil
	// What was shown stays until there is something in its place.
	if l := f.logs; l != nil && len(l.pending) > 0 {
		msg.followed, msg.lines, msg.skipped, msg.anew = l.key, l.pending, l.skipped, l.anew
		l.pending, l.skipped, l.anew = nil, 0, false
		select {
		case l.taken <- struct{}{}:
		default:
		}
	}
	return msg
}

// close ends the goroutines; their context has ended.
func (f *feed) close() { f.group.Wait() }
