package humanize

import (
	"testing"
	"time"
)

func TestSpansAreTwoUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 0: "0s", 59900 * time.Millisecond: "59s", time.Minute: "1m00s", 3661 * time.Second: "1h01m",
		25 * time.Hour: "1d01h", 1000 * time.Hour: "41d16h",
	} {
		if got := Span(d); got != want {
			t.Errorf("Span(%s) is %s, want %s", d, got, want)
		}
	}
}

func TestASettingIsWrittenAsAPersonDoes(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 500 * time.Millisecond: "500ms", 90 * time.Second: "1m30s", time.Minute: "1m", time.Hour: "1h",
		61 * time.Minute:              "1h1m",
		10*time.Hour + 10*time.Second: "10h0m10s",
	} {
		got := Setting(d)
		if got != want {
			t.Errorf("Setting(%s) is %s, want %s", d, got, want)
		}
		if again, err := time.ParseDuration(got); err != nil || again != d {
			t.Errorf("%s is read as %s, %v", got, again, err)
		}
	}
}

func TestTheLocaleSaysWhetherThereIsMoreThanASCII(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{}, false},
		{map[string]string{"LANG": "en_GB.UTF-8"}, true},
		{map[string]string{"LANG": "de_DE.utf8"}, true},
		{map[string]string{"LANG": "C"}, false},
		{map[string]string{"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, false},
		{map[string]string{"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, true},
	} {
		if got := Unicode(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

func TestAFingerprintIsBrokenBehindAColon(t *testing.T) {
	for text, want := range map[string][2]string{
		"AA:BB:CC:DD": {"AA:BB:", "CC:DD"}, "": {}, "A": {"A", ""},
	} {
		if first, second := FingerprintLines(text); [2]string{first, second} != want {
			t.Errorf("%q: %q and %q, want %q", text, first, second, want)
		}
	}
}

func TestAFingerprintIsWrittenAsBrowsersDo(t *testing.T) {
	// of "abc", FIPS 180-4
	const want = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"
	if got := Fingerprint([]byte("abc")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
