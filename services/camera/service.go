// Package camera serves a camera over HTTP: the newest picture as a JPEG file,
// a live stream in any browser, and a page that shows it.
//
// The camera is opened when somebody looks and released when the last has
// gone. Each picture is compressed once, for all; whoever is slow skips
// pictures and delays nobody.
package camera

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/server"
)

// Service is the camera service. Its fields are set before Serve, by Flags or
// by hand, and not changed afterwards. The zero value serves the first camera
// that works on a free port of 127.0.0.1, and releases it at once after use.
type Service struct {
	// Source is "auto" (the first camera that works, else the pattern), a
	// device such as "/dev/video0", "pattern", or "file:PATH". Default auto.
	Source string
	// Width and Height ask for a size in pixels; the camera comes as near as
	// it can. 0 is the source's choice.
	Width, Height int
	// FPS asks for frames per second; 0 is the source's choice.
	FPS int
	// Quality is the JPEG quality, 1 to 100, where the camera does not
	// compress itself. Default 80.
	Quality int
	// Linger is how long the camera is kept after the last client has gone.
	Linger time.Duration
	// AlwaysOn keeps the camera open from the start.
	AlwaysOn bool
	// Config is the server's part.
	Config server.Config
}

const (
	defaultQuality = 80
	defaultLinger  = 5 * time.Second
)

// Flags defines the service's flags in fs.
func (s *Service) Flags(fs *flag.FlagSet) {
	fs.StringVar(&s.Source, "source", "auto", "where pictures come from: the `source` is auto (the first camera that works, else the pattern), a device such as /dev/video0, pattern, or file:PATH (a .jpg or .mjpeg, in a loop)")
	fs.IntVar(&s.Width, "width", 0, "`pixels` to ask the camera for; 0 is its choice")
	fs.IntVar(&s.Height, "height", 0, "`pixels` to ask the camera for; 0 is its choice")
	fs.IntVar(&s.FPS, "fps", 0, "`frames` per second; 0 is the source's choice, and a camera is asked for 30")
	fs.IntVar(&s.Quality, "quality", defaultQuality, "quality of the JPEG pictures, `1-100`, where the camera does not compress itself")
	fs.DurationVar(&s.Linger, "linger", defaultLinger, "`time` that the camera is kept after the last client has gone")
	fs.BoolVar(&s.AlwaysOn, "always-on", false, "keep the camera open while nobody looks")
	s.Config.Flags(fs)
}

// check refuses what cannot be meant, and says what was expected.
func (s *Service) check() error {
	switch {
	case s.Width < 0 || s.Width > 16384:
		return fmt.Errorf("width: expected 0 to 16384 pixels, got %d", s.Width)
	case s.Height < 0 || s.Height > 16384:
		return fmt.Errorf("height: expected 0 to 16384 pixels, got %d", s.Height)
	case s.FPS < 0 || s.FPS > 1000:
		return fmt.Errorf("fps: expected 0 to 1000, got %d", s.FPS)
	case s.Quality < 1 || s.Quality > 100:
		return fmt.Errorf("quality: expected 1 to 100, got %d", s.Quality)
	case s.Linger < 0:
		return fmt.Errorf("linger: expected a duration such as 5s, got %v", s.Linger)
	}
	return nil
}

// Serve serves until ctx ends; then the camera is released, and it returns nil.
func (s *Service) Serve(ctx context.Context) error {
	if s.Quality == 0 {
		s.Quality = defaultQuality
	}
	if s.Source == "" {
		s.Source = "auto"
	}
	if s.Config.Name == "" {
		s.Config.Name = "camera"
	}
	if err := s.check(); err != nil {
		return fmt.Errorf("camera: %w", err)
	}
	want := settings{width: s.Width, height: s.Height, fps: s.FPS, quality: s.Quality}
	open, err := newOpener(s.Source, want)
	if err != nil {
		return fmt.Errorf("camera: source: %w", err)
	}

	srv := server.New(s.Config)
	h := newHub(s.Source, open, want, s.Linger, s.AlwaysOn, srv.Log(), srv.Status)
	if err := register(srv.Registry(), h); err != nil {
		return fmt.Errorf("camera: %w", err)
	}
	routes(srv, h)
	srv.Status("idle")

	// The camera outlives the server's drain, so that requests in progress
	// get their picture.
	hubCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { h.run(hubCtx) })
	err = srv.Serve(ctx)
	stop()
	running.Wait()
	return err
}
