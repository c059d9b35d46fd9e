package report

import (
	"os"
	"strings"
	"testing"
)

func TestTheFirstPageShowsWhatWasMeasured(t *testing.T) {
	document, err := os.ReadFile("../../" + Document)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	excerpt := Excerpt(string(document))
	for _, row := range []string{"| 1 KiB |", "| page |", "| ammarctl |", "| runit |"} {
		if !strings.Contains(excerpt, row) {
			t.Errorf("no row %s in\n%s", row, excerpt)
		}
	}
	if got := Replace(string(page), "measured", excerpt); got != string(page) {
		t.Errorf("README.md shows other figures than %s; the benchmarks write both, or: put there\n%s", Document, excerpt)
	}
}
