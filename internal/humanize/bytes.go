package humanize

import "strconv"

// Bytes is a number of bytes in its largest binary unit, with a decimal below
// 100: "0 B", "1.5 KiB", "25.0 MiB", "640 GiB". A negative number counts as 0.
func Bytes(n int64) string {
	value, unit := scaled(n)
	if unit == "" {
		return value + " B"
	}
	return value + " " + unit + "iB"
}

// ShortBytes is Bytes for a narrow column: "512B", "1.5K", "25.0M", "640G".
func ShortBytes(n int64) string {
	value, unit := scaled(n)
	if unit == "" {
		unit = "B"
	}
	return value + unit
}

// scaled is n in its largest unit, by the first letter of that. There are at
// most four digits.
func scaled(n int64) (value, unit string) {
	if n < 1024 {
		return strconv.FormatInt(max(0, n), 10), ""
	}
	v := float64(n)
	for _, unit = range []string{"K", "M", "G", "T", "P", "E"} {
		v /= 1024
		if v < 1023.5 {
			break
		}
	}
	digits := 1
	if v >= 99.95 {
		digits = 0
	}
	return strconv.FormatFloat(v, 'f', digits, 64), unit
}
