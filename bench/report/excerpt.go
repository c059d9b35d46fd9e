package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Excerpt is what the first page shows of the document: the rows that most
// people come for, as they are there.
func Excerpt(document string) string {
	var out []string
	take := func(after, header string, cells int, wanted ...string) {
		_, rest, found := strings.Cut(document, after)
		_, table, has := strings.Cut(rest, header)
		if !found || !has {
			return
		}
		lines := strings.Split(header+table, "\n")
		out = append(out, cut(lines[0], cells), cut(lines[1], cells))
		for _, line := range lines[2:] {
			if !strings.HasPrefix(line, "|") {
				break
			}
			name := strings.TrimSpace(strings.Split(line, "|")[1])
			for _, w := range wanted {
				if name == w {
					out = append(out, cut(line, cells))
				}
			}
		}
		out = append(out, "")
	}
	take("### Access logs on", "| | ours: CPU per request", 7, "1 KiB", "100 KiB", "page")
	take("is killed with -9", "| supervisor | first instruction p50", 5, "ammarctl", "supervisor", "runit", "s6")
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// cut keeps the first cells of a row.
func cut(row string, cells int) string {
	parts := strings.Split(row, "|")
	if len(parts) <= cells+1 {
		return row
	}
	return strings.Join(parts[:cells+1], "|") + "|"
}

// saveExcerpt puts it into the first page below root, where that has a place for it.
func saveExcerpt(root, document string) error {
	path := filepath.Join(root, "README.md")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "<!-- begin measured -->") {
		return nil // there is no place for it
	}
	if err := os.WriteFile(path, []byte(Replace(string(text), "measured", Excerpt(document))), 0o644); err != nil {
		return fmt.Errorf("cannot write the first page: %w", err)
	}
	return nil
}
