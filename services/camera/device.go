package camera

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
)

const (
	defaultWarmUp = 2
	longestWarmUp = 300
)

// deviceType is a camera of this machine, by its path.
func deviceType() sourceType {
	return sourceType{
		name:    "a device such as /dev/video0",
		example: "`/dev/video0`, `/dev/v4l/by-id/…`",
		docs:    "this camera. It is found again by its name and place on the bus, should its number change",
		matches: prefixed("/"),
		newOpener: func(path string, want settings) (opener, error) {
			devices := newDevices()
			return func(ctx context.Context) (source, error) { return devices.open(ctx, path, want) }, nil
		},
		flags: func(fs *flag.FlagSet, s *Service) {
			fs.StringVar(&s.Format, "format", "",
				"pixel `format` to ask the camera for, MJPG or YUYV for example; by itself the best that it has")
			fs.IntVar(&s.WarmUp, "warm-up", defaultWarmUp,
				"`pictures` to leave out after the camera was opened, which are often dark")
		},
		check: func(s *Service) error {
			switch {
			case s.Format != "" && !slices.Contains(formatNames(), s.Format):
				return fmt.Errorf("format: expected one of %s, got %q", strings.Join(formatNames(), ", "), cut(s.Format))
			case s.WarmUp < 0 || s.WarmUp > longestWarmUp:
				return fmt.Errorf("warm-up: expected 0 to %d pictures, got %d", longestWarmUp, s.WarmUp)
			}
			return nil
		},
	}
}
