// Package files shares a folder over HTTP, read-only: listings for people,
// ranges and conditional requests (RFC 9110) for programs. Everything is
// reached through one os.Root, so nothing outside of the folder ever is.
package files

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/ammarctl/ammarctl/server"
)

// Service is the files service.
type Service struct {
	Root   string // the folder; default: the current one
	Config server.Config
}

// Flags defines --root and the flags that every service has.
func (s *Service) Flags(fs *flag.FlagSet) {
	if s.Root == "" {
		s.Root = "."
	}
	fs.StringVar(&s.Root, "root", s.Root, "the `folder` to share, read-only; hidden files stay hidden")
	s.Config.Flags(fs)
}

// Serve shares the folder until ctx ends.
func (s *Service) Serve(ctx context.Context) error {
	return s.ServeWith(ctx, func(int) error { return nil })
}

// ServeWith is Serve, with a call of listening once the port is known.
func (s *Service) ServeWith(ctx context.Context, listening func(port int) error) error {
	root, err := openRoot(s.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	srv := server.New(s.Config)
	srv.Handle("/", newHandler(root, srv.Cache()))
	srv.Health("root", func(context.Context) error {
		_, err := root.Stat(".")
		return err
	})
	srv.Status("sharing " + root.Name())
	addr, err := srv.Listen()
	if err != nil {
		return err
	}
	if tcp, ok := addr.(*net.TCPAddr); ok {
		if err := listening(tcp.Port); err != nil {
			return err
		}
	}
	return srv.Serve(ctx)
}

// openRoot opens the folder; ~ at the beginning is the user's home.
func openRoot(path string) (*os.Root, error) {
	given := path
	if path == "~" || strings.HasPrefix(path, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("cannot share %s: %w", given, err)
		}
		path = filepath.Join(home, path[1:])
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cannot share %s: %w", given, err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("cannot share %s: no such folder; make it, or name another with --root", path)
	case err != nil:
		return nil, fmt.Errorf("cannot share %s: %w", path, err)
	case !info.IsDir():
		return nil, fmt.Errorf("cannot share %s: it is a file; share the folder it is in", path)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("cannot share %s: %w", path, err)
	}
	return root, nil
}
