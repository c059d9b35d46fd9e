package editing

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// draft is the copy of the configuration that is edited. It is next to the file
// itself, because paths in it are relative to its folder.
type draft struct {
	file   string // what the draft becomes
	path   string
	before []byte // the text of the file
}

// ComparedMsg says what a draft would change, or what is wrong with it.
type ComparedMsg struct {
	Changes   []api.Change
	Unchanged bool  // the draft is the same as the file
	Problem   error // why the draft cannot be applied; nil: it can

	draft *draft
}

// newDraft copies a configuration.
func newDraft(file string) (*draft, error) {
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return nil, fmt.Errorf("cannot edit the configuration: %w", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot edit the configuration: %w", err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("cannot edit the configuration: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".edit-*-"+filepath.Base(file))
	if err != nil {
		return nil, fmt.Errorf("cannot edit the configuration where it is: %w", err)
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), info.Mode().Perm())
	}
	d := &draft{file: file, path: f.Name(), before: text}
	if err != nil {
		d.discard()
		return nil, fmt.Errorf("cannot edit the configuration: %w", err)
	}
	return d, nil
}

func (d *draft) discard() { _ = os.Remove(d.path) }

// compare asks what the draft would change.
func (d *draft) compare(ctx context.Context, engine Engine) ComparedMsg {
	text, err := os.ReadFile(d.path)
	if err != nil {
		return ComparedMsg{draft: d, Problem: err}
	}
	if bytes.Equal(text, d.before) {
		return ComparedMsg{draft: d, Unchanged: true}
	}
	would, err := engine.Reload(ctx, api.ReloadRequest{Config: d.path, DryRun: true})
	return ComparedMsg{draft: d, Changes: would.Changes, Problem: err}
}

// apply puts the draft in the place of the file and has it read. It returns how
// many services changed.
func (d *draft) apply(ctx context.Context, engine Engine) (changed int, err error) {
	if err := os.Rename(d.path, d.file); err != nil {
		d.discard()
		return 0, fmt.Errorf("cannot save the configuration: %w", err)
	}
	done, err := engine.Reload(ctx, api.ReloadRequest{Config: d.file})
	if err != nil {
		return 0, err
	}
	for _, c := range done.Changes {
		if c.Error != "" {
			return 0, fmt.Errorf("%s: %s", c.Service, c.Error)
		}
	}
	return len(done.Changes), nil
}
