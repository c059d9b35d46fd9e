package ui

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/safe"
	"github.com/ammarctl/ammarctl/ui/words"
)

// ShareWish is a share as a person asks for it.
type ShareWish struct {
	Request api.ShareRequest // without Users and TLS
	User    string           // user or user:password; empty: everybody may
	TLS     bool
}

// The fields of the dialog. The path comes first: enter on it is enough.
const (
	sharePath = iota
	shareUpload
	shareUser
	shareExpire
	shareOnce
	shareTLS
	shareName
	sharePort
	shareFields
)

// shareDialog asks for a folder, and for what else may be wished of a share;
// tab completes the path.
type shareDialog struct {
	at      int // the field
	input   textinput.Model
	texts   [shareFields]textinput.Model
	on      [shareFields]bool
	choices []string // folders that the path could go on with
	problem string
	busy    bool
}

func newShareDialog() *shareDialog {
	d := &shareDialog{input: newInput()}
	d.input.Placeholder = words.SharePlaceholder
	d.input.CharLimit = 4096
	d.input.Focus()
	for i, hint := range words.ShareHints() {
		d.texts[i+1] = newInput()
		d.texts[i+1].CharLimit = 200
		d.texts[i+1].Placeholder = hint
	}
	return d
}

// toggles tells whether a field is only on or off.
func toggles(field int) bool {
	return field == shareUpload || field == shareOnce || field == shareTLS
}

// fields are those that can be wished for: who has no way to make a password's
// hash or a certificate is not asked for them.
func (m *model) shareFields() []int {
	list := []int{sharePath, shareUpload, shareUser, shareExpire, shareOnce, shareTLS, shareName, sharePort}
	if m.prepare == nil {
		list = []int{sharePath, shareUpload, shareExpire, shareOnce, shareName, sharePort}
	}
	return list
}

func (d *shareDialog) update(m *model, msg tea.Msg) tea.Cmd {
	press, isKey := msg.(tea.KeyPressMsg)
	if isKey {
		switch {
		case key.Matches(press, m.dialogs.back):
			m.dialog = nil
			return nil
		case key.Matches(press, m.dialogs.enter):
			return d.share(m)
		case press.String() == "up", press.String() == "shift+tab":
			d.move(m, -1)
			return nil
		case press.String() == "down", key.Matches(press, m.dialogs.complete) && d.at != sharePath:
			d.move(m, 1)
			return nil
		case key.Matches(press, m.dialogs.complete):
			return d.complete()
		case toggles(d.at):
			if press.String() == "space" || press.String() == "left" || press.String() == "right" {
				d.on[d.at] = !d.on[d.at]
			}
			return nil
		}
	}
	in := &d.input
	if d.at != sharePath {
		in = &d.texts[d.at]
	}
	var cmd tea.Cmd
	*in, cmd = in.Update(msg)
	d.choices, d.problem = nil, ""
	return cmd
}

// move goes to another field.
func (d *shareDialog) move(m *model, by int) {
	list := m.shareFields()
	place := 0
	for i, f := range list {
		if f == d.at {
			place = i
		}
	}
	d.at = list[(place+by+len(list))%len(list)]
	d.choices = nil
	d.input.Blur()
	for i := range d.texts {
		d.texts[i].Blur()
	}
	switch {
	case d.at == sharePath:
		d.input.Focus()
	case !toggles(d.at):
		d.texts[d.at].Focus()
	}
}

func (d *shareDialog) value(field int) string { return strings.TrimSpace(d.texts[field].Value()) }

// wish is what the fields say.
func (d *shareDialog) wish(path string) (w ShareWish, problem string) {
	w.Request = api.ShareRequest{Path: path, Name: d.value(shareName), Upload: d.on[shareUpload], Once: d.on[shareOnce]}
	w.User, w.TLS = d.value(shareUser), d.on[shareTLS]
	if text := d.value(shareExpire); text != "" {
		lasts, err := time.ParseDuration(text)
		if err != nil || lasts <= 0 {
			return w, words.NoDuration(text)
		}
		w.Request.ExpireSeconds = lasts.Seconds()
	}
	if text := d.value(sharePort); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			return w, words.NoPort(text)
		}
		w.Request.Port = port
	}
	return w, ""
}

func (d *shareDialog) share(m *model) tea.Cmd {
	path := strings.TrimSpace(d.input.Value())
	if path == "" || d.busy {
		return nil
	}
	path, err := filepath.Abs(expand(path))
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
	ctx, engine, prepare := m.ctx, m.engine, m.prepare
	return func() tea.Msg {
		req := wish.Request
		var notes []string
		if prepare != nil {
			var err error
			if req, notes, err = prepare(wish); err != nil {
				return sharedMsg{err: err}
			}
		}
		s, err := engine.Share(ctx, req)
		return sharedMsg{s, notes, err}
	}
}

// shared shows the addresses of a new share, or why there is none.
func (m *model) shared(msg sharedMsg) {
	d, open := m.dialog.(*shareDialog)
	switch {
	case msg.err != nil && open:
		d.busy, d.problem = false, firstLine(msg.err.Error())
	case msg.err != nil:
		m.say(true, "%s", firstLine(msg.err.Error()))
	default:
		m.pick(msg.service.Name)
		m.awaited = m.now.Add(awaitedFor)
		m.dialog = addressDialog{msg.service, msg.notes}
	}
}

func (d *shareDialog) render(m *model) string {
	width := min(64, m.width-8)
	d.input.SetWidth(width - 3)
	title := words.ShareTitle
	if ansi.StringWidth(title) > width {
		title = words.ShareTitleShort
	}
	lines := []string{m.styles.Strong.Render(title), "", "> " + fit(d.input.View(), width-2)}
	switch {
	case len(d.choices) > 0:
		lines = append(lines, m.styles.Faint.Render(safe.Text(strings.Join(d.choices, "  "))))
	default:
		lines = append(lines, "")
	}
	if fields := m.shareFields()[1:]; m.height >= len(fields)+12 || d.at != sharePath {
		for _, f := range d.seen(m, fields) {
			lines = append(lines, d.field(m, f, width))
		}
		lines = append(lines, "")
	}
	switch {
	case d.busy:
		lines = append(lines, m.styles.Wait.Render(words.Opening))
	case d.problem != "":
		lines = append(lines, m.styles.Bad.Render(safe.Text(d.problem)))
	default:
		lines = append(lines, d.keys(m, width))
	}
	if m.height < shareRoomy {
		lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	}
	return m.box(lines)
}

// keys are those worth pressing in a field; where they have no room, that which
// is found without being told is left out.
func (d *shareDialog) keys(m *model, width int) string {
	enter, here := m.hint("enter", words.Share), ""
	switch {
	case d.at == sharePath:
		here = m.hint("tab", words.Complete)
	case toggles(d.at):
		here = m.hint("space", words.HintChange)
	}
	fields, back := m.hint("↑↓", words.Fields), m.hint("esc", words.Back)
	for _, list := range [][]string{{enter, here, fields, back}, {enter, fields, back}, {enter, fields}} {
		list = slices.DeleteFunc(list, func(hint string) bool { return hint == "" })
		if line := strings.Join(list, "   "); ansi.StringWidth(line) <= width+2 {
			return line
		}
	}
	return enter
}

// shareRoomy is from which height on the dialog has empty lines.
const shareRoomy = 12

// seen are the fields that the screen has room for, the one with the cursor
// among them.
func (d *shareDialog) seen(m *model, fields []int) []int {
	others := 6 // the other lines of the dialog
	if m.height < shareRoomy {
		others = 3
	}
	room := max(1, m.height-m.styles.Frame.GetVerticalFrameSize()-others)
	first := max(0, slices.Index(fields, d.at)-room+1)
	return fields[first:min(len(fields), first+room)]
}

// fieldName is the width of a field's name.
const fieldName = 20

func (d *shareDialog) field(m *model, f, width int) string {
	label := fit(words.ShareLabels()[f-1], fieldName)
	mark := "  "
	if f == d.at {
		mark, label = m.styles.Selected.Render(m.pointer())+" ", m.styles.Selected.Render(label)
	}
	if toggles(f) {
		return mark + label + words.Switched(d.on[f])
	}
	in := d.texts[f]
	in.SetWidth(max(4, width-fieldName-3))
	if f != d.at {
		text := safe.Text(d.value(f))
		if f == shareUser {
			text, _, _ = strings.Cut(text, ":")
		}
		return mark + label + cmp.Or(text, m.styles.Faint.Render(in.Placeholder))
	}
	return mark + label + fit(in.View(), width-fieldName-2)
}
