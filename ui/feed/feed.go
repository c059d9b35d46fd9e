// Package feed reads the states and the logs of an instance and brings them to
// the dashboard in messages, at most ten in a second.
package feed

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/internal/wake"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// newsEvery is the shortest time between two messages. A flood of lines costs
// the dashboard no more than that.
const newsEvery = 100 * time.Millisecond

// RetryEvery is the pause before the next attempt at a supervisor that does not
// answer.
const RetryEvery = 500 * time.Millisecond

// PendingLines bounds the lines that wait for the screen.
const PendingLines = 20_000

// RecentLines is how many older lines a log begins with.
const RecentLines = 5000

// Source is what a Feed reads.
type Source interface {
	// Watch calls fn with each state of the instance until ctx ends or the
	// supervisor is gone.
	Watch(ctx context.Context, fn func(api.Snapshot) error) error
	// Logs calls fn with each line that q selects.
	Logs(ctx context.Context, q client.LogQuery, fn func(api.LogLine) error) error
}

// Logs selects the log of one service, or of several that are merged.
type Logs struct {
	Names []string
	Past  int // how many older lines to begin with
}

// Equal tells whether both select the same lines.
func (l Logs) Equal(other Logs) bool {
	return l.Past == other.Past && slices.Equal(l.Names, other.Names)
}

// NewsMsg brings what came in since the last one.
type NewsMsg struct {
	Snapshot *api.Snapshot // nil: no new state
	Lost     bool          // the supervisor does not answer
	Followed Logs          // the logs that Lines come from
	Lines    []api.LogLine
	Skipped  int  // lines that came too fast to be kept
	Restart  bool // Lines begin at the oldest: they replace what is shown
}

// TickMsg comes when there was no news for about a second, with the time.
type TickMsg time.Time

// Feed reads a Source on goroutines of its own. They leave what they read in
// slots and never wait for the screen, so a terminal that stops reading holds
// up nothing. All methods may be called from any goroutine.
type Feed struct {
	ctx    context.Context
	source Source
	group  sync.WaitGroup
	news   wake.Signal

	mu       sync.Mutex
	latest   *api.Snapshot // nil: already delivered
	lost     bool
	follower *follower // nil: no log is followed
	panicked error

	patience time.Duration // how long a full follower waits for the screen
}

// follower collects the lines of a selection of logs.
type follower struct {
	logs      Logs
	cancel    context.CancelFunc
	delivered wake.Signal // pending was emptied

	// These are guarded by Feed.mu.
	pending []api.LogLine
	skipped int
	restart bool
}

// New starts to read from a source. Call Close after ctx has ended.
func New(ctx context.Context, source Source) *Feed {
	f := &Feed{ctx: ctx, source: source, news: wake.New(), patience: deliveryTime}
	f.run(f.watch)
	return f
}

// run starts a goroutine. A panic in it is kept for Failure and ends the
// dashboard in order, so that the terminal is restored before it is printed.
func (f *Feed) run(fn func()) {
	f.group.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				f.mu.Lock()
				f.panicked = fmt.Errorf("%v\n%s", r, debug.Stack())
				f.mu.Unlock()
				f.news.Set()
			}
		}()
		fn()
	})
}

// Failure is the panic that ended a goroutine; nil for none.
func (f *Feed) Failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.panicked
}

// watch keeps the newest snapshot, and asks again when the supervisor is gone.
func (f *Feed) watch() {
	for f.ctx.Err() == nil {
		_ = f.source.Watch(f.ctx, func(s api.Snapshot) error {
			f.mu.Lock()
			f.latest, f.lost = &s, false
			f.mu.Unlock()
			f.news.Set()
			return nil
		})
		f.mu.Lock()
		f.lost = true
		f.mu.Unlock()
		f.news.Set()
		Pause(f.ctx, RetryEvery)
	}
}

// Pause waits for d, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Follow reads these logs instead of those it read so far. It does nothing when
// they are the same, and reads none when there is no name.
func (f *Feed) Follow(logs Logs) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.follower != nil {
		if f.follower.logs.Equal(logs) {
			return
		}
		f.follower.cancel()
		f.follower = nil
	}
	if len(logs.Names) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(f.ctx)
	logs.Names = slices.Clone(logs.Names)
	l := &follower{logs: logs, cancel: cancel, delivered: wake.New()}
	f.follower = l
	f.run(func() { f.read(ctx, l) })
}

// read collects the lines of a follower until ctx ends.
func (f *Feed) read(ctx context.Context, l *follower) {
	query := client.LogQuery{Names: l.logs.Names, N: l.logs.Past, Follow: true}
	for ctx.Err() == nil {
		f.mu.Lock()
		l.restart, l.pending, l.skipped = true, nil, 0
		f.mu.Unlock()
		_ = f.source.Logs(ctx, query, func(line api.LogLine) error {
			f.mu.Lock()
			if len(l.pending) >= PendingLines {
				f.awaitDelivery(ctx, l)
			}
			if len(l.pending) >= PendingLines {
				l.pending = append(l.pending[:0], l.pending[PendingLines/2:]...)
				l.skipped += PendingLines / 2
			}
			l.pending = append(l.pending, line)
			f.mu.Unlock()
			f.news.Set()
			return nil
		})
		Pause(ctx, RetryEvery)
	}
}

// awaitDelivery gives the screen a moment to show the pending lines, so that a long
// log arrives whole. The caller holds f.mu, which awaitDelivery releases while it
// waits.
func (f *Feed) awaitDelivery(ctx context.Context, l *follower) {
	select {
	case <-l.delivered: // an earlier delivery
	default:
	}
	f.mu.Unlock()
	defer f.mu.Lock()
	f.news.Set()
	select {
	case <-l.delivered:
	case <-ctx.Done():
	case <-time.After(f.patience):
	}
}

// deliveryTime is many times longer than a screen that is drawn takes to accept
// the pending lines.
const deliveryTime = 2 * time.Second

// tickEvery is a little longer than the pace of an idle supervisor, so that an
// idle dashboard is drawn once a second and not twice.
const tickEvery = 1200 * time.Millisecond

// Next is the command that waits for the next NewsMsg or TickMsg. It makes the
// dashboard quit when the context has ended or a goroutine has panicked.
func (f *Feed) Next() tea.Cmd {
	return func() tea.Msg {
		select {
		case <-f.ctx.Done():
			return tea.QuitMsg{}
		case <-time.After(tickEvery):
			return TickMsg(time.Now())
		case <-f.news:
		}
		if f.Failure() != nil {
			return tea.QuitMsg{}
		}
		select { // more news may arrive during the wait
		case <-f.ctx.Done():
			return tea.QuitMsg{}
		case <-time.After(newsEvery):
		}
		return f.deliver()
	}
}

// deliver empties the slots. A log that is read again replaces the one that is
// shown only with its first line.
func (f *Feed) deliver() NewsMsg {
	f.mu.Lock()
	defer f.mu.Unlock()
	msg := NewsMsg{Snapshot: f.latest, Lost: f.lost}
	f.latest = nil
	if l := f.follower; l != nil && len(l.pending) > 0 {
		msg.Followed, msg.Lines, msg.Skipped, msg.Restart = l.logs, l.pending, l.skipped, l.restart
		l.pending, l.skipped, l.restart = nil, 0, false
		l.delivered.Set()
	}
	return msg
}

// Close waits for the goroutines. Their context must have ended.
func (f *Feed) Close() { f.group.Wait() }
