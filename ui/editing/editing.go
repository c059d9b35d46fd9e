// Package editing is the part of the dashboard that edits the configuration: in
// the person's editor, or the number of processes of one service. It shows what
// an edit would change before it is applied.
package editing

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Engine applies configurations.
type Engine interface {
	// Reload has a configuration read and applied, or with DryRun only compared.
	Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error)
}

// Part edits the configuration of an instance.
type Part struct {
	ctx    context.Context
	engine Engine
	getenv func(string) string
}

// New makes the part. ctx ends the editor.
func New(ctx context.Context, e Engine, getenv func(string) string) *Part {
	return &Part{ctx: ctx, engine: e, getenv: getenv}
}

// Keys are the keys of the part.
func (p *Part) Keys() []component.Key {
	return []component.Key{
		{
			Keys: "+", Help: "set how many processes share the service's port", Name: "Scale",
			Group: messages.GroupServices, When: component.HasSelection, Run: p.askReplicas,
		},
		{
			Keys: "e", Help: "edit the configuration; changes are shown before they apply",
			Name: "Edit the configuration", Group: messages.GroupDashboard, Run: p.edit,
		},
	}
}

// draftMsg brings a draft that is ready to be edited.
type draftMsg struct {
	draft *draft
	err   error
}

// editedMsg comes when the editor has ended.
type editedMsg struct {
	draft *draft
	err   error
}

// Update goes from one step of an edit to the next.
func (p *Part) Update(_ component.Screen, msg tea.Msg) component.Effects {
	switch msg := msg.(type) {
	case draftMsg:
		return p.openEditor(msg)
	case editedMsg:
		return p.edited(msg)
	case ComparedMsg:
		if msg.Unchanged {
			msg.draft.discard()
			return component.Notify(messages.NothingEdited)
		}
		return component.Open(&changesDialog{ComparedMsg: msg, ctx: p.ctx, engine: p.engine})
	}
	return nil
}

// edit opens the configuration in the person's editor.
func (p *Part) edit(scr component.Screen) component.Effects {
	file := scr.Snapshot.Info.Config
	if scr.Embedded() || file == "" {
		return component.Warn(messages.NoFileToEdit)
	}
	return component.Run(func() tea.Msg {
		d, err := newDraft(file)
		return draftMsg{d, err}
	})
}

// openEditor hands the terminal to the editor until that ends.
func (p *Part) openEditor(msg draftMsg) component.Effects {
	if msg.err != nil {
		return component.Warn(safe.FirstLine(msg.err.Error()))
	}
	args := editor(p.getenv)
	if args == nil {
		msg.draft.discard()
		return component.Warn(messages.NoEditor)
	}
	cmd := exec.CommandContext(p.ctx, args[0], append(args[1:], msg.draft.path)...)
	return component.Run(tea.ExecProcess(cmd, func(err error) tea.Msg { return editedMsg{msg.draft, err} }))
}

// editor is the command line of the person's editor; nil when there is none.
func editor(getenv func(string) string) []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if args := strings.Fields(getenv(name)); len(args) > 0 {
			return args
		}
	}
	for _, name := range []string{"sensible-editor", "nano", "vi"} {
		if _, err := exec.LookPath(name); err == nil {
			return []string{name}
		}
	}
	return nil
}

// edited asks what the draft would change.
func (p *Part) edited(msg editedMsg) component.Effects {
	if msg.err != nil {
		msg.draft.discard()
		return component.Warn(messages.EditorFailed(safe.FirstLine(msg.err.Error())))
	}
	ctx, engine := p.ctx, p.engine
	return component.Run(func() tea.Msg { return msg.draft.compare(ctx, engine) })
}

// askReplicas asks how many processes are to share the service's port. The
// answer is written into a draft, so it is shown before it is applied, and lasts.
func (p *Part) askReplicas(scr component.Screen) component.Effects {
	s, _ := scr.Current()
	file := scr.Snapshot.Info.Config
	switch {
	case s.Share != nil:
		return component.Warn(messages.ShareNotScaled)
	case scr.Embedded() || file == "":
		return component.Warn(messages.NoFileToEdit)
	}
	name, now := Replicas(scr.Snapshot.Services, s)
	prompt := component.NewPrompt(messages.ScalePrompt(name), messages.ScaleHint, strconv.Itoa(now))
	ctx, engine := p.ctx, p.engine
	prompt.Keep = func(_ component.Screen, text string) component.Effects {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return component.Warn(messages.NoNumber(text))
		}
		return component.Run(func() tea.Msg {
			d, err := draftWithReplicas(file, name, n)
			if err != nil {
				return component.OutcomeMsg{Err: err}
			}
			return d.compare(ctx, engine)
		})
	}
	return component.Ask(prompt)
}

func draftWithReplicas(file, service string, n int) (*draft, error) {
	d, err := newDraft(file)
	if err != nil {
		return nil, err
	}
	text, err := withReplicas(string(d.before), service, n)
	if err == nil {
		err = os.WriteFile(d.path, []byte(text), 0o600)
	}
	if err != nil {
		d.discard()
		return nil, fmt.Errorf("cannot scale %s: %w", service, err)
	}
	return d, nil
}
