package store

import "testing"

func TestHumanSizes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 102348: "99.9 KiB", 102400: "100 KiB",
		1 << 20: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 5 << 30: "5.0 GiB", 1 << 50: "1.0 PiB",
	} {
		if got := HumanSize(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
