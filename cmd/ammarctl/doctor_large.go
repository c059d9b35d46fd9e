//go:build !tiny

package main

import (
	"fmt"
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
		c.Formats = formatLines(d.Formats)
		out = append(out, c)
	}
	return out, nil
}

// formatLines says what a camera offers that can be served, and how much else:
// formats with the same sizes together, since a camera may have eighty. It is
// empty where nothing can be served.
func formatLines(formats []camera.Format) []string {
	var lines, others []string
	names := map[string][]string{}
	var order []string
	for _, f := range formats {
		if !f.Usable {
			others = append(others, f.Format)
			continue
		}
		sizes := strings.Join(f.Sizes, ", ")
		if names[sizes] == nil {
			order = append(order, sizes)
		}
		names[sizes] = append(names[sizes], f.Format)
	}
	for _, sizes := range order {
		line := strings.Join(names[sizes], ", ")
		if sizes != "" {
			line += " in " + sizes
		}
		lines = append(lines, line)
	}
	if len(lines) > 0 && len(others) > 0 {
		some := strings.Join(others[:min(len(others), 3)], ", ")
		if len(others) > 3 {
			some += ", …"
		}
		lines = append(lines, fmt.Sprintf("%d that cannot be served (%s)", len(others), some))
	}
	return lines
}
