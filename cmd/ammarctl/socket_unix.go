//go:build unix

package main

import (
	"errors"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/ammarctl/ammarctl/supervisor"
	"github.com/ammarctl/ammarctl/supervisor/control"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/keeper"
)

// closing is how long a killed process may take to close the control socket.
const closing = time.Second

// controlSocket returns the socket that was kept. Without one it makes a new one and
// keeps that. A supervisor that was killed may still be closing its own.
func controlSocket(dirs instance.Dirs, store *keeper.Store, in *supervisor.Inheritance,
	log *slog.Logger) (net.Listener, error) {
	const name = "control"
	if file := in.Take(name); file != nil {
		ln, err := control.Inherit(file, dirs.Socket())
		if err == nil {
			return ln, nil
		}
		log.Warn("Making a new control socket", "reason", err)
	}
	ln, err := control.Listen(dirs.Socket())
	for began := time.Now(); errors.Is(err, control.ErrInUse) && time.Since(began) < closing; {
		time.Sleep(10 * time.Millisecond)
		ln, err = control.Listen(dirs.Socket())
	}
	if err != nil {
		return nil, err
	}
	file, err := descriptor.Of(ln.(syscall.Conn))
	if err == nil {
		err = store.Keep(name, file)
		file.Close()
	}
	if err != nil {
		log.Warn("Commands would be refused while the supervisor is started again", "error", err)
	}
	return ln, nil
}
