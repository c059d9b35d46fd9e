package draw

import "fmt"

// Memory is a size in binary units; empty for none.
func Memory(bytes int64) string {
	switch {
	case bytes <= 0:
		return ""
	case bytes < 1<<30:
		return fmt.Sprintf("%.1fM", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%.1fG", float64(bytes)/(1<<30))
}

// Rate is a number per second in at most five characters.
func Rate(perSecond float64) string {
	switch {
	case perSecond < 100:
		return fmt.Sprintf("%.1f", perSecond)
	case perSecond < 10000:
		return fmt.Sprintf("%.0f", perSecond)
	case perSecond < 1e6:
		return fmt.Sprintf("%.0fk", perSecond/1000)
	}
	return fmt.Sprintf("%.1fM", perSecond/1e6)
}

// Size is a number of bytes in units of a thousand.
func Size(bytes float64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%.0f B", bytes)
	}
	units := "kMGT"
	for bytes >= 999_500 && len(units) > 1 {
		bytes, units = bytes/1000, units[1:]
	}
	return fmt.Sprintf("%.1f %cB", bytes/1000, units[0])
}

// BytesPerSecond is a bandwidth in units of a thousand.
func BytesPerSecond(v float64) string { return Size(v) + "/s" }
