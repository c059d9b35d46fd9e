package draw

import (
	"fmt"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

// Memory is a size for a narrow column; empty for none.
func Memory(bytes int64) string {
	if bytes <= 0 {
		return ""
	}
	return humanize.ShortBytes(bytes)
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

// BytesPerSecond is a bandwidth.
func BytesPerSecond(v float64) string { return humanize.Bytes(int64(v)) + "/s" }
