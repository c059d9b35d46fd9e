package names

import (
	"slices"
	"strings"
)

// windowsName reports whether Windows opens exactly the file of this name. It
// refuses drives, streams, 8.3 aliases and devices. It also refuses a trailing
// dot or space, which Windows removes.
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
		number, isPort := strings.CutPrefix(base, port)
		if isPort && len([]rune(number)) == 1 && strings.ContainsAny(number, "0123456789¹²³") {
			return false
		}
	}
	return true
}
