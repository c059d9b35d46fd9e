package ui

import (
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/words"
)

// completedMsg is what a path that was typed can go on with.
type completedMsg struct {
	dialog *shareDialog // that asked
	typed  string
	prefix string   // the part of typed that is of a name
	names  []string // folders, sorted
	err    error
}

// complete looks for the folders that the path could go on with. It is a
// command: a folder on the network may take its time.
func (d *shareDialog) complete() tea.Cmd {
	typed := d.input.Value()
	return func() tea.Msg {
		dir, prefix := filepath.Split(expand(typed))
		names, err := folders(dir, prefix)
		return completedMsg{d, typed, prefix, names, err}
	}
}

// folders lists those in dir whose names begin with prefix; a hidden one only
// when prefix names its dot.
func folders(dir, prefix string) ([]string, error) {
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, prefix) || prefix == "" && strings.HasPrefix(name, ".") {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() { // a link to a folder is one
			names = append(names, name)
		}
	}
	return names, nil
}

// completed goes on with the path as far as it is clear, and lists the rest;
// unless something else was typed meanwhile.
func (m *model) completed(msg completedMsg) {
	d, open := m.dialog.(*shareDialog)
	if !open || d != msg.dialog || d.input.Value() != msg.typed {
		return
	}
	d.choices, d.problem = nil, ""
	switch {
	case msg.err != nil:
		d.problem = msg.err.Error()
	case len(msg.names) == 0:
		d.problem = words.NoFolder
	case len(msg.names) == 1:
		d.input.SetValue(msg.typed + msg.names[0][len(msg.prefix):] + string(filepath.Separator))
	default:
		d.input.SetValue(msg.typed + commonPrefix(msg.names)[len(msg.prefix):])
		d.choices = msg.names
	}
	d.input.CursorEnd()
}

// commonPrefix is what all names begin with, in whole letters.
func commonPrefix(names []string) string {
	if len(names) == 0 {
		return ""
	}
	common := names[0]
	for _, n := range names {
		for !strings.HasPrefix(n, common) {
			_, size := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-size]
		}
	}
	return common
}

func expand(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, path[1:])
		}
	}
	return path
}
