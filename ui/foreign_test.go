package ui

import (
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
	"github.com/ammarctl/ammarctl/ui/feed"
	"github.com/ammarctl/ammarctl/ui/operations"
	"github.com/ammarctl/ammarctl/ui/sharing"
)

// evil would set the window's title and turn the text around.
const evil = "\x1b]0;evil\x07\u202e"

// hostile is an instance whose every word wants something of the terminal.
func hostile() (api.Snapshot, api.Service, []api.LogLine) {
	s := share()
	s.Name, s.Addr, s.State = "a"+evil, "b"+evil, api.State("c"+evil)
	s.Share = &api.Share{Path: "d" + evil, URLs: []api.Address{{URL: "e" + evil, Interface: "f" + evil, Note: "g" + evil}},
		AuthoritySHA256: "A" + evil}
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
	attrs := []api.Attr{{Key: "method" + evil, Value: evil}, {Key: "method", Value: evil},
		{Key: "status", Value: "200" + evil}, {Key: "path", Value: evil}}
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
		"addresses": func(m *model) { m.Update(sharing.SharedMsg{Service: s}) },
		"failure":   func(m *model) { m.Update(operations.DoneMsg{Service: s.Name, Err: errors.New("no" + evil)}) },
		"success":   func(m *model) { m.Update(operations.DoneMsg{Service: s.Name, Done: "stopped"}) },
		"choices": func(m *model) {
			dir := t.TempDir()
			for _, name := range []string{"1", "2"} {
				if err := os.Mkdir(filepath.Join(dir, name+strings.ReplaceAll(evil, "/", "")), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			press(m, "a")
			m.Update(tea.PasteMsg{Content: dir + "/"})
			press(m, "tab")
		},
	} {
		m, _ := desk(t, 160, 40, snapshot)
		m.Update(feed.NewsMsg{Followed: followed(m), Lines: lines, Restart: true})
		for range snapshot.Services {
			open(m)
			if text := m.View().Content; strings.ContainsAny(text, "\x07\u202e") || strings.Contains(text, "\x1b]") {
				t.Errorf("%s, with %q selected: %q", name, m.table.Selected(), text)
			}
			m.dialog = nil
			press(m, "j")
			m.Update(feed.NewsMsg{Followed: followed(m), Lines: lines, Restart: true})
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
		m.look.Unicode = false
		m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(0, 99), Restart: true})
		press(m, keys...)
		m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(0, 9)})
		for line := range strings.Lines(m.View().Content) {
			for _, r := range line {
				if r >= utf8.RuneSelf {
					t.Errorf("%v: %q in %q", keys, r, line)
				}
			}
		}
	}
}

func TestStoppingEverythingIsNoLoss(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	press(m, "Q")
	m.Update(keyMsg("y")) // its command is still at work
	m.Update(feed.NewsMsg{Lost: true})
	if text := screen(m); !strings.Contains(text, "stopping everything") || strings.Contains(text, "reconnecting") {
		t.Errorf("the end looks like a failure:\n%s", text)
	}
}

func TestANewShareStaysSelectedUntilItIsWatched(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	m.now = time.Now() // by which what comes in goes, whatever the screens of tests show
	m.Update(sharing.SharedMsg{Service: share()})
	old := three()
	m.Update(feed.NewsMsg{Snapshot: &old}) // taken before the share was made
	if m.table.Selected() != "album" {
		t.Fatalf("selected is %s", m.table.Selected())
	}
	seen := three()
	seen.Services = append(seen.Services, share())
	m.Update(feed.NewsMsg{Snapshot: &seen})
	m.Update(feed.NewsMsg{Snapshot: &old}) // and here it has ended
	if m.table.Selected() != "hello" {
		t.Errorf("the share has ended; selected is %s", m.table.Selected())
	}
}

func TestCompletionDoesNotHoldUpTyping(t *testing.T) {
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
	if text := screen(m); !strings.Contains(text, "/ax ") {
		t.Errorf("what was typed changed:\n%s", text)
	}
}
