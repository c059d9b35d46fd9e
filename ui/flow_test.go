package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/teatest/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// flow runs the dashboard as the library does: its loop, its renderer, its
// commands, on an engine that is fed by hand.
func flow(t *testing.T) (*teatest.TestModel, *fake) {
	t.Helper()
	engine := newFake()
	tm := teatest.NewTestModel(t, probed{open(t, engine, settings{})}, teatest.WithInitialTermSize(100, 30),
		teatest.WithProgramOptions(tea.WithColorProfile(colorprofile.NoTTY)))
	engine.states <- three()
	return tm, engine
}

// probed answers what its screen shows, in turn with all other messages: what
// is written to the terminal is only ever a difference.
type probed struct{ *model }

type probe chan string

func (p probed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if asked, ok := msg.(probe); ok {
		asked <- screen(p.model)
		return p, nil
	}
	_, cmd := p.model.Update(msg)
	return p, cmd
}

func waitFor(t *testing.T, tm *teatest.TestModel, text string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		asked := make(probe, 1)
		tm.Send(asked)
		now := <-asked
		if strings.Contains(now, text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q is not on the screen:\n%s", text, now)
		}
	}
}

// final leaves and returns the last screen.
func final(t *testing.T, tm *teatest.TestModel) string {
	t.Helper()
	tm.Send(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
	return ansi.Strip(tm.FinalModel(t, teatest.WithFinalTimeout(30*time.Second)).View().Content)
}

func TestFlowStoppingAServiceAfterAQuestion(t *testing.T) {
	tm, engine := flow(t)
	waitFor(t, tm, "▸ files")
	tm.Type("j")
	tm.Type("s")
	waitFor(t, tm, "2 clients are watching")
	tm.Type("y")
	waitFor(t, tm, "camera: stopped")
	if got := engine.taken(); got != "[stop camera]" {
		t.Errorf("asked for %s", got)
	}
	if text := final(t, tm); strings.Contains(text, "Stop camera?") {
		t.Errorf("the dialog is still there:\n%s", text)
	}
}

func TestFlowFollowingSearchingAndFollowingAgain(t *testing.T) {
	tm, engine := flow(t)
	waitFor(t, tm, "▸ files")
	for i, l := range numbered(0, 100) {
		l.Service = "files"
		l.Msg += strings.Repeat("!", i%2)
		engine.lines <- l
	}
	waitFor(t, tm, "line 00099")
	tm.Send(keyMsg("tab"))
	tm.Type("/0003")
	tm.Send(keyMsg("enter"))
	waitFor(t, tm, "11 matches")
	engine.lines <- api.LogLine{Service: "files", Msg: "line 00100"}
	waitFor(t, tm, "1 new")
	tm.Type("f")
	if text := final(t, tm); !strings.Contains(text, "following") || !strings.Contains(text, "line 00100") {
		t.Errorf("at the end:\n%s", text)
	}
}

func TestFlowSharingAFolder(t *testing.T) {
	tm, engine := flow(t)
	waitFor(t, tm, "▸ files")
	dir := t.TempDir()
	tm.Type("a")
	waitFor(t, tm, "Share a folder")
	tm.Send(tea.PasteMsg{Content: dir + "\n"})
	tm.Send(keyMsg("enter"))
	waitFor(t, tm, "http://192.168.1.20:9000/")
	if got := engine.taken(); got != "[share "+dir+"]" {
		t.Errorf("asked for %s", got)
	}
	final(t, tm)
}

func TestFlowTheSupervisorGoesAndComesBack(t *testing.T) {
	tm, engine := flow(t)
	waitFor(t, tm, "▸ files")
	engine.mu.Lock()
	engine.gone = true
	engine.mu.Unlock()
	engine.states <- three() // the last one
	waitFor(t, tm, "reconnecting")
	engine.mu.Lock()
	engine.gone = false
	engine.mu.Unlock()
	next := three()
	next.Services[2].State = api.Ready
	engine.states <- next
	waitFor(t, tm, "3/3 up")
	if text := final(t, tm); strings.Contains(text, "reconnecting") {
		t.Errorf("it is back:\n%s", text)
	}
}
