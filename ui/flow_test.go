package ui

import (
	"bytes"
	"context"
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
	ctx, cancel := context.WithCancel(context.Background())
	f := newFeed(ctx, engine)
	t.Cleanup(func() { cancel(); f.close() })
	tm := teatest.NewTestModel(t, newModel(ctx, engine, f, true), teatest.WithInitialTermSize(100, 30),
		teatest.WithProgramOptions(tea.WithColorProfile(colorprofile.NoTTY)))
	engine.states <- three()
	return tm, engine
}

func waitFor(t *testing.T, tm *teatest.TestModel, texts ...string) {
	t.Helper()
	teatest.WaitFor(t, tm.Output(), func(seen []byte) bool {
		for _, text := range texts {
			if !bytes.Contains(seen, []byte(text)) {
				return false
			}
		}
		return true
	}, teatest.WithDuration(10*time.Second), teatest.WithCheckInterval(5*time.Millisecond))
}

// final leaves and returns the last screen.
func final(t *testing.T, tm *teatest.TestModel) string {
	t.Helper()
	tm.Send(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
	return ansi.Strip(tm.FinalModel(t, teatest.WithFinalTimeout(10*time.Second)).View().Content)
}

func TestFlowStoppingAServiceAfterAQuestion(t *testing.T) {
	tm, engine := flow(t)
	waitFor(t, tm, "camera")
	tm.Type("j")
	tm.Type("s")
	waitFor(t, tm, "2 clients are watching")
	tm.Type("y")
	asked := ""
	for deadline := time.Now().Add(10 * time.Second); asked != "[stop camera]" && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if got := engine.taken(); got != "[]" {
			asked = got
		}
	}
	if asked != "[stop camera]" {
		t.Errorf("asked for %s", asked)
	}
	if text := final(t, tm); strings.Contains(text, "Stop camera?") {
		t.Errorf("the dialog is still there:\n%s", text)
	}
}

func TestFlowFollowingSearchingAndFollowingAgain(t *testing.T) {
	tm, engine := flow(t)
	waitFor(t, tm, "camera")
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
	waitFor(t, tm, "1 ne") // what is written is a difference: the w was there
	tm.Type("f")
	if text := final(t, tm); !strings.Contains(text, "following") || !strings.Contains(text, "line 00100") {
		t.Errorf("at the end:\n%s", text)
	}
}

func TestFlowSharingAFolder(t *testing.T) {
	tm, engine := flow(t)
	waitFor(t, tm, "camera")
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
	waitFor(t, tm, "camera")
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
