//go:build unix

package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Inherit continues with a control socket that was kept, and owns it. An error means
// that it is not the one at path; the caller can make a new one then.
func Inherit(kept *descriptor.Descriptor, path string) (net.Listener, error) {
	file := kept.File(path)
	defer file.Close()
	ln, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("cannot use the control socket that was kept: %w", err)
	}
	unixListener, ok := ln.(*net.UnixListener)
	if ok && ln.Addr().String() == path {
		if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
			unixListener.SetUnlinkOnClose(true)
			return &sameUser{UnixListener: unixListener, peer: peerUID, uid: os.Geteuid()}, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("cannot use the control socket that was kept: expected the one at %s, got "+
		"one at %s", path, ln.Addr()), ln.Close())
}
