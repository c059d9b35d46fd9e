package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// evil would set the window's title and turn the text around.
const evil = "\x1b]0;evil\x07\u202e"

// hostile is an instance whose every word wants something of the terminal.
func hostile() (api.Snapshot, api.Service, []api.LogLine) {
	s := share()
	s.Name, s.Addr, s.State = "a"+evil, "b"+evil, api.State("c"+evil)
	s.Share = &api.Share{Path: "d" + evil, URLs: []api.Address{{URL: "e" + evil, Interface: "f" + evil, Note: "g" + evil}}, AuthoritySHA256: "A" + evil}
	broken := s
	broken.Share, broken.Reason = nil, "h"+evil
	spoken := s
	spoken.Share, spoken.Status, spoken.LastExit = nil, "i"+evil, &api.Exit{Text: "j" + evil, Time: clock}
	snapshot := three()
	snapshot.Info.Instance = "k" + evil
	snapshot.Services = []api.Service{s, broken, spoken}
	for i := range snapshot.Services {
		snapshot.Services[i].Name = fmt.Sprint(i, evil)
	}
	attrs := []api.Attr{{Key: "method" + evil, Value: evil}, {Key: "method", Value: evil}, {Key: "status", Value: "200" + evil}, {Key: "path", Value: evil}}
	return snapshot, s, []api.LogLine{
		{Level: "WARN" + evil, Msg: evil, Raw: evil, Attrs: attrs[:1]},
		{Level: evil, Msg: "request", Raw: evil, Attrs: attrs},
	}
}

func TestNoForeignWordReachesTheTerminalAsACommand(t *testing.T) {
	snapshot, s, lines := hostile()
	for name, open := range map[string]func(*model){
		"nothing":   func(*model) {},
		"stop":      func(m *model) { press(m, "s") },
		"unshare":   func(m *model) { press(m, "x") },
		"addresses": func(m *model) { m.Update(sharedMsg{service: s}) },
		"failure":   func(m *model) { m.Update(doneMsg{service: s.Name, err: errors.New("no" + evil)}) },
		"success":   func(m *model) { m.Update(doneMsg{service: s.Name, verb: "stopped"}) },
		"choices": func(m *model) {
			press(m, "a")
			m.Update(completedMsg{dialog: m.dialog.(*shareDialog), names: []string{"1" + evil, "2" + evil}})
		},
	} {
		m, _ := desk(t, 160, 40, snapshot)
		m.Update(newsMsg{followed: m.followed(), lines: lines, anew: true})
		for range snapshot.Services {
			open(m)
			if text := m.View().Content; strings.ContainsAny(text, "\x07\u202e") || strings.Contains(text, "\x1b]") {
				t.Errorf("%s, with %q selected: %q", name, m.selected, text)
			}
			m.dialog = nil
			press(m, "j")
			m.Update(newsMsg{followed: m.followed(), lines: lines, anew: true})
		}
	}
}

// A terminal in an ASCII locale gets ASCII, whatever is open and whoever wrote
// the words, and its columns stay where they are.
func TestAnASCIILocaleGetsNothingElse(t *testing.T) {
	s := three()
	s.Services[0].Status = "shares 日本 and é"
	for _, keys := range [][]string{{}, {"?"}, {"a"}, {"tab", "/", "é"}, {"pgup"}, {"Q"}} {
		m, _ := desk(t, 40, 12, s)
		m.glyphs = false
		m.Update(newsMsg{followed: m.followed(), lines: numbered(0, 99), anew: true})
		press(m, keys...)
		m.Update(newsMsg{followed: m.followed(), lines: numbered(0, 9)})
		for line := range strings.Lines(m.View().Content) {
			for _, r := range line {
				if r >= utf8.RuneSelf {
					t.Errorf("%v: %q in %q", keys, r, line)
				}
			}
		}
	}
}

// lostLogs is an engine whose log is read once and then gone.
type lostLogs struct {
	*fake
	asked chan struct{}
}

func (e lostLogs) Logs(_ context.Context, _ client.LogQuery, fn func(api.LogLine) error) error {
	select {
	case e.asked <- struct{}{}:
		_ = fn(api.LogLine{Msg: "the last words"})
	default:
	}
	return errors.New("gone")
}

func TestALostSupervisorLeavesItsLogToBeRead(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := newFeed(ctx, lostLogs{newFake(), make(chan struct{}, 1)})
	defer f.close()
	defer cancel()
	f.follow([]string{"files"}, history)
	for deadline := time.Now().Add(5 * time.Second); len(f.take().lines) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the line never came")
		}
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		again := f.logs.anew // it has asked once more, in vain
		f.mu.Unlock()
		if again {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not ask again")
		}
	}
	if msg := f.take(); msg.anew {
		t.Errorf("the log is emptied with nothing in its place: %+v", msg)
	}
}

func TestStoppingEverythingIsNoLoss(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	press(m, "Q")
	m.Update(keyMsg("y")) // its command is still at work
	m.Update(newsMsg{lost: true})
	if text := screen(m); !strings.Contains(text, "stopping everything") || strings.Contains(text, "reconnecting") {
		t.Errorf("the end looks like a failure:\n%s", text)
	}
}

func TestANewShareStaysSelectedUntilItIsWatched(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	m.now = time.Now() // by which what comes in goes, whatever the screens of tests show
	m.Update(sharedMsg{service: share()})
	old := three()
	m.Update(newsMsg{snapshot: &old}) // taken before the share was made
	if m.selected != "album" {
		t.Fatalf("selected is %s", m.selected)
	}
	seen := three()
	seen.Services = append(seen.Services, share())
	m.Update(newsMsg{snapshot: &seen})
	m.Update(newsMsg{snapshot: &old}) // and here it has ended
	if m.selected != "hello" {
		t.Errorf("the share has ended; selected is %s", m.selected)
	}
}

func TestCompletionCutsNoLetterAndWaitsForNobody(t *testing.T) {
	if got := commonPrefix([]string{"caf\u00e9", "caf\u00e8"}); got != "caf" {
		t.Errorf("the common part is %q", got)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "album"), 0o755); err != nil {
		t.Fatal(err)
	}
	m, _ := desk(t, 100, 30, three())
	press(m, "a")
	m.Update(tea.PasteMsg{Content: dir + "/a"})
	_, cmd := m.Update(keyMsg("tab"))
	press(m, "x") // typed before the folder was read
	m.Update(cmd())
	if got := m.dialog.(*shareDialog).input.Value(); got != dir+"/ax" {
		t.Errorf("what was typed became %q", got)
	}
}
