// Package names decides which names a share serves, which names a new file may
// have, and how a name is shown. It touches no file.
package names

import (
	"path"
	"runtime"
	"slices"
	"strings"
)

// WellKnown is the only name with a leading dot that is served (RFC 8615).
const WellKnown = ".well-known"

// Local maps the decoded path of a request to a name below the root, "." for
// the root itself. ok is false for hidden names, for paths with "..", "." or
// empty elements, and for paths with a backslash or a NUL byte.
func Local(requestPath string) (name string, ok bool) {
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
	if slices.ContainsFunc(strings.Split(rest, "/"), func(part string) bool { return Hidden(part) || !portable(part) }) {
		return "", false
	}
	return rest, true
}

// Hidden reports whether a base name is neither listed nor served.
func Hidden(base string) bool {
	return strings.HasPrefix(base, ".") && base != WellKnown
}

// Served reports whether a client can request a file with this base name.
func Served(base string) bool {
	return !Hidden(base) && portable(base) && !strings.ContainsAny(base, "\\\x00")
}

// Inside reports whether name is below folder. A folder is not inside itself.
func Inside(folder, name string) bool {
	return name != folder && (folder == "." || strings.HasPrefix(name, folder+"/"))
}

// portable refuses the names that Windows treats as a device, a stream or an
// alias.
func portable(base string) bool {
	return runtime.GOOS != "windows" || windowsName(base)
}
