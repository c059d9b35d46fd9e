//go:build !tiny

package main

import (
	"strings"

	"github.com/ammarctl/ammarctl/doctor"
	"github.com/ammarctl/ammarctl/services/camera"
)

// surveyCameras lists the cameras for doctor.
func surveyCameras() ([]doctor.Camera, error) {
	devices, err := camera.Devices()
	if err != nil {
		return nil, err
	}
	var out []doctor.Camera
	for _, d := range devices {
		c := doctor.Camera{Device: d.Device, Card: d.Card, HeldBy: d.HeldBy, Error: d.Error}
		for _, f := range d.Formats {
			text := f.Format
			if len(f.Sizes) > 0 {
				text += " " + strings.Join(f.Sizes, ", ")
			}
			if !f.Usable {
				text += " (cannot be served)"
			}
			c.Formats = append(c.Formats, text)
		}
		out = append(out, c)
	}
	return out, nil
}
