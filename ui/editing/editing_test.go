package editing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// engine notes what it is asked to reload.
type engine struct {
	would api.Reload
	asked []string
}

func (e *engine) Reload(_ context.Context, r api.ReloadRequest) (api.Reload, error) {
	e.asked = append(e.asked, fmt.Sprintf("reload dry=%t", r.DryRun))
	return e.would, nil
}

// edit is an edit in progress.
type edit struct {
	t       *testing.T
	part    *Part
	engine  *engine
	scr     component.Screen
	file    string
	dialog  component.Dialog
	notices []string
}

// newEdit makes an edit of a person who has left the editor with this text.
func newEdit(t *testing.T, text string, would ...api.Change) *edit {
	t.Helper()
	e := &edit{t: t, engine: &engine{would: api.Reload{Changes: would}}, file: filepath.Join(t.TempDir(), "ammar.toml")}
	e.scr.Width, e.scr.Height, e.scr.Styles = 200, 30, theme.Named("")
	e.part = New(context.Background(), e.engine, func(string) string { return "" })
	if err := os.WriteFile(e.file, []byte("port = 1\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	d := e.draft()
	if err := os.WriteFile(d.path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	e.send(editedMsg{draft: d})
	return e
}

func (e *edit) draft() *draft {
	e.t.Helper()
	d, err := newDraft(e.file)
	if err != nil {
		e.t.Fatal(err)
	}
	return d
}

// send shows the part a message, and does what follows from it.
func (e *edit) send(msg tea.Msg) { e.perform(e.part.Update(e.scr, msg)) }

// press presses a key in the dialog.
func (e *edit) press(msg tea.KeyPressMsg) {
	var effects component.Effects
	e.dialog, effects = e.dialog.Update(e.scr, msg)
	e.perform(effects)
}

func (e *edit) perform(effects component.Effects) {
	for _, effect := range effects {
		switch effect := effect.(type) {
		case tea.Cmd:
			msg := effect()
			if outcome, ok := msg.(component.OutcomeMsg); ok && outcome.Err == nil {
				e.notices = append(e.notices, outcome.Text)
			}
			e.send(msg)
		case component.OpenMsg:
			e.dialog = effect.Dialog
		case component.NotifyMsg:
			e.notices = append(e.notices, effect.Text)
		}
	}
}

func (e *edit) view() string { return ansi.Strip(e.dialog.View(e.scr)) }

// left is the text of the file, and how many others are in its folder.
func (e *edit) left() (text string, others int) {
	e.t.Helper()
	data, err := os.ReadFile(e.file)
	if err != nil {
		e.t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(e.file))
	if err != nil {
		e.t.Fatal(err)
	}
	return string(data), len(entries) - 1
}

func letter(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Text: string(r)} }

func TestAnEditedConfigurationIsShownBeforeItIsApplied(t *testing.T) {
	e := newEdit(t, "port = 2\n",
		api.Change{
			Service: "files", Action: api.ChangeRestart,
			Keys: []api.KeyChange{{Key: "workers", From: "64", To: "8"}},
		},
		api.Change{Service: "hello", Action: api.ChangeRemove})
	for _, want := range []string{
		"Apply these changes?", "files  is handed over", "workers  64 → 8", "hello  is stopped and removed",
	} {
		if !strings.Contains(e.view(), want) {
			t.Errorf("%q is missing:\n%s", want, e.view())
		}
	}
	if got := fmt.Sprint(e.engine.asked); got != "[reload dry=true]" {
		t.Errorf("asked for %s before the answer", got)
	}
	if text, _ := e.left(); text != "port = 1\n" {
		t.Errorf("the file is %q before the answer", text)
	}
	e.press(letter('y'))
	if got := fmt.Sprint(e.engine.asked); got != "[reload dry=true reload dry=false]" {
		t.Errorf("asked for %s", got)
	}
	if text, others := e.left(); text != "port = 2\n" || others != 0 {
		t.Errorf("the file is %q, next to %d others", text, others)
	}
	if info, _ := os.Stat(e.file); info.Mode().Perm() != 0o640 {
		t.Errorf("its mode is %s", info.Mode())
	}
	if got := strings.Join(e.notices, "; "); !strings.Contains(got, "applied: 2 services changed") {
		t.Errorf("the outcome is not reported: %s", got)
	}
}

func TestNoKeepsTheConfigurationAsItWas(t *testing.T) {
	e := newEdit(t, "port = 2\n", api.Change{Service: "files", Action: api.ChangeInPlace})
	e.press(letter('n'))
	if text, others := e.left(); text != "port = 1\n" || others != 0 || len(e.engine.asked) != 1 || e.dialog != nil {
		t.Errorf("the file is %q, next to %d others", text, others)
	}
}

func TestAWrongConfigurationIsReportedWithItsOwnName(t *testing.T) {
	e := newEdit(t, "port = 1\n")
	d := e.draft()
	e.send(ComparedMsg{draft: d, Problem: errors.New(d.path + ":1:1: unknown key prot")})
	if text := e.view(); !strings.Contains(text, "unknown key") || strings.Contains(text, filepath.Base(d.path)) {
		t.Errorf("the error:\n%s", text)
	}
	e.press(letter('y')) // there is nothing to apply
	if text, _ := e.left(); text != "port = 1\n" {
		t.Errorf("the file is %q", text)
	}
	e.press(tea.KeyPressMsg{Code: tea.KeyEscape})
	if _, err := os.Stat(d.path); err == nil {
		t.Error("the draft is left behind")
	}
}

func TestNothingEditedIsNothingAsked(t *testing.T) {
	e := newEdit(t, "port = 1\n")
	if _, others := e.left(); others != 0 || e.dialog != nil || len(e.engine.asked) != 0 {
		t.Errorf("%d others, dialog %v", others, e.dialog)
	}
}

func TestTheBuiltInConfigurationIsNotEdited(t *testing.T) {
	e := newEdit(t, "port = 1\n")
	e.scr.Snapshot.Info.Config = "embedded default"
	e.perform(e.part.edit(e.scr))
	if got := strings.Join(e.notices, "; "); !strings.Contains(got, "ammarctl init") {
		t.Errorf("what to do instead is not reported: %s", got)
	}
}
