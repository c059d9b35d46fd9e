//go:build linux

package camera

import (
	"errors"
	"slices"
	"strings"
)

// survey describes every camera of the machine, including those in use.
func (d *devices) survey() ([]Device, error) {
	paths, err := d.list()
	if err != nil {
		return nil, err
	}
	var all []Device
	for _, path := range paths {
		c := Device{Device: path, Formats: []Format{}, HeldBy: strings.TrimPrefix(holder(path), "held by ")}
		n, who, err := openCapture(path)
		if errors.Is(err, errNotCamera) {
			continue // another device has taken its place
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

func surveyFormats(n *node) ([]Format, error) {
	offered, err := n.formats()
	if err != nil {
		return nil, err
	}
	formats := []Format{}
	for _, f := range offered {
		entry := Format{Format: strings.TrimSpace(f.code()), Usable: slices.Contains(usableFormats(), f), Sizes: []string{}}
		for _, s := range n.sizes(f) {
			entry.Sizes = append(entry.Sizes, s.String())
		}
		formats = append(formats, entry)
	}
	return formats, nil
}
