// Package camera serves a camera over HTTP: the newest frame as a JPEG file, a
// live stream for browsers, and a page that shows it.
//
// The camera is open only while there are clients. Each frame is encoded once
// for all of them. A slow client skips frames and does not delay the others.
package camera

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// Service is the camera service. Its fields are set before Serve, by Flags or
// by hand, and not changed afterwards. The zero value serves the first camera
// that works on a free port of 127.0.0.1, and releases it at once after use.
type Service struct {
	// Source is a value of --source, such as "/dev/video0"; see sourceTypes. The
	// default is "auto": the first camera that works, else the pattern.
	Source string
	// Width and Height are the wanted size in pixels. The camera's nearest size is
	// used. 0 is the source's choice.
	Width, Height int
	// Format is the wanted pixel format, by V4L2's name: MJPG, YUYV, … Empty takes
	// the best.
	Format string
	// FPS is the wanted number of frames per second; 0 is the source's choice.
	FPS int
	// Quality is the JPEG quality, 1 to 100, for cameras that do not encode JPEG
	// themselves. Default 80.
	Quality int
	// Rotate turns frames clockwise by 0, 90, 180 or 270 degrees. FlipH and FlipV
	// mirror them afterwards.
	Rotate       int
	FlipH, FlipV bool
	// WarmUp is the number of frames to skip after the camera was opened: they are
	// dark until it has measured the light.
	WarmUp int
	// Linger is how long the camera stays open after the last client left.
	Linger time.Duration
	// AlwaysOn keeps the camera open from the start.
	AlwaysOn bool
	// Timelapse is a folder that gets a frame every TimelapseEvery (at least
	// 100 ms). Beyond TimelapseLimit bytes the oldest frames are removed; 0 is no
	// limit. An empty Timelapse disables it.
	Timelapse      string
	TimelapseEvery time.Duration
	TimelapseLimit int64
	// Config configures the server.
	Config server.Config
}

const (
	defaultQuality = 80
	defaultLinger  = 5 * time.Second
	defaultEvery   = 10 * time.Second
	defaultLimit   = 1 << 30
	shortestEvery  = 100 * time.Millisecond
)

// Flags defines the service's flags in fs.
func (s *Service) Flags(fs *flag.FlagSet) {
	fs.StringVar(&s.Source, "source", "auto", sourceHelp())
	for _, t := range sourceTypes() {
		if t.flags != nil {
			t.flags(fs, s)
		}
	}
	fs.IntVar(&s.Width, "width", 0, "`pixels` to ask the camera for; 0 is its choice")
	fs.IntVar(&s.Height, "height", 0, "`pixels` to ask the camera for; 0 is its choice")
	fs.IntVar(&s.FPS, "fps", 0, "`frames` per second; 0 is the source's choice, and a camera is asked for 30")
	fs.IntVar(&s.Quality, "quality", defaultQuality,
		"quality of the JPEG pictures, `1-100`, where the camera does not compress itself")
	fs.IntVar(&s.Rotate, "rotate", 0, "turn the picture clockwise by 0, 90, 180 or 270 `degrees`")
	fs.BoolVar(&s.FlipH, "flip-h", false, "mirror the picture, left to right")
	fs.BoolVar(&s.FlipV, "flip-v", false, "mirror the picture, upside down")
	fs.DurationVar(&s.Linger, "linger", defaultLinger, "`time` that the camera is kept after the last client has gone")
	fs.BoolVar(&s.AlwaysOn, "always-on", false, "keep the camera open while nobody looks")
	fs.StringVar(&s.Timelapse, "timelapse", "", "`folder` that gets a picture now and then")
	fs.DurationVar(&s.TimelapseEvery, "timelapse-every", defaultEvery, "`time` from one of those pictures to the next")
	fs.Int64Var(&s.TimelapseLimit, "timelapse-limit", defaultLimit,
		"`bytes` that those pictures may take together, before the oldest are removed; 0 is no limit")
	s.Config.Flags(fs)
}

// check validates the fields.
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
	case s.Rotate != 0 && s.Rotate != 90 && s.Rotate != 180 && s.Rotate != 270:
		return fmt.Errorf("rotate: expected 0, 90, 180 or 270 degrees, got %d", s.Rotate)
	case s.Timelapse != "" && s.TimelapseEvery < shortestEvery:
		return fmt.Errorf("timelapse-every: expected %v or more, got %v", shortestEvery, s.TimelapseEvery)
	case s.TimelapseLimit < 0:
		return fmt.Errorf("timelapse-limit: expected 0 or more bytes, got %d", s.TimelapseLimit)
	case s.Linger < 0:
		return fmt.Errorf("linger: expected a duration such as 5s, got %v", s.Linger)
	}
	for _, t := range sourceTypes() {
		if t.check == nil {
			continue
		}
		if err := t.check(s); err != nil {
			return err
		}
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

	// The camera stays open while the server drains, so that requests in progress
	// get their frame.
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
