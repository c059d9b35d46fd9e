package clients

import "testing"

func TestLimitsAsAPersonWritesThem(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "0": 0, " 500k ": 500_000, "1.5M": 1_500_000, "2 MB/s": 2_000_000, "100": 100, "1g": 1_000_000_000,
		"12kb": 12_000,
	} {
		if got, err := parseLimit(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
		if again, err := parseLimit(formatLimit(want)); err != nil || again != want {
			t.Errorf("%d is written %q, which is %d", want, formatLimit(want), again)
		}
	}
	for _, text := range []string{"x", "-1", "k", "1e99", "NaN", "1 2", "fast"} {
		if got, err := parseLimit(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}
