package sharing

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/paths"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// field is one field of the share dialog.
type field int

// The fields. The path comes first: Enter on it is enough.
const (
	pathField field = iota
	uploadField
	userField
	expireField
	onceField
	tlsField
	nameField
	portField
	fieldCount
)

// isSwitch tells whether a field is only on or off.
func (f field) isSwitch() bool { return f == uploadField || f == onceField || f == tlsField }

// shareDialog asks for a folder and for the options of a share. Tab completes
// the path.
type shareDialog struct {
	ctx     context.Context
	engine  Engine
	prepare Prepare

	cursor  field
	texts   [fieldCount]textinput.Model
	on      [fieldCount]bool
	choices []string // folders that complete the path
	problem string
	busy    bool // a SharedMsg is on its way
	open    bool
}

func newShareDialog(ctx context.Context, e Engine, prepare Prepare) *shareDialog {
	d := &shareDialog{ctx: ctx, engine: e, prepare: prepare, open: true}
	for f, hint := range messages.ShareHints() {
		d.texts[f] = component.NewInput()
		d.texts[f].CharLimit = 200
		d.texts[f].Placeholder = hint
	}
	d.texts[pathField].CharLimit = 4096
	d.texts[pathField].Focus()
	return d
}

// fields lists those that can be filled in, the path first.
func (d *shareDialog) fields() []field {
	if d.prepare == nil {
		return []field{pathField, uploadField, expireField, onceField, nameField, portField}
	}
	return []field{pathField, uploadField, userField, expireField, onceField, tlsField, nameField, portField}
}

// Update takes keys, text, and the answers of its commands.
func (d *shareDialog) Update(_ component.Screen, msg tea.Msg) (component.Dialog, component.Effects) {
	switch msg := msg.(type) {
	case completedMsg:
		d.completed(msg)
		return d, nil
	case SharedMsg:
		if msg.Err != nil {
			d.busy, d.problem = false, safe.FirstLine(msg.Err.Error())
		}
		return d, nil
	case tea.KeyPressMsg:
		if component.Pressed(msg, component.Dialogs().Back) {
			d.open = false
			return nil, nil
		}
		if handled, cmd := d.press(msg); handled {
			return d, component.Run(cmd)
		}
	case tea.PasteMsg:
		if d.cursor.isSwitch() {
			return d, nil
		}
	default:
		return d, nil
	}
	var cmd tea.Cmd
	d.texts[d.cursor], cmd = d.texts[d.cursor].Update(msg)
	d.choices, d.problem = nil, ""
	return d, component.Run(cmd)
}

// press handles a key. It returns false for a key that belongs into the field.
func (d *shareDialog) press(press tea.KeyPressMsg) (handled bool, cmd tea.Cmd) {
	keys := component.Dialogs()
	switch {
	case component.Pressed(press, keys.Enter):
		return true, d.share()
	case press.String() == "up", press.String() == "shift+tab":
		d.move(-1)
	case press.String() == "down", component.Pressed(press, keys.Complete) && d.cursor != pathField:
		d.move(1)
	case component.Pressed(press, keys.Complete):
		return true, d.complete()
	case d.cursor.isSwitch():
		switch press.String() {
		case "space", "left", "right":
			d.on[d.cursor] = !d.on[d.cursor]
		}
	default:
		return false, nil
	}
	return true, nil
}

// move goes to another field, from the last to the first and back.
func (d *shareDialog) move(by int) {
	list := d.fields()
	place := max(0, slices.Index(list, d.cursor))
	d.cursor = list[(place+by+len(list))%len(list)]
	d.choices = nil
	for f := range d.texts {
		d.texts[f].Blur()
	}
	if !d.cursor.isSwitch() {
		d.texts[d.cursor].Focus()
	}
}

// completedMsg is how a typed path can continue.
type completedMsg struct {
	dialog     *shareDialog // that asked
	typed      string
	completion paths.Completion
	err        error
}

// complete looks for the folders that complete the path. It is a command,
// because a folder on the network may take a while.
func (d *shareDialog) complete() tea.Cmd {
	typed := d.texts[pathField].Value()
	return func() tea.Msg {
		c, err := paths.Complete(typed)
		return completedMsg{d, typed, c, err}
	}
}

// completed continues the path as far as it is clear, and lists the rest. It does
// nothing if the path has changed since the request.
func (d *shareDialog) completed(msg completedMsg) {
	in := &d.texts[pathField]
	if d != msg.dialog || in.Value() != msg.typed {
		return
	}
	d.choices, d.problem = nil, ""
	switch {
	case msg.err != nil:
		d.problem = msg.err.Error()
		return
	case len(msg.completion.Names) == 0:
		d.problem = messages.NoFolder
		return
	case len(msg.completion.Names) > 1:
		d.choices = msg.completion.Names
	}
	in.SetValue(msg.completion.Continue(msg.typed))
	in.CursorEnd()
}

func (d *shareDialog) value(f field) string { return strings.TrimSpace(d.texts[f].Value()) }

// wish is the share that the fields describe, or what is wrong with them.
func (d *shareDialog) wish(path string) (w Wish, problem string) {
	w.Request = api.ShareRequest{
		Path: path, Name: d.value(nameField), Upload: d.on[uploadField], Once: d.on[onceField],
	}
	w.User, w.TLS = d.value(userField), d.on[tlsField]
	if text := d.value(expireField); text != "" {
		lasts, err := time.ParseDuration(text)
		if err != nil || lasts <= 0 {
			return w, messages.NoDuration(text)
		}
		w.Request.ExpireSeconds = lasts.Seconds()
	}
	if text := d.value(portField); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			return w, messages.NoPort(text)
		}
		w.Request.Port = port
	}
	return w, ""
}

// share asks for the share, unless a field is wrong.
func (d *shareDialog) share() tea.Cmd {
	path := d.value(pathField)
	if path == "" || d.busy {
		return nil
	}
	path, err := filepath.Abs(paths.ExpandHome(path))
	if err != nil {
		d.problem = err.Error()
		return nil
	}
	wish, problem := d.wish(path)
	if problem != "" {
		d.problem = problem
		return nil
	}
	d.busy = true
	ctx, engine, prepare := d.ctx, d.engine, d.prepare
	return func() tea.Msg {
		req := wish.Request
		var notes []string
		if prepare != nil {
			var err error
			if req, notes, err = prepare(wish); err != nil {
				return SharedMsg{Err: err, dialog: d}
			}
		}
		s, err := engine.Share(ctx, req)
		return SharedMsg{s, notes, err, d}
	}
}
