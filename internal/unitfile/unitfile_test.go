package unitfile

import "testing"

func TestACommandIsQuotedAsSystemdReadsIt(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"/usr/bin/ammarctl", "up"}, "/usr/bin/ammarctl up"},
		{[]string{"a", "/home/me/my files"}, `a "/home/me/my files"`},
		{[]string{"a", "100%"}, "a 100%%"},
		{[]string{"a$b", "$HOME"}, "a$b $$HOME"},
		{[]string{"a", `a"b\c`}, `a "a\"b\\c"`},
		{[]string{"a", ""}, `a ""`},
		{[]string{"a", "größe", "a;b"}, `a "größe" "a;b"`},
	} {
		if got := Command(c.args); got != c.want {
			t.Errorf("Command(%q) = %s, want %s", c.args, got, c.want)
		}
	}
}
