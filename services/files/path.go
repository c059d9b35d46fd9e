package files

import (
	"path"
	"runtime"
	"slices"
	"strings"
)

// wellKnown is the one name with a dot that is for everybody (RFC 8615).
const wellKnown = ".well-known"

// localName maps the decoded path of a request to a name below the root, "."
// for the root itself. ok is false for what must not exist: a hidden name, a
// path that is not in its shortest form, a byte that no name has.
func localName(requestPath string) (name string, ok bool) {
	rest, absolute := strings.CutPrefix(requestPath, "/")
	if !absolute || strings.ContainsAny(requestPath, "\x00\\") {
		return "", false
	}
	if rest == "" {
		return ".", true
	}
	rest = strings.TrimSuffix(rest, "/")
	if path.Clean(rest) != rest || rest == "." || rest == ".." || strings.HasPrefix(rest, "../") || path.IsAbs(rest) {
		return "", false
	}
	if slices.ContainsFunc(strings.Split(rest, "/"), func(part string) bool { return hidden(part) || !portable(part) }) {
		return "", false
	}
	return rest, true
}

// hidden tells whether a name is neither listed nor served.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") && name != wellKnown
}

// portable refuses the names that this system takes for something else.
func portable(name string) bool {
	return runtime.GOOS != "windows" || windowsName(name)
}
