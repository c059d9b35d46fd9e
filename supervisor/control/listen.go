package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrInUse means that a supervisor already answers on the socket.
var ErrInUse = errors.New("another supervisor answers there")

// Listen makes the control socket at path, mode 0600, in a folder that only this user
// can enter. It makes that folder, or checks an existing one. It replaces a socket
// without a listener; anything else at path is an error. Connections of other users
// are closed before they are read.
func Listen(path string) (net.Listener, error) {
	ln, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("cannot make the control socket %s: %w", path, err)
	}
	return ln, nil
}

func listen(path string) (net.Listener, error) {
	if err := privateFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = ln.Close()
		return nil, err
	}
	return &sameUser{UnixListener: ln, peer: peerUID, uid: os.Geteuid()}, nil
}

func privateFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("expected a folder at %s, found %s", dir, info.Mode())
	}
	return private(dir, info)
}

func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("expected a socket there, or nothing, found %s; move it away", info.Mode())
	}
	conn, err := net.DialTimeout("unix", path, 2*time.Second)
	if err == nil {
		_ = conn.Close()
		return ErrInUse
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err // it may have a listener that is too busy to accept
	}
	return os.Remove(path)
}

// sameUser accepts connections of one user.
type sameUser struct {
	*net.UnixListener
	peer func(*net.UnixConn) (int, error)
	uid  int
}

func (l *sameUser) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if uid, err := l.peer(conn); err == nil && uid == l.uid {
			return conn, nil
		}
		_ = conn.Close()
	}
}
