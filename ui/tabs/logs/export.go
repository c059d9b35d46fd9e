package logs

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

	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/paths"
)

// maxClipboard is how many bytes terminals accept by OSC 52: 100,000 characters
// of base64 and what surrounds them.
const maxClipboard = 74_994

func (t *Tab) copyLine(component.Screen) component.Effects {
	line := t.view.Line()
	if line == "" {
		return component.Warn(messages.NothingToCopy)
	}
	return t.clip(line, 1)
}

func (t *Tab) copyScreen(component.Screen) component.Effects {
	text, lines := t.view.Screen()
	if lines == 0 {
		return component.Warn(messages.NothingToCopy)
	}
	return t.clip(text, lines)
}

// clip hands text to the terminal's clipboard.
func (t *Tab) clip(text string, lines int) component.Effects {
	if len(text) > maxClipboard {
		return component.Warn(messages.TooLong(len(text)))
	}
	copied := component.Notify(messages.Copied(lines, t.getenv("TMUX") != ""))
	return append(copied, tea.SetClipboard(text))
}

// askFile asks for the name of a file, and saves the log there.
func (t *Tab) askFile(scr component.Screen) component.Effects {
	name := "ammarctl-" + strings.Map(fileLetter, strings.Join(t.names(), "+")) +
		scr.Now.Local().Format("-20060102-150405.log")
	p := component.NewPrompt(messages.SavePrompt, messages.SaveHint, name)
	write := t.view.Writer()
	p.Keep = func(_ component.Screen, path string) component.Effects {
		return component.Run(func() tea.Msg {
			path, err := filepath.Abs(paths.ExpandHome(strings.TrimSpace(path)))
			if err != nil {
				return component.OutcomeMsg{Err: err}
			}
			n, err := save(path, write)
			return component.OutcomeMsg{Text: messages.Saved(n, path), Err: err}
		})
	}
	return component.Ask(p)
}

func fileLetter(r rune) rune {
	if strings.ContainsRune("+-_", r) || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return '_'
}

// save writes a new file. It does not overwrite one that exists.
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

// openPager shows the log in a pager, which has the terminal until it ends.
func (t *Tab) openPager(component.Screen) component.Effects {
	args := pager(t.getenv)
	if args == nil {
		return component.Warn(messages.NoPager)
	}
	var text bytes.Buffer
	if _, err := t.view.Writer()(&text); err != nil {
		return component.Warn(err.Error())
	}
	cmd := exec.CommandContext(t.ctx, args[0], args[1:]...)
	cmd.Stdin = &text
	return component.Run(tea.ExecProcess(cmd, func(err error) tea.Msg { return component.OutcomeMsg{Err: err} }))
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
