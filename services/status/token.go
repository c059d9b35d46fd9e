package status

import (
	"path/filepath"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// tokenPath returns the file of a status service's token: next to the
// supervisor's socket, in a folder that only its user can enter.
func tokenPath(socket, service string) string {
	return filepath.Join(filepath.Dir(socket), filepath.Base(service)+contract.TokenSuffix)
}
