package files

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxName is the longest name that common disks take, in bytes.
const maxName = 255

// uploadName maps the file name that a form gives to one name in the folder:
// what stands after the last slash or backslash, since old browsers send whole
// paths. What is left must be a name that can be served again.
func uploadName(given string) (string, error) {
	name := given[strings.LastIndexAny(given, `/\`)+1:]
	if err := newName(name); err != nil {
		return "", err
	}
	return name, nil
}

// newName refuses a name that no new file may have.
func newName(name string) error {
	bad := func(why string) error {
		return &refusal{status: http.StatusBadRequest, text: fmt.Sprintf("A file cannot be called %s: %s.", visible(shorten(name)), why)}
	}
	switch {
	case name == "" || name == "." || name == "..":
		return bad("that is no name")
	case hidden(name):
		return bad("names that begin with a dot are hidden here")
	case len(name) > maxName:
		return bad(fmt.Sprintf("it has %d bytes, and %d are the most", len(name), maxName))
	case !utf8.ValidString(name):
		return bad("it is not UTF-8")
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '/' || r == '\\' }):
		return bad("it has a character that no name should have")
	case !portable(name):
		return bad("this system takes it for something else")
	}
	return nil
}

func shorten(name string) string {
	if len(name) > 60 {
		return name[:57] + "…"
	}
	return name
}

// newPath is newName for the part of a path that is new: the last one.
func newPath(name string) error {
	return newName(name[strings.LastIndexByte(name, '/')+1:])
}
