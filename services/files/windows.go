package files

import (
	"slices"
	"strings"
)

// windowsName tells whether name means itself on Windows: no drive, no stream,
// no 8.3 alias, no device, no trailing dot or space, which are cut off there.
func windowsName(name string) bool {
	if strings.ContainsAny(name, `:\<>|?*"`) || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return false
	}
	if i := strings.IndexByte(name, '~'); i >= 0 && i+1 < len(name) && name[i+1] >= '0' && name[i+1] <= '9' {
		return false
	}
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	base = strings.TrimRight(base, " ")
	devices := []string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
	if slices.Contains(devices, base) {
		return false
	}
	for _, port := range []string{"COM", "LPT"} {
		if rest, ok := strings.CutPrefix(base, port); ok && len([]rune(rest)) == 1 && strings.ContainsAny(rest, "0123456789¹²³") {
			return false
		}
	}
	return true
}
