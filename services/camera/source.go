package camera

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// source is an open camera, or what stands in for one. Its methods are called
// by one goroutine.
type source interface {
	// describe says what is captured. It does not change while the source is open.
	describe() description

	// grab waits for the next picture, keeps it as the current one and
	// returns when it was captured. number is the one that the picture will
	// be known by; a source that draws its pictures shows it.
	grab(ctx context.Context, number uint64) (captured time.Time, err error)

	// picture returns the current picture as a JPEG file, in pieces that are
	// valid until the next call of grab, picture or close. It is called at most
	// once for each grab, and not at all while nobody looks.
	picture() (pieces [][]byte, err error)

	close() error
}

// opener opens a source. It is called anew each time somebody looks, and each
// second while it fails.
type opener func(ctx context.Context) (source, error)

// description is what an open source says about itself.
type description struct {
	Device string  // "/dev/video0", "pattern", "file:clip.mjpeg"
	Card   string  // the camera's name for a person; may be empty
	Format string  // what the source delivers: "MJPEG", "YUYV", …
	Width  int     // pixels, as the driver chose
	Height int     // pixels
	FPS    float64 // what the source promises; 0 unknown
	// Quality is that of the JPEG files that are made here, 1-100; 0 where the
	// source compresses by itself.
	Quality int
	Note    string // why this source and not another; may be empty
}

func (d description) String() string {
	return fmt.Sprintf("%s %dx%d %s", d.Device, d.Width, d.Height, d.Format)
}

// settings is what the person asked of a source; a source comes as near as it can.
type settings struct {
	width, height int // 0: the source's choice
	fps           int // 0: the source's choice
	quality       int // JPEG, 1-100, where the source does not compress itself
	turn          jpeg.Turn
	format        string // V4L2's name; empty is the best
	warmUp        int    // pictures left out after a camera was opened
}

// newOpener understands the value of --source.
func newOpener(spec string, want settings) (opener, error) {
	switch {
	case spec == "" || spec == "auto":
		return (&autoSource{want: want, devices: newDevices()}).open, nil
	case spec == "pattern":
		return func(context.Context) (source, error) { return openPattern(want, ""), nil }, nil
	case strings.HasPrefix(spec, "file:"):
		path := strings.TrimPrefix(spec, "file:")
		if path == "" {
			return nil, fmt.Errorf("expected a path after file:, such as file:clip.mjpeg")
		}
		return func(context.Context) (source, error) {
			src, err := openFile(path, want)
			if err != nil {
				return nil, err
			}
			return newTurned(src, want), nil
		}, nil
	case strings.HasPrefix(spec, "http://"), strings.HasPrefix(spec, "https://"):
		u, err := parseRelay(spec)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (source, error) {
			src, err := openRelay(ctx, u)
			if err != nil {
				return nil, err
			}
			return newTurned(src, want), nil
		}, nil
	case strings.HasPrefix(spec, "/"):
		devices := newDevices()
		return func(ctx context.Context) (source, error) { return devices.open(ctx, spec, want) }, nil
	}
	return nil, fmt.Errorf("expected auto, a device such as /dev/video0, pattern, file:PATH, or http://HOST/STREAM; got %q", spec)
}

// unplugged is the error of a camera at this path that is no more.
type unplugged string

func (u unplugged) Error() string { return "the camera " + string(u) + " was unplugged" }

// Is makes it an os.ErrNotExist.
func (u unplugged) Is(target error) bool { return target == os.ErrNotExist }

// losses are pictures that a source had to leave out.
type losses struct {
	damaged   uint64 // the driver knows that the data is incomplete
	overtaken uint64 // a newer one was there already
}

func (l losses) since(before losses) losses {
	return losses{damaged: l.damaged - before.damaged, overtaken: l.overtaken - before.overtaken}
}
