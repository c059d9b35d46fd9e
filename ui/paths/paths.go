// Package paths helps a person to type the path of a folder.
package paths

import (
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// ExpandHome replaces a leading ~ with the person's home folder.
func ExpandHome(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, path[1:])
		}
	}
	return path
}

// Completion is how a typed path can continue.
type Completion struct {
	Prefix string   // the part of the path that begins the name of a folder
	Names  []string // the folders whose names begin with it, sorted
}

// Complete reads the folder in which a typed path ends. That may take a while
// when it is on the network.
func Complete(typed string) (Completion, error) {
	dir, prefix := filepath.Split(ExpandHome(typed))
	names, err := folders(dir, prefix)
	return Completion{prefix, names}, err
}

// Continue is the typed path with what all names have in common, and a separator
// when there is only one name.
func (c Completion) Continue(typed string) string {
	switch len(c.Names) {
	case 0:
		return typed
	case 1:
		return typed + c.Names[0][len(c.Prefix):] + string(filepath.Separator)
	}
	return typed + commonPrefix(c.Names)[len(c.Prefix):]
}

// folders lists those in dir whose names begin with prefix. Hidden ones are
// listed only when the prefix begins with a dot.
func folders(dir, prefix string) ([]string, error) {
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, prefix) || prefix == "" && strings.HasPrefix(name, ".") {
			continue
		}
		// Stat follows links: a link to a folder is a folder here.
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			names = append(names, name)
		}
	}
	return names, nil
}

// commonPrefix is what all names begin with. It does not cut a character.
func commonPrefix(names []string) string {
	if len(names) == 0 {
		return ""
	}
	common := names[0]
	for _, n := range names {
		for !strings.HasPrefix(n, common) {
			_, size := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-size]
		}
	}
	return common
}
