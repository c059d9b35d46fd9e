//go:build linux && cgo

package camera

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vladimirvivien/go4vl/v4l2"
	"golang.org/x/sys/unix"
)

// preferredFPS is asked for when the person asked for nothing.
const preferredFPS = 30

// identity tells one camera from another, whatever number it has today.
type identity struct{ driver, card, bus string }

// devices finds and opens the machine's cameras. It is used by one goroutine.
type devices struct {
	// known is who was found at a path before: a camera that is plugged in
	// again may get another number.
	known map[string]identity
}

func newDevices() *devices { return &devices{known: map[string]identity{}} }

// nodes returns the paths of all video devices, without opening any.
func (d *devices) nodes() []string {
	all, err := filepath.Glob("/dev/video*")
	if err != nil {
		panic(err) // the pattern is ours, and nothing else can be wrong
	}
	return all
}

// list returns the paths of the devices that deliver pictures, by number. A
// camera has more nodes than one; those for metadata are left out.
func (d *devices) list() ([]string, error) {
	all := d.nodes()
	number := func(path string) int {
		n, err := strconv.Atoi(strings.TrimPrefix(path, "/dev/video"))
		if err != nil {
			return 1 << 30
		}
		return n
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	return slices.DeleteFunc(all, func(path string) bool {
		n, _, err := openCapture(path)
		if err != nil {
			// What cannot be looked at may be a camera: opening it says why not.
			return errors.Is(err, errNotCamera)
		}
		_ = n.close()
		return false
	}), nil
}

var errNotCamera = errors.New("it delivers no pictures; a camera often has a second device, for metadata only")

// openCapture opens path and makes sure that it captures video.
func openCapture(path string) (*node, identity, error) {
	n, err := openNode(path)
	if err != nil {
		return nil, identity{}, err
	}
	about, err := enumerate(func() (v4l2.Capability, bool, error) {
		c, err := v4l2.GetCapability(uintptr(n.fd))
		return c, c.Driver != "" && c.Capabilities != 0, err
	})
	if err == nil && about.GetCapabilities()&v4l2.CapVideoCapture == 0 {
		err = errNotCamera
	}
	if err == nil && about.GetCapabilities()&v4l2.CapStreaming == 0 {
		err = errors.New("its driver cannot stream")
	}
	if err != nil {
		_ = n.close()
		return nil, identity{}, err
	}
	return n, identity{about.Driver, about.Card, about.BusInfo}, nil
}

// open opens the camera that is, or was, at path. Errors name the camera and
// who holds it.
func (d *devices) open(_ context.Context, path string, want settings) (source, error) {
	n, who, err := openCapture(path)
	if before, ok := d.known[path]; ok && (err != nil || who != before) {
		if moved, found := d.find(before, path); found {
			if err == nil {
				_ = n.close()
			}
			path = moved
			n, who, err = openCapture(path)
		}
	}
	if err != nil {
		return nil, refusal(path, err)
	}
	src, err := d.start(n, who, want)
	if err != nil {
		return nil, refusal(path, err)
	}
	d.known[path] = who
	return src, nil
}

// find looks for a camera at another path.
func (d *devices) find(who identity, except string) (string, bool) {
	paths, err := d.list()
	if err != nil {
		return "", false
	}
	for _, path := range paths {
		if path == except {
			continue
		}
		n, found, err := openCapture(path)
		if err != nil {
			continue
		}
		_ = n.close()
		if found == who {
			return path, true
		}
	}
	return "", false
}

// start negotiates and begins to stream. It takes over n.
func (d *devices) start(n *node, who identity, want settings) (source, error) {
	shape, err := negotiate(n, want)
	if err != nil {
		_ = n.close()
		return nil, err
	}
	// Asked for nothing, many drivers keep what the program before asked for.
	fps := want.fps
	if fps == 0 {
		fps = preferredFPS
	}
	about := description{Device: n.path, Card: who.card, Format: shape.format.String(),
		Width: shape.width, Height: shape.height, FPS: n.setRate(fps)}
	c, err := startCamera(n, about, shape, want)
	if err != nil {
		return nil, err
	}
	if shape.format.compressed() {
		return newTurned(c, want), nil
	}
	return c, nil
}

// negotiate sets the best format that both sides know, in the size nearest
// to what is wanted, and returns what the driver made of it.
func negotiate(n *node, want settings) (rawPicture, error) {
	offered, err := offeredFormats(n)
	if err != nil {
		return rawPicture{}, err
	}
	var names []string
	for _, f := range usableFormats() {
		if !slices.ContainsFunc(offered, func(o v4l2.FormatDescription) bool { return fourcc(o.PixelFormat) == f }) {
			continue
		}
		if want.format != "" && want.format != f.code() {
			continue
		}
		width, height := preferredSize(f, want)
		width, height = nearestSize(sizesOf(n, f), width, height)
		shape, err := n.setFormat(f, width, height)
		if err != nil {
			return rawPicture{}, err
		}
		if shape.format == f {
			return shape, nil
		}
	}
	for _, o := range offered[:min(len(offered), 8)] {
		names = append(names, fourcc(o.PixelFormat).code())
	}
	expected := formatNames()
	if want.format != "" {
		expected = []string{want.format}
	}
	return rawPicture{}, fmt.Errorf("it offers %s; expected %s", strings.Join(names, ", "), strings.Join(expected, " or "))
}

// sizesOf lists the sizes for a format; none where the driver does not say.
func sizesOf(n *node, f fourcc) []sizeRange {
	offers, err := enumerate(func() ([]v4l2.FrameSizeEnum, bool, error) {
		all, err := v4l2.GetFormatFrameSizes(uintptr(n.fd), uint32(f))
		lost := slices.ContainsFunc(all, func(s v4l2.FrameSizeEnum) bool { return s.Size.MaxWidth == 0 })
		return all, !lost, err
	})
	if err != nil {
		return nil
	}
	var sizes []sizeRange
	for _, o := range offers {
		sizes = append(sizes, sizeRange{
			int(o.Size.MinWidth), int(o.Size.MaxWidth), int(o.Size.StepWidth),
			int(o.Size.MinHeight), int(o.Size.MaxHeight), int(o.Size.StepHeight)})
	}
	return sizes
}

// refusal says why a camera does not open, and what can be done about it.
func refusal(path string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, unix.EBUSY):
		if hint = holder(path); hint == "" {
			hint = "another program uses it"
		}
	case errors.Is(err, os.ErrPermission):
		hint = "is this user in the group video?"
	case errors.Is(err, os.ErrNotExist):
		hint = "is it plugged in?"
	}
	if hint != "" {
		hint = " (" + hint + ")"
	}
	return fmt.Errorf("cannot open the camera %s: %w%s", path, err, hint)
}

// enumerate asks go4vl. Its calls hand the kernel an address on the stack,
// and when the stack is moved during the call the answer is lost and stays
// zero. So they run on a stack that has grown before, and are asked again when
// whole says that an answer was lost.
func enumerate[T any](ask func() (answer T, whole bool, err error)) (answer T, err error) {
	const tries = 5
	done := make(chan struct{})
	go func() {
		defer close(done)
		growStack(0)
		for range tries {
			var whole bool
			if answer, whole, err = ask(); err != nil || whole {
				return
			}
		}
		err = errors.New("the driver's answer was lost, five times over")
	}()
	<-done
	return answer, err
}

// growStack makes the calling goroutine's stack larger than go4vl needs.
//
//go:noinline
func growStack(i int) byte {
	var room [32 << 10]byte
	room[i] = 1
	return room[len(room)-1-i]
}
