package configs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestExamplesLoad(t *testing.T) {
	files, err := filepath.Glob("examples/*.toml")
	if err != nil || len(files) < 3 {
		t.Fatalf("found the examples %v (%v)", files, err)
	}
	files = append(files, "../examples/hello/ammar.toml")
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "Pictures"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if filepath.Dir(path) == "examples" && !slices.Contains(examples, filepath.Base(path)) {
			t.Errorf("%s is not in the reference", path)
		}
		if _, err := Load(path, func(name string) string { return map[string]string{"HOME": home}[name] }); err != nil {
			t.Error(err)
		}
	}
}
