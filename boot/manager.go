package boot

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// Manager speaks to `systemd --user` through systemctl(1), found in PATH.
type Manager struct{ path string }

// ErrNoManager is wrapped by the error of Open where no systemd runs for this
// user.
var ErrNoManager = errors.New("no systemd runs for this user")

// Open finds the user's systemd. The error says why there is none.
func Open(ctx context.Context) (*Manager, error) {
	path, err := exec.LookPath("systemctl")
	if err != nil {
		return nil, explain.Errorf("no-user-systemd", "%w: there is no systemctl in PATH", ErrNoManager)
	}
	m := &Manager{path}
	if _, err := m.run(ctx, "show-environment"); err != nil {
		return nil, explain.Errorf("no-user-systemd", "%w: %w", ErrNoManager, err)
	}
	return m, nil
}

// subgroupSince is the version that brought DelegateSubgroup=.
const subgroupSince = 254

// Subgroup tells whether this systemd knows DelegateSubgroup=.
func (m *Manager) Subgroup(ctx context.Context) bool {
	out, err := m.run(ctx, "--version")
	if err != nil {
		return false
	}
	found := versionText().FindStringSubmatch(out)
	if found == nil {
		return false
	}
	version, err := strconv.Atoi(found[1])
	return err == nil && version >= subgroupSince
}

var versionText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^systemd (\d{1,6})\b`) })

// fragment is the path of the file from which systemd has a unit; empty when
// it knows none of this name.
func (m *Manager) fragment(ctx context.Context, unit string) (string, error) {
	out, err := m.run(ctx, "show", "--property=FragmentPath", "--value", unit)
	return strings.TrimSpace(out), err
}

// Active tells whether a unit runs.
func (m *Manager) Active(ctx context.Context, unit string) (bool, error) {
	out, err := m.run(ctx, "show", "--property=ActiveState", "--value", unit)
	state := strings.TrimSpace(out)
	return state == "active" || state == "activating" || state == "reloading", err
}

// answerTimeout bounds what systemctl takes to answer; startTimeout what it
// takes until the supervisor runs, or all services have stopped.
const (
	answerTimeout = 30 * time.Second
	startTimeout  = 6 * time.Minute
)

func (m *Manager) run(ctx context.Context, args ...string) (string, error) {
	patience := answerTimeout
	switch args[0] {
	case "start", "stop", "disable":
		patience = startTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args = append([]string{"--user"}, args...)
	var said, complained strings.Builder
	cmd := exec.CommandContext(ctx, m.path, args...)
	cmd.Stdout, cmd.Stderr = &said, &complained
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(complained.String())
		if text == "" {
			text = err.Error()
		}
		return "", fmt.Errorf("systemctl %s: %s", strings.Join(args, " "), text)
	}
	return said.String(), nil
}
