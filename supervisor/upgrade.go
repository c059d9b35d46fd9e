//go:build unix

package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

const (
	// upgradeTimeout is how long a new binary may take to say its version.
	upgradeTimeout = 10 * time.Second
	// lastAnswer is how long the answer to the request may take on its way.
	lastAnswer = 50 * time.Millisecond
)

// Upgrade makes way for a supervisor of another binary: it is as if this one
// were killed, and so the services notice nothing. When the new one does not
// get to work, the keeper starts the old binary again.
func (s *Supervisor) Upgrade(ctx context.Context, req api.UpgradeRequest) error {
	if s.opts.Yield == nil {
		return api.Explained(api.CodeConflict, "no-keeper", "cannot upgrade in place: "+
			"this supervisor has no keeper that would start the new one; ammarctl down, then ammarctl up -d")
	}
	if !filepath.IsAbs(req.Path) {
		return &api.Error{Code: api.CodeBadRequest, Message: fmt.Sprintf("cannot upgrade to %q: expected an absolute path", req.Path)}
	}
	bounded, cancel := context.WithTimeout(ctx, upgradeTimeout)
	defer cancel()
	out, err := s.table.Output(exec.CommandContext(bounded, req.Path, "version", "--json"))
	var said struct{ Version string }
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err == nil && said.Version != req.Version {
		err = fmt.Errorf("expected version %s, it says %q", req.Version, said.Version)
	}
	if err != nil {
		return api.Explained(api.CodeFailed, "upgrade-failed", "cannot upgrade: %s does not work here: %w", req.Path, err)
	}
	s.save()
	if err := s.opts.Store.Executes(req.Path); err != nil {
		return &api.Error{Code: api.CodeFailed, Message: fmt.Sprintf("cannot upgrade: %v", err)}
	}
	s.opts.Log.Info("Making way for another version", "version", req.Version, "path", req.Path)
	time.AfterFunc(lastAnswer, s.opts.Yield)
	return nil
}
