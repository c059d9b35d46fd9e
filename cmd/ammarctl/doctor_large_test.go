//go:build !tiny

package main

import (
	"slices"
	"testing"

	"github.com/ammarctl/ammarctl/services/camera"
)

func TestFormatsOfACameraAreSaidInAFewWords(t *testing.T) {
	small, large := []string{"640x480"}, []string{"640x480", "1280x720"}
	for name, c := range map[string]struct {
		formats []camera.Format
		want    []string
	}{
		"same sizes together": {[]camera.Format{{Format: "MJPG", Usable: true, Sizes: large}, {Format: "YUYV", Usable: true,
			Sizes: small},
			{Format: "NV12", Usable: true, Sizes: large}}, []string{"MJPG, NV12 in 640x480, 1280x720", "YUYV in 640x480"}},
		"others counted": {[]camera.Format{{Format: "GREY", Usable: true}, {Format: "H264"}, {Format: "HEVC"},
			{Format: "Y16"}, {Format: "Y10"}},
			[]string{"GREY", "4 that cannot be served (H264, HEVC, Y16, …)"}},
		"nothing that can be served": {[]camera.Format{{Format: "H264"}}, nil},
	} {
		if got := formatLines(c.formats); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
