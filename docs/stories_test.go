package docs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStoriesAreReadFromThePage(t *testing.T) {
	got := stories("# Errors\n\nIntro.\n\n## Ports\n\n" +
		"### port-taken\n\nIt is\ntaken.\n\nSee [keys](configuration.md).\n\n" +
		"- Fix: it.\n\n### low-port\n\nLow.\n\n## Cameras\n\n### camera-open\n\nNot there.\n")
	want := []Story{
		{"port-taken", "Ports", "It is taken.", "See keys (docs/configuration.md).\n\n- Fix: it."},
		{"low-port", "Ports", "Low.", ""},
		{"camera-open", "Cameras", "Not there.", ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
