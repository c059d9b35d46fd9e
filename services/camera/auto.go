package camera

import (
	"context"
	"fmt"
)

// autoSource is the first camera that works, else the test pattern.
type autoSource struct {
	want    settings
	devices *devices
	// chosen is the camera that worked before. Once there is one, the pattern
	// no longer takes its place: a camera that is unplugged is waited for.
	chosen string
}

func (a *autoSource) open(ctx context.Context) (source, error) {
	if a.chosen != "" {
		return a.devices.open(ctx, a.chosen, a.want)
	}
	paths, err := a.devices.list()
	if err != nil {
		return openPattern(a.want, "no camera: "+err.Error()), nil
	}
	var refusals []error
	for _, path := range paths {
		src, err := a.devices.open(ctx, path, a.want)
		if err == nil {
			a.chosen = path
			return src, nil
		}
		refusals = append(refusals, err)
	}
	if len(refusals) == 0 {
		return openPattern(a.want, "no camera is connected"), nil
	}
	return openPattern(a.want, "no camera works: "+joined(refusals)), nil
}

func joined(errs []error) string {
	text := errs[0].Error()
	for _, err := range errs[1:] {
		text = fmt.Sprintf("%s; %v", text, err)
	}
	return text
}
