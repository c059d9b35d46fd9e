package names

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// MaxLength is the longest base name, in bytes, that common file systems store.
const MaxLength = 255

// InvalidError reports that no new file may have this base name.
type InvalidError struct {
	Name   string
	Reason string // completes "A file cannot be called NAME: …"
}

// Error implements error.
func (e *InvalidError) Error() string {
	return "A file cannot be called " + safetext.Replace(Shorten(e.Name)) + ": " + e.Reason + "."
}

// Upload maps the file name of a form to one base name. Old browsers send a
// whole path, so only the part after the last slash or backslash counts. The
// error is an *InvalidError.
func Upload(given string) (string, error) {
	base := given[strings.LastIndexAny(given, `/\`)+1:]
	if err := CheckNew(base); err != nil {
		return "", err
	}
	return base, nil
}

// CheckNew returns an *InvalidError for a base name that no new file may have.
func CheckNew(base string) error {
	bad := func(reason string) error { return &InvalidError{Name: base, Reason: reason} }
	switch {
	case base == "" || base == "." || base == "..":
		return bad("that is not a name")
	case Hidden(base):
		return bad("names that begin with a dot are hidden here")
	case len(base) > MaxLength:
		return bad(fmt.Sprintf("it has %d bytes; the limit is %d", len(base), MaxLength))
	case !utf8.ValidString(base):
		return bad("it is not UTF-8")
	case strings.ContainsFunc(base, forbidden):
		return bad("it contains a control character, a slash or a backslash")
	case !portable(base):
		return bad("Windows reserves it")
	}
	return nil
}

// CheckNewPath is CheckNew for the last element of a path.
func CheckNewPath(name string) error {
	return CheckNew(name[strings.LastIndexByte(name, '/')+1:])
}

func forbidden(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == '/' || r == '\\'
}
