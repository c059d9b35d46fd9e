//go:build linux

package camera

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// preferredFPS is requested if no rate is configured.
const preferredFPS = 30

// identity identifies a camera independently of its number.
type identity struct {
	driver, card, bus string
	id                string // maker, type and serial number, as udev writes them; may be empty
}

// same reports whether both are the same camera. A camera with a serial number
// may have moved to another socket.
func (i identity) same(other identity) bool {
	if i.id != "" && other.id != "" {
		return i.id == other.id
	}
	return i.driver == other.driver && i.card == other.card && i.bus == other.bus
}

// serials is where udev links to cameras with a serial number.
const serials = "/dev/v4l/by-id"

// linkTo returns the name of a link in dir that leads to path, or "".
func linkTo(dir, path string) string {
	links, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	for _, link := range links {
		if target, err := filepath.EvalSymlinks(filepath.Join(dir, link.Name())); err == nil && target == path {
			return link.Name()
		}
	}
	return ""
}

// devices finds and opens the machine's cameras. It is used by one goroutine.
type devices struct {
	// known has the camera that was at each path: after plugging in again, it may
	// have another number.
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

// list returns the paths of the devices that deliver frames, by number. Nodes
// for metadata are left out.
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
			// A device that cannot be opened may be a camera. Opening it shows the error.
			return errors.Is(err, errNotCamera)
		}
		_ = n.close()
		return false
	}), nil
}

var errNotCamera = explain.Errorf("not-a-camera",
	"it delivers no pictures; a camera often has a second device, for metadata only")

// openCapture opens path and makes sure that it captures video.
func openCapture(path string) (*node, identity, error) {
	n, err := openNode(path)
	if err != nil {
		return nil, identity{}, err
	}
	who, able, err := n.capability()
	switch {
	case err != nil:
	case able&v4l2CapVideoCapture != 0:
	case able&v4l2CapVideoCapturePlanes != 0:
		n.kind, n.planar = v4l2VideoCapturePlanes, new(planes)
	default:
		err = errNotCamera
	}
	if err == nil && able&v4l2CapStreaming == 0 {
		err = errors.New("its driver cannot stream")
	}
	if err != nil {
		_ = n.close()
		return nil, identity{}, err
	}
	who.id = linkTo(serials, path)
	return n, who, nil
}

// open opens the camera that is, or was, at path. Errors name the camera and the
// process that uses it.
func (d *devices) open(_ context.Context, path string, want settings) (source, error) {
	n, who, err := openCapture(path)
	if before, ok := d.known[path]; ok && (err != nil || !who.same(before)) {
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
		if found.same(who) {
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
	// Without a request, many drivers keep the rate of the previous program.
	fps := want.fps
	if fps == 0 {
		fps = preferredFPS
	}
	about := description{Device: n.path, Card: who.card, Format: shape.format.String(),
		Width: shape.width, Height: shape.height, FPS: n.setRate(fps), Warms: true}
	c, err := startCamera(n, about, shape, want)
	if err != nil {
		return nil, err
	}
	if shape.format.compressed() {
		return newRotated(c, want), nil
	}
	return c, nil
}

// negotiate sets the best format that both sides support, in the size nearest to
// the wanted one, and returns the driver's choice.
func negotiate(n *node, want settings) (rawFrame, error) {
	offered, err := n.formats()
	if err != nil {
		return rawFrame{}, err
	}
	var names []string
	for _, f := range usableFormats() {
		if !slices.Contains(offered, f) {
			continue
		}
		if want.format != "" && want.format != f.code() {
			continue
		}
		width, height := preferredSize(f, want)
		width, height = nearestSize(n.sizes(f), width, height)
		shape, err := n.setFormat(f, width, height)
		if err != nil {
			return rawFrame{}, err
		}
		if shape.format == f {
			return shape, nil
		}
	}
	for _, o := range offered[:min(len(offered), 8)] {
		names = append(names, o.code())
	}
	expected := formatNames()
	if want.format != "" {
		expected = []string{want.format}
	}
	return rawFrame{}, explain.Errorf("camera-format",
		"it offers %s; expected %s", strings.Join(names, ", "), strings.Join(expected, " or "))
}

// refusal explains why a camera does not open, and what helps.
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
	return explain.Errorf("camera-open", "cannot open the camera %s: %w%s", path, err, hint)
}
