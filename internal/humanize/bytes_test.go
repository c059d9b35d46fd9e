package humanize

import (
	"math"
	"testing"
)

func TestSizesHaveABinaryUnitAndFewDigits(t *testing.T) {
	for n, want := range map[int64][2]string{
		-1: {"0 B", "0B"}, 0: {"0 B", "0B"}, 1: {"1 B", "1B"}, 1023: {"1023 B", "1023B"}, 1024: {"1.0 KiB", "1.0K"},
		1536: {"1.5 KiB", "1.5K"}, 102348: {"99.9 KiB", "99.9K"}, 102400: {"100 KiB", "100K"}, 1 << 20: {"1.0 MiB", "1.0M"},
		1<<20 - 1: {"1.0 MiB", "1.0M"}, 5 << 30: {"5.0 GiB", "5.0G"}, 1 << 50: {"1.0 PiB", "1.0P"},
		math.MaxInt64: {"8.0 EiB", "8.0E"},
	} {
		if got := [2]string{Bytes(n), ShortBytes(n)}; got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
