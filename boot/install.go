package boot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// Plan is what Enable or Disable does, in its order, or would do.
type Plan struct {
	Unit     string   `json:"unit"`
	Path     string   `json:"path"`
	Text     string   `json:"text,omitempty"` // of the file, when it is written
	Commands []string `json:"commands"`       // for systemd
	Started  bool     `json:"started"`        // the instance is started too, or stopped
	DryRun   bool     `json:"dry_run"`

	write  bool
	remove bool
	run    [][]string
}

// Folder is where the units of a user are, see systemd.unit(5).
func Folder(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "systemd", "user"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", errors.New("cannot find a place for the unit: neither HOME nor XDG_CONFIG_HOME is set")
	}
	return filepath.Join(home, ".config", "systemd", "user"), nil
}

// PlanEnable looks at what is there already: a file, or a unit of this name
// that systemd has from elsewhere, which is not ours is an error that says what
// to do. start is whether the instance is to run at once, too.
func (m *Manager) PlanEnable(ctx context.Context, folder string, u Unit, start bool) (*Plan, error) {
	text, err := u.Text()
	if err != nil {
		return nil, err
	}
	p := &Plan{Unit: u.Name(), Path: filepath.Join(folder, u.Name()), Text: text, Started: start}
	there, err := m.look(ctx, p)
	if err != nil {
		return nil, err
	}
	p.write = there != text
	p.commands("daemon-reload")
	p.commands("enable", p.Unit)
	if start {
		p.commands("start", p.Unit)
	}
	return p, nil
}

// PlanDisable is the way back. Where there is no such unit, it is fs.ErrNotExist.
func (m *Manager) PlanDisable(ctx context.Context, folder, instance string) (*Plan, error) {
	p := &Plan{Unit: UnitName(instance), Path: filepath.Join(folder, UnitName(instance))}
	there, err := m.look(ctx, p)
	if err != nil {
		return nil, err
	}
	if there == "" {
		return nil, fmt.Errorf("nothing to disable: there is no %s: %w", p.Path, fs.ErrNotExist)
	}
	if p.Started, err = m.Active(ctx, p.Unit); err != nil {
		return nil, err
	}
	p.commands("disable", "--now", p.Unit)
	p.remove = true
	p.commands("daemon-reload")
	return p, nil
}

func (p *Plan) commands(args ...string) {
	p.run = append(p.run, args)
	text := "systemctl --user"
	for _, arg := range args {
		text += " " + arg
	}
	p.Commands = append(p.Commands, text)
}

// look returns the file's text, empty when there is none.
func (m *Manager) look(ctx context.Context, p *Plan) (string, error) {
	from, err := m.fragment(ctx, p.Unit)
	if err != nil {
		return "", err
	}
	if from != "" && !sameFile(from, p.Path) {
		return "", explain.Errorf("unit-exists",
			"there is a unit %s already, and it is not of ammarctl enable: %s; remove it, or choose "+
				"another name with --instance", p.Unit, from)
	}
	info, err := os.Lstat(p.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("cannot look at the unit: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", explain.Errorf("unit-exists",
			"%s exists and is not a file that ammarctl enable has written; move it away, or choose "+
				"another name with --instance", p.Path)
	}
	text, err := os.ReadFile(p.Path)
	if err != nil {
		return "", fmt.Errorf("cannot read the unit that exists: %w", err)
	}
	switch originOf(string(text)) {
	case foreign:
		return "", explain.Errorf("unit-exists",
			"%s exists and was not written by ammarctl enable; move it away, or choose another name "+
				"with --instance", p.Path)
	case edited:
		return "", explain.Errorf("unit-exists",
			"%s was written by ammarctl enable and has been edited since; keep the change with: "+
				"systemctl --user edit %s, then remove the file and try again", p.Path, p.Unit)
	}
	return string(text), nil
}

func sameFile(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Carry does what the plan says. When systemd refuses, a file that was not
// there before is removed again.
func (m *Manager) Carry(ctx context.Context, p *Plan) error {
	_, before := os.Lstat(p.Path)
	if p.write {
		if err := write(p.Path, p.Text); err != nil {
			return fmt.Errorf("cannot write the unit: %w", err)
		}
	}
	for i, args := range p.run {
		if p.remove && i == len(p.run)-1 {
			if err := os.Remove(p.Path); err != nil {
				return fmt.Errorf("cannot remove the unit: %w", err)
			}
		}
		_, err := m.run(ctx, args...)
		if err != nil && p.write && args[0] != "start" && errors.Is(before, fs.ErrNotExist) {
			return errors.Join(err, os.Remove(p.Path))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// write puts the file there in one step.
func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".ammarctl-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
