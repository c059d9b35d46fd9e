package server

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/portholder"
)

// PortInUseError says that the port is taken, and by whom if that is known.
type PortInUseError struct {
	Addr   string // host:port
	Holder portholder.Holder
	Known  bool // whether Holder says something
	Err    error
}

// Error names the holder and what to do.
func (e *PortInUseError) Error() string {
	by := "another program"
	if e.Known {
		by = fmt.Sprintf("%s (pid %d)", e.Holder.Name, e.Holder.PID)
	}
	return fmt.Sprintf("cannot listen on %s: the port is in use by %s; stop it or choose another --port", e.Addr, by)
}

// Unwrap gives the system's error.
func (e *PortInUseError) Unwrap() error { return e.Err }

// listen takes the listeners passed by the environment, or binds its own. The
// variables are removed, so that no child takes the listeners for its own.
func listen(cfg *Config) ([]net.Listener, error) {
	inherited, err := activation.Listeners()
	if err != nil {
		return nil, fmt.Errorf("cannot take the inherited listener: %w", err)
	}
	var listeners []net.Listener
	for _, ln := range inherited {
		if ln != nil { // a descriptor of another kind leaves a gap
			listeners = append(listeners, ln)
		}
	}
	if len(listeners) > 0 {
		return listeners, nil
	}
	addr := net.JoinHostPort(cfg.Bind, strconv.Itoa(cfg.Port))
	if at := os.Getenv(contract.Listen); at != "" {
		if _, _, err := net.SplitHostPort(at); err != nil {
			return nil, fmt.Errorf("%s: expected host:port, got %q", contract.Listen, at)
		}
		addr = at
	}
	ln, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		holder, known := portholder.Find("tcp", addr)
		return nil, &PortInUseError{Addr: addr, Holder: holder, Known: known, Err: err}
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err // the rest repeats what the error below says better
	}
	if errors.Is(err, syscall.EACCES) {
		return nil, explain.Errorf("low-port",
			"cannot listen on %s: %w; ports below 1024 are reserved, choose another --port", addr, err)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return []net.Listener{ln}, nil
}
