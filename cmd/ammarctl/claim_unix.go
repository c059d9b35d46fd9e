//go:build unix

package main

import (
	"context"
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

// lateness is how long a supervisor may take from its lock to its first answer.
const lateness = 2 * time.Second

// lock makes this process the instance's supervisor. One that a keeper has
// started waits for another that came in between, and which may find that the
// keeper has the control socket: nobody else would look after the services.
func (a *app) lock(ctx context.Context, dirs instance.Dirs) (*instance.Lock, error) {
	lock, err := dirs.Lock()
	var held *instance.HeldError
	for began := time.Now(); errors.As(err, &held) && a.kept(dirs) && time.Since(began) < lateness && ctx.Err() == nil; {
		time.Sleep(10 * time.Millisecond)
		lock, err = dirs.Lock()
	}
	return lock, err
}

// controlSocket is the one that was kept, or a new one, which is kept then. The
// one before may still be closing its socket; if it is a keeper who has that,
// its own supervisor waits longer for the lock than this one for the socket.
func controlSocket(dirs instance.Dirs, store *keeper.Store, in *supervisor.Inheritance, log *slog.Logger) (net.Listener, error) {
	const name = "control"
	if file := in.Take(name); file != nil {
		ln, err := control.Inherit(file, dirs.Socket())
		if err == nil {
			return ln, nil
		}
		log.Warn("Making a new control socket", "reason", err)
	}
	ln, err := control.Listen(dirs.Socket())
	for began := time.Now(); errors.Is(err, control.ErrInUse) && time.Since(began) < lateness/2; {
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
