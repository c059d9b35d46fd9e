package docs

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// markdown lists the project's pages.
func markdown(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "dist" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		found[filepath.Clean(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`^#{1,6} (.+)$`)
	inCode  = regexp.MustCompile("`[^`]*`")
)

// prose is a page without its blocks of code.
func prose(text string) []string {
	var out []string
	inside := false
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inside = !inside
			continue
		}
		if !inside {
			out = append(out, line)
		}
	}
	return out
}

// anchors are the headings of a page as links name them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, line := range prose(text) {
		m := heading.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		words := link.ReplaceAllString(strings.NewReplacer("`", "", "[", "", "*", "").Replace(m[1]), "")
		var b strings.Builder
		for _, r := range strings.ToLower(words) {
			switch {
			case r == ' ' || r == '-':
				b.WriteByte('-')
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
				b.WriteRune(r)
			}
		}
		found[b.String()] = true
	}
	return found
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	pages := markdown(t)
	count := 0
	for path, text := range pages {
		for _, line := range prose(text) {
			for _, m := range link.FindAllStringSubmatch(inCode.ReplaceAllString(line, ""), -1) {
				to, err := url.Parse(m[1])
				if err != nil {
					t.Errorf("%s: %s: %v", path, m[1], err)
					continue
				}
				if to.Scheme != "" {
					continue // another site
				}
				count++
				target := path
				if to.Path != "" {
					target = filepath.Join(filepath.Dir(path), to.Path)
				}
				if _, err := os.Stat(target); err != nil {
					t.Errorf("%s: the link %s leads nowhere", path, m[1])
					continue
				}
				if to.Fragment != "" && !anchors(pages[filepath.Clean(target)])[to.Fragment] {
					t.Errorf("%s: %s has no heading #%s", path, target, to.Fragment)
				}
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d links were found", count)
	}
}

func TestEveryPageCanBeReachedFromTheIndex(t *testing.T) {
	pages := markdown(t)
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] {
			return
		}
		seen[path] = true
		for _, m := range link.FindAllStringSubmatch(pages[path], -1) {
			to := filepath.Join(filepath.Dir(path), strings.SplitN(m[1], "#", 2)[0])
			if info, err := os.Stat(to); err == nil && info.IsDir() {
				for other := range pages {
					if filepath.Dir(other) == to {
						visit(other)
					}
				}
			}
			if _, is := pages[to]; is {
				visit(to)
			}
		}
	}
	visit(filepath.Join(root, "README.md"))
	for path := range pages {
		if strings.HasPrefix(path, filepath.Join(root, "docs")) && !seen[path] {
			t.Errorf("no page leads to %s", path)
		}
	}
}

var (
	command  = regexp.MustCompile(`ammarctl ([^|;&#` + "`" + `)>]*)`)
	longFlag = regexp.MustCompile(`--[a-z][a-z-]+`)
)

// TestNoPageNamesAFlagThatThereIsNot compares with the reference, which is
// written from the commands themselves and has every flag.
func TestNoPageNamesAFlagThatThereIsNot(t *testing.T) {
	pages := markdown(t)
	reference := pages[filepath.Join(root, "docs", "commands.md")]
	for path, text := range pages {
		for _, line := range strings.Split(text, "\n") {
			for _, m := range command.FindAllStringSubmatch(line, -1) {
				for _, flag := range longFlag.FindAllString(m[1], -1) {
					if !strings.Contains(reference, "`"+flag+"`") && flag != "--help" {
						t.Errorf("%s: ammarctl has no %s: %s", path, flag, strings.TrimSpace(line))
					}
				}
			}
		}
	}
}
