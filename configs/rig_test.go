package configs

import (
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// tomlValue is what the decoder makes of a value written in TOML.
func tomlValue(t *testing.T, text string) any {
	t.Helper()
	var table map[string]any
	if err := toml.Unmarshal([]byte("v = "+text), &table); err != nil {
		t.Fatalf("%s is no TOML: %v", text, err)
	}
	return table["v"]
}
