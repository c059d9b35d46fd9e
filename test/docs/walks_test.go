package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestTheWalksNameFilesAndListsThatExist checks "Where do I add" of
// CONTRIBUTING.md: each file that is there already exists, has the names that
// its item gives, and a walk has as many items as its heading says.
func TestTheWalksNameFilesAndListsThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, walks, _ := strings.Cut(string(text), "\n## Where do I add …\n")
	walks, _, _ = strings.Cut(walks, "\n## ")
	most := map[string]int{"a type of probe": 4, "a configuration key": 2, "a tab of the dashboard": 2,
		"a kind of service": 4, "a command": 2, "a source of a camera": 2}
	heading := regexp.MustCompile(`^… (.*)\*\* \((\d)\)`)
	item := regexp.MustCompile(`(?m)^\d\. `)
	for _, walk := range strings.Split(walks, "\n**")[1:] {
		m := heading.FindStringSubmatch(walk)
		if m == nil {
			t.Errorf("expected **… WHAT** (FILES), got %.40q", walk)
			continue
		}
		said, _ := strconv.Atoi(m[2])
		if n := len(item.FindAllString(walk, -1)); n != said || n > most[m[1]] {
			t.Errorf("%s: it says %d files and lists %d; at most %d", m[1], said, n, most[m[1]])
		}
		delete(most, m[1])
		for _, step := range item.Split(walk, -1)[1:] {
			checkStep(t, m[1], step)
		}
	}
	for missing := range most {
		t.Errorf("there is no walk for %s", missing)
	}
}

// checkStep looks for the file of an item, and for the names that its item
// gives in backquotes.
func checkStep(t *testing.T, walk, step string) {
	t.Helper()
	link := regexp.MustCompile(`^\[[^]]*\]\(([^)]+)\)`).FindStringSubmatch(step)
	if link == nil {
		return // a new file
	}
	content, err := os.ReadFile(filepath.Join(root, link[1]))
	if err != nil {
		t.Errorf("%s: %v", walk, err)
		return
	}
	for _, name := range regexp.MustCompile("`([A-Za-z]+)`").FindAllStringSubmatch(step, -1) {
		if !strings.Contains(string(content), name[1]) {
			t.Errorf("%s: %s has no %s", walk, link[1], name[1])
		}
	}
}
