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
	"github.com/ammarctl/ammarctl/supervisor/process"
)

const (
	// upgradeTimeout is how long a new binary may take to report its version.
	upgradeTimeout = 10 * time.Second
	// lastAnswer is how long the answer to the request may take on its way.
	lastAnswer = 50 * time.Millisecond
)

// tryBinary checks that the binary of an upgrade runs here and has the version
// that it should have.
func tryBinary(ctx context.Context, table *process.Table, req api.UpgradeRequest) error {
	if !filepath.IsAbs(req.Path) {
		return &api.Error{Code: api.CodeBadRequest,
			Message: fmt.Sprintf("cannot upgrade to %q: expected an absolute path", req.Path)}
	}
	bounded, cancel := context.WithTimeout(ctx, upgradeTimeout)
	defer cancel()
	out, err := table.Output(exec.CommandContext(bounded, req.Path, "version", "--json"))
	var reported struct{ Version string }
	if err == nil {
		err = json.Unmarshal(out, &reported)
	}
	if err == nil && reported.Version != req.Version {
		err = fmt.Errorf("expected version %s, it says %q", req.Version, reported.Version)
	}
	if err != nil {
		return api.Explained(api.CodeFailed, "upgrade-failed", "cannot upgrade: %s does not work here: %w", req.Path, err)
	}
	return nil
}
