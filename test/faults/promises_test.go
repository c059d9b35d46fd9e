//go:build linux

package faults

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryPromiseNamesTestsThatExistAndNoFaultIsForgotten(t *testing.T) {
	const doc = "../../docs/reliability.md"
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]string{} // test: folder
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range function.FindAllSubmatch(source, -1) {
			there[string(match[1])] = filepath.Base(filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, match := range regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(text, -1) {
		name := string(match[1])
		named[name] = true
		if there[name] == "" {
			t.Errorf("%s names %s, which does not exist", doc, name)
		}
	}
	for name, folder := range there {
		if folder == "faults" && !named[name] && name != t.Name() {
			t.Errorf("%s is not in %s", name, doc)
		}
	}
}
