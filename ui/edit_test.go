package ui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// editing is a dashboard whose person has left the editor with this text.
func editing(t *testing.T, text string, prepare func(*fake)) (m *model, engine *fake, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "ammar.toml")
	if err := os.WriteFile(file, []byte("port = 1\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	m, engine = desk(t, 100, 30, three())
	prepare(engine)
	d, err := newDraft(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	_, cmd := m.Update(editedMsg{draft: d})
	settle(m, cmd)
	return m, engine, file
}

// left is the text of the file, and what else is in its folder.
func left(t *testing.T, file string) (text string, others int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(data), len(entries) - 1
}

func TestAnEditedConfigurationIsShownBeforeItIsApplied(t *testing.T) {
	changed := func(f *fake) {
		f.would = api.Reload{Changes: []api.Change{
			{Service: "files", Action: api.ChangeRestart, Keys: []api.KeyChange{{Key: "workers", From: "64", To: "8"}}},
			{Service: "hello", Action: api.ChangeRemove},
		}}
	}
	m, engine, file := editing(t, "port = 2\n", changed)
	text := screen(m)
	for _, want := range []string{"Apply these changes?", "files  is handed over", "workers  64 → 8", "hello  is stopped and removed"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if got := engine.taken(); got != "[reload dry=true]" {
		t.Errorf("asked for %s before the answer", got)
	}
	if text, _ := left(t, file); text != "port = 1\n" {
		t.Errorf("the file is %q before the answer", text)
	}
	press(m, "y")
	if got := engine.taken(); got != "[reload dry=false]" {
		t.Errorf("asked for %s", got)
	}
	if text, others := left(t, file); text != "port = 2\n" || others != 0 {
		t.Errorf("the file is %q, beside %d others", text, others)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o640 {
		t.Errorf("its mode is %s", info.Mode())
	}
	if !strings.Contains(screen(m), "applied: 2 services changed") {
		t.Errorf("the outcome is not said:\n%s", screen(m))
	}
}

func TestNoKeepsTheConfigurationAsItWas(t *testing.T) {
	m, engine, file := editing(t, "port = 2\n", func(f *fake) { f.would.Changes = []api.Change{{Service: "files", Action: api.ChangeAmend}} })
	press(m, "n")
	if text, others := left(t, file); text != "port = 1\n" || others != 0 || engine.taken() != "[reload dry=true]" || m.dialog != nil {
		t.Errorf("the file is %q, beside %d others", text, others)
	}
}

func TestAWrongConfigurationIsSaidWithItsOwnName(t *testing.T) {
	m, _, file := editing(t, "prot = 2\n", func(f *fake) {})
	_ = m
	d, err := newDraft(file)
	if err != nil {
		t.Fatal(err)
	}
	m.Update(comparedMsg{draft: d, refuse: errors.New(d.path + ":1:1: unknown key prot")})
	text := screen(m)
	if !strings.Contains(text, "unknown key") || strings.Contains(text, filepath.Base(d.path)) {
		t.Errorf("the error:\n%s", text)
	}
	press(m, "y") // there is nothing to apply
	if text, _ := left(t, file); text != "port = 1\n" {
		t.Errorf("the file is %q", text)
	}
	press(m, "esc")
	if _, err := os.Stat(d.path); err == nil {
		t.Error("the draft is left behind")
	}
}

func TestNothingEditedIsNothingAsked(t *testing.T) {
	m, engine, file := editing(t, "port = 1\n", func(*fake) {})
	if _, others := left(t, file); others != 0 || m.dialog != nil || engine.taken() != "[]" {
		t.Errorf("%d others, dialog %v", others, m.dialog)
	}
}

func TestTheBuiltInConfigurationIsNotEdited(t *testing.T) {
	s := three()
	s.Info.Config = embedded
	m, _ := desk(t, 100, 30, s)
	press(m, "e")
	if !strings.Contains(screen(m), "ammarctl init") {
		t.Errorf("what to do instead is not said:\n%s", screen(m))
	}
}
