package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Document is the text that both benchmarks write their part of.
const Document = "docs/benchmarks.md"

const heading = "# Benchmarks\n\nEach part is written by the command it names; figures compare within one run " +
	"on one machine.\n"

// Replace returns text with the section name replaced by body; a section that
// is not there yet is added at the end. Other sections stay as they are.
func Replace(text, name, body string) string {
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->\n"
	section := begin + strings.TrimSpace(body) + "\n" + end
	before, rest, ok := strings.Cut(text, begin)
	if ok {
		if _, after, closed := strings.Cut(rest, end); closed {
			return before + section + after
		}
	}
	if text == "" {
		text = heading
	}
	return strings.TrimRight(text, "\n") + "\n\n" + section
}

// Save puts a section into the document below root, and its charts, by file
// name, into docs/pictures. The first page gets its excerpt.
func Save(root, name, body string, charts map[string]Chart) error {
	path := filepath.Join(root, Document)
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot read the benchmarks so far: %w", err)
	}
	for file, chart := range charts {
		var svg strings.Builder
		if err := chart.WriteSVG(&svg); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, "docs/pictures", file), []byte(svg.String()), 0o644); err != nil {
			return fmt.Errorf("cannot write a plot: %w", err)
		}
	}
	text := Replace(string(old), name, body)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("cannot write the benchmarks: %w", err)
	}
	return saveExcerpt(root, text)
}
