package ui

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/words"
)

// maxClipboard is how many bytes terminals take by OSC 52: 100,000 letters of
// base64 with what is around them.
const maxClipboard = 74_994

func (m *model) copyLine() tea.Cmd {
	line := m.log.Line()
	if line == "" {
		m.say(true, "%s", words.NothingToCopy)
		return nil
	}
	return m.clip(line, 1)
}

func (m *model) copyView() tea.Cmd {
	text, lines := m.log.Screen()
	if lines == 0 {
		m.say(true, "%s", words.NothingToCopy)
		return nil
	}
	return m.clip(text, lines)
}

// clip hands text to the terminal's clipboard.
func (m *model) clip(text string, lines int) tea.Cmd {
	if len(text) > maxClipboard {
		m.say(true, "%s", words.TooLong(len(text)))
		return nil
	}
	m.say(false, "%s", words.Copied(lines, m.getenv("TMUX") != ""))
	return tea.SetClipboard(text)
}

// said tells the outcome of something.
func (m *model) said(msg saidMsg) {
	if msg.err != nil {
		m.say(true, "%s", firstLine(msg.err.Error()))
	} else if msg.text != "" {
		m.say(false, "%s", msg.text)
	}
}

// askSave asks for the name of a file.
func (m *model) askSave() {
	name := "ammarctl-" + strings.Map(fileLetter, strings.Join(m.logNames(), "+")) + m.now.Local().Format("-20060102-150405.log")
	p := newPrompt(words.SavePrompt, words.SaveHint, name)
	write := m.log.Writer()
	p.keep = func(_ *model, path string) tea.Cmd {
		return func() tea.Msg {
			path, err := filepath.Abs(expand(strings.TrimSpace(path)))
			if err != nil {
				return saidMsg{err: err}
			}
			n, err := save(path, write)
			return saidMsg{words.Saved(n, path), err}
		}
	}
	m.prompt = p
}

func fileLetter(r rune) rune {
	if r == '+' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return '_'
}

// save writes a new file; one that exists stays as it is.
func save(path string, write func(io.Writer) (int, error)) (lines int, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("cannot save the log: %w", err)
	}
	lines, err = write(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return lines, fmt.Errorf("cannot save the log: %w", err)
	}
	return lines, nil
}

// openPager shows the log in a program that pages, which has the terminal
// until it ends.
func (m *model) openPager() tea.Cmd {
	args := pager(m.getenv)
	if args == nil {
		m.say(true, "%s", words.NoPager)
		return nil
	}
	var text bytes.Buffer
	if _, err := m.log.Writer()(&text); err != nil {
		m.say(true, "%s", err)
		return nil
	}
	cmd := exec.CommandContext(m.ctx, args[0], args[1:]...)
	cmd.Stdin = &text
	return tea.ExecProcess(cmd, func(err error) tea.Msg { return saidMsg{err: err} })
}

// pager is the command line of the person's pager; nil when there is none.
func pager(getenv func(string) string) []string {
	if args := strings.Fields(getenv("PAGER")); len(args) > 0 {
		return args
	}
	for _, args := range [][]string{{"less", "-R"}, {"more"}} {
		if _, err := exec.LookPath(args[0]); err == nil {
			return args
		}
	}
	return nil
}
