// Package control serves an instance's control API: HTTP on a unix socket that
// only its user can speak to. It takes snapshots of the engine and never makes
// it wait for a client.
package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/logs"
)

// Engine is what the API shows and moves. All methods are safe for concurrent
// use. An error that is an *api.Error is answered with its code; any other is
// answered as api.CodeFailed.
type Engine interface {
	Info() api.Info
	// Services lists the services in the order of the configuration, shares
	// last. The caller may keep the slice.
	Services() []api.Service
	// Subscribe returns a channel that gets a value after each change, without
	// blocking the sender. While a value waits, further changes add none. cancel ends
	// the subscription.
	Subscribe() (changed <-chan struct{}, cancel func())

	// Start, Stop and Restart return when the service is settled: ready,
	// stopped, or the error says why not.
	Start(ctx context.Context, name string) error
	Stop(ctx context.Context, name string) error
	Restart(ctx context.Context, name string) error
	// Share starts a files service; it returns when that is ready.
	Share(ctx context.Context, req api.ShareRequest) (api.Service, error)
	// Run starts a program; it returns when that is ready.
	Run(ctx context.Context, req api.RunRequest) (api.Service, error)
	// Remove ends a share.
	Remove(ctx context.Context, name string) error

	// Reload applies the configuration as it is now, or says what it changes.
	Reload(ctx context.Context, req api.ReloadRequest) (api.Reload, error)

	// ReloadProgram runs the reload command of a service.
	ReloadProgram(ctx context.Context, name string) error
	// Scale changes the number of a service's replicas.
	Scale(ctx context.Context, name string, req api.ScaleRequest) (api.Reload, error)

	// Upgrade makes way for a supervisor of another binary. It returns before
	// that is there.
	Upgrade(ctx context.Context, req api.UpgradeRequest) error

	Log(name string) (*logs.Log, error)
	// History is what was measured of a service: of the span that is named, or
	// of all where that is empty.
	History(name, span string) ([]api.Span, error)
	// Settings is the configuration of a service as it is in force, without
	// what may be secret.
	Settings(name string) ([]api.Setting, error)
	// Signal sends a signal to a service.
	Signal(ctx context.Context, name string, req api.SignalRequest) error
	// Down begins to stop the instance and returns at once. With force it kills
	// every process, also when the instance is on its way down.
	Down(force bool)
}

// Server answers on the control socket.
type Server struct {
	engine Engine
	ops    sync.WaitGroup  // operations, which outlive their client
	ctx    context.Context // theirs and the streams'; ends with Serve

	stall time.Duration // a watcher that reads nothing for this long is dropped
	slow  time.Duration // the same for a follower of a log
}

// New makes a server of e.
func New(e Engine) *Server {
	return &Server{engine: e, ctx: context.Background(), stall: 10 * time.Second, slow: 10 * time.Minute}
}

// Serve answers on ln, which it closes, until ctx ends. It returns when every
// operation that a client began has returned, and then nil.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.ctx = ctx
	hs := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		grace, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if hs.Shutdown(grace) != nil { // the client of an answer does not read it
			_ = hs.Close()
		}
	})
	err := hs.Serve(ln)
	cancel()
	if !stop() {
		<-closed
	}
	s.ops.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
