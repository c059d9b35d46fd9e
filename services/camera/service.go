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
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// Service is the camera service. Its fields are set before Serve, by Flags or
// by hand, and not changed afterwards. The zero value serves the first camera
// that works on a free port of 127.0.0.1, and releases it at once after use.
type Service struct {
	// Source is "auto" (the first camera that works, else the pattern), a
	// device such as "/dev/video0", "pattern", "file:PATH", or the URL of
	// another server's MJPEG stream. Default auto.
	Source string
	// Width and Height ask for a size in pixels; the camera comes as near as
	// it can. 0 is the source's choice.
	Width, Height int
	// Format asks a camera for one pixel format, by V4L2's name: MJPG, YUYV, …
	// Empty takes the best.
	Format string
	// FPS asks for frames per second; 0 is the source's choice.
	FPS int
	// Quality is the JPEG quality, 1 to 100, where the camera does not
	// compress itself. Default 80.
	Quality int
	// Rotate turns the picture clockwise by 0, 90, 180 or 270 degrees; FlipH
	// and FlipV then mirror it.
	Rotate       int
	FlipH, FlipV bool
	// WarmUp is how many pictures are left out after the camera was opened:
	// until it has measured the light, they are dark.
	WarmUp int
	// Linger is how long the camera is kept after the last client has gone.
	Linger time.Duration
	// AlwaysOn keeps the camera open from the start.
	AlwaysOn bool
	// Timelapse is a folder that gets a picture every TimelapseEvery, at least
	// 100 ms; its oldest pictures are removed beyond TimelapseLimit bytes (0
	// is no limit). Empty means none.
	Timelapse      string
	TimelapseEvery time.Duration
	TimelapseLimit int64
	// Config is the server's part.
	Config server.Config
}

const (
	defaultQuality = 80
	defaultLinger  = 5 * time.Second
	defaultWarmUp  = 2
	defaultEvery   = 10 * time.Second
	defaultLimit   = 1 << 30
	shortestEvery  = 100 * time.Millisecond
	longestWarmUp  = 300
)

// Flags defines the service's flags in fs.
func (s *Service) Flags(fs *flag.FlagSet) {
	fs.StringVar(&s.Source, "source", "auto", "where pictures come from: the `source` is auto (the first camera that works, else the pattern), a device such as /dev/video0, pattern, file:PATH (a .jpg or .mjpeg, in a loop), or http://HOST/STREAM (another server's MJPEG)")
	fs.IntVar(&s.Width, "width", 0, "`pixels` to ask the camera for; 0 is its choice")
	fs.IntVar(&s.Height, "height", 0, "`pixels` to ask the camera for; 0 is its choice")
	fs.StringVar(&s.Format, "format", "", "pixel `format` to ask the camera for, MJPG or YUYV for example; by itself the best that it has")
	fs.IntVar(&s.FPS, "fps", 0, "`frames` per second; 0 is the source's choice, and a camera is asked for 30")
	fs.IntVar(&s.Quality, "quality", defaultQuality, "quality of the JPEG pictures, `1-100`, where the camera does not compress itself")
	fs.IntVar(&s.Rotate, "rotate", 0, "turn the picture clockwise by 0, 90, 180 or 270 `degrees`")
	fs.BoolVar(&s.FlipH, "flip-h", false, "mirror the picture, left to right")
	fs.BoolVar(&s.FlipV, "flip-v", false, "mirror the picture, upside down")
	fs.IntVar(&s.WarmUp, "warm-up", defaultWarmUp, "`pictures` to leave out after the camera was opened, which are often dark")
	fs.DurationVar(&s.Linger, "linger", defaultLinger, "`time` that the camera is kept after the last client has gone")
	fs.BoolVar(&s.AlwaysOn, "always-on", false, "keep the camera open while nobody looks")
	fs.StringVar(&s.Timelapse, "timelapse", "", "`folder` that gets a picture now and then")
	fs.DurationVar(&s.TimelapseEvery, "timelapse-every", defaultEvery, "`time` from one of those pictures to the next")
	fs.Int64Var(&s.TimelapseLimit, "timelapse-limit", defaultLimit, "`bytes` that those pictures may take together, before the oldest are removed; 0 is no limit")
	s.Config.Flags(fs)
}

// check refuses what cannot be meant, and says what was expected.
func (s *Service) check() error {
	switch {
	case s.Width < 0 || s.Width > 16384:
		return fmt.Errorf("width: expected 0 to 16384 pixels, got %d", s.Width)
	case s.Height < 0 || s.Height > 16384:
		return fmt.Errorf("height: expected 0 to 16384 pixels, got %d", s.Height)
	case s.Format != "" && !slices.Contains(formatNames(), s.Format):
		return fmt.Errorf("format: expected one of %s, got %q", strings.Join(formatNames(), ", "), cut(s.Format))
	case s.FPS < 0 || s.FPS > 1000:
		return fmt.Errorf("fps: expected 0 to 1000, got %d", s.FPS)
	case s.Quality < 1 || s.Quality > 100:
		return fmt.Errorf("quality: expected 1 to 100, got %d", s.Quality)
	case s.Rotate != 0 && s.Rotate != 90 && s.Rotate != 180 && s.Rotate != 270:
		return fmt.Errorf("rotate: expected 0, 90, 180 or 270 degrees, got %d", s.Rotate)
	case s.WarmUp < 0 || s.WarmUp > longestWarmUp:
		return fmt.Errorf("warm-up: expected 0 to %d pictures, got %d", longestWarmUp, s.WarmUp)
	case s.Timelapse != "" && s.TimelapseEvery < shortestEvery:
		return fmt.Errorf("timelapse-every: expected %v or more, got %v", shortestEvery, s.TimelapseEvery)
	case s.TimelapseLimit < 0:
		return fmt.Errorf("timelapse-limit: expected 0 or more bytes, got %d", s.TimelapseLimit)
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
	if s.TimelapseEvery == 0 {
		s.TimelapseEvery = defaultEvery
	}
	if err := s.check(); err != nil {
		return fmt.Errorf("camera: %w", err)
	}
	want := settings{width: s.Width, height: s.Height, fps: s.FPS, quality: s.Quality, format: s.Format, warmUp: s.WarmUp,
		turn: jpeg.Turn{Rotate: s.Rotate, FlipH: s.FlipH, FlipV: s.FlipV}}
	open, err := newOpener(s.Source, want)
	if err != nil {
		return fmt.Errorf("camera: source: %w", err)
	}

	srv := server.New(s.Config)
	h := newHub(shownSource(s.Source), open, want, s.Linger, s.AlwaysOn, srv.Log(), srv.Status)
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
	if s.Timelapse != "" {
		t := &timelapse{hub: h, dir: s.Timelapse, every: s.TimelapseEvery, limit: s.TimelapseLimit, log: srv.Log()}
		running.Go(func() { t.run(hubCtx) })
	}
	err = srv.Serve(ctx)
	stop()
	running.Wait()
	return err
}
