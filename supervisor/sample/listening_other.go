//go:build !linux

package sample

import (
	"net/netip"

	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// Listening fails: only Linux tells.
func Listening(pid int) ([]netip.AddrPort, error) { return nil, sockdiag.ErrUnsupported }
