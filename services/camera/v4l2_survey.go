//go:build linux && cgo

package camera

import (
	"errors"
	"slices"
	"strings"

	"github.com/vladimirvivien/go4vl/v4l2"
)

// survey describes every camera of the machine, also those that somebody uses.
func (d *devices) survey() ([]found, error) {
	paths, err := d.list()
	if err != nil {
		return nil, err
	}
	var all []found
	for _, path := range paths {
		c := found{Device: path, Formats: []foundFormat{}}
		n, who, err := openCapture(path)
		if errors.Is(err, errNotCamera) {
			continue // since it was listed, another took its place
		}
		if err == nil {
			c.Card, c.Bus = who.card, who.bus
			c.Formats, err = surveyFormats(n)
			_ = n.close()
		}
		if err != nil {
			c.Error = refusal(path, err).Error()
		}
		all = append(all, c)
	}
	return all, nil
}

func surveyFormats(n *node) ([]foundFormat, error) {
	offered, err := offeredFormats(n)
	if err != nil {
		return nil, err
	}
	formats := []foundFormat{}
	for _, o := range offered {
		f := fourcc(o.PixelFormat)
		entry := foundFormat{Format: strings.TrimSpace(f.code()), Usable: slices.Contains(usableFormats(), f), Sizes: []string{}}
		for _, s := range sizesOf(n, f) {
			entry.Sizes = append(entry.Sizes, s.String())
		}
		formats = append(formats, entry)
	}
	return formats, nil
}

// offeredFormats lists the pixel formats of a camera.
func offeredFormats(n *node) ([]v4l2.FormatDescription, error) {
	return enumerate(func() ([]v4l2.FormatDescription, bool, error) {
		all, err := v4l2.GetAllFormatDescriptions(uintptr(n.fd))
		if len(all) > 0 {
			err = nil // it ends with an error by design
		}
		lost := slices.ContainsFunc(all, func(f v4l2.FormatDescription) bool { return f.PixelFormat == 0 })
		return all, !lost, err
	})
}
