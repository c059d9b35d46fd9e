package camera

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/ammarctl/ammarctl/services/camera/jpeg"
)

// source is an open camera, or a substitute for one. One goroutine calls its
// methods.
type source interface {
	// describe describes the frames. The result does not change while the source
	// is open.
	describe() description

	// grab waits for the next frame, keeps it as the current one, and returns
	// when it was captured. number is the sequence number of the frame; a source
	// that draws its frames shows it.
	grab(ctx context.Context, number uint64) (captured time.Time, err error)

	// frame returns the current frame as a JPEG file, in pieces. They are valid
	// until the next call of grab, frame or close. It is called at most once per
	// grab, and only if there are viewers.
	frame() (pieces [][]byte, err error)

	close() error
}

// opener opens a source. It is called when the first viewer comes, and each
// second while it fails.
type opener func(ctx context.Context) (source, error)

// description describes an open source.
type description struct {
	Device string  // "/dev/video0", "pattern", "file:clip.mjpeg"
	Card   string  // the camera's name for people; may be empty
	Format string  // delivered by the source: "MJPEG", "YUYV", …
	Width  int     // pixels, as the driver chose
	Height int     // pixels
	FPS    float64 // nominal frames per second; 0: unknown
	// Quality is the quality of JPEG files that are encoded here, 1-100; 0 if the
	// source encodes them itself.
	Quality int
	Note    string // why this source was chosen; may be empty
	// Warms is true if the first frames are dark, because a camera measures the
	// light first.
	Warms bool
}

func (d description) String() string {
	return fmt.Sprintf("%s %dx%d %s", d.Device, d.Width, d.Height, d.Format)
}

// settings are the user's wishes. A source fulfils them as well as it can.
type settings struct {
	width, height int // 0: the source's choice
	fps           int // 0: the source's choice
	quality       int // JPEG, 1-100, for frames that are encoded here
	turn          jpeg.Turn
	format        string // V4L2's name; empty: the best
	warmUp        int    // frames to skip after a camera was opened
}

// unplugged is the error of a camera at this path that was removed.
type unplugged string

func (u unplugged) Error() string { return "the camera " + string(u) + " was unplugged" }

// Is makes it an os.ErrNotExist.
func (u unplugged) Is(target error) bool { return target == os.ErrNotExist }

// losses are frames that a source had to drop.
type losses struct {
	damaged   uint64 // the driver reported incomplete data
	overtaken uint64 // there was a newer frame already
}

func (l losses) since(before losses) losses {
	return losses{damaged: l.damaged - before.damaged, overtaken: l.overtaken - before.overtaken}
}
