package export

import (
	"maps"
	"slices"
	"testing"

	"github.com/ammarctl/ammarctl/configs"
)

func TestEachTypeOfProbeIsAskedByEachEngine(t *testing.T) {
	got, want := slices.Sorted(maps.Keys(questions())), slices.Sorted(slices.Values(configs.ProbeTypes()))
	if !slices.Equal(got, want) {
		t.Errorf("the engines ask %v; the configuration has the types %v", got, want)
	}
	for name, q := range questions() {
		if q.resolve == nil || q.compose == nil || q.kubernetes == nil || q.nomad == nil {
			t.Errorf("%s: an engine of containers does not know how to ask", name)
		}
	}
}
