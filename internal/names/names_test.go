package names

import (
	"strings"
	"testing"
)

func TestNamesStayWithinAFolderAndAnOption(t *testing.T) {
	for _, text := range []string{"a", "0", "Web-1_b", strings.Repeat("x", maxLength)} {
		if !Valid(text) {
			t.Errorf("%q is refused", text)
		}
	}
	for _, text := range []string{
		"", "-x", "_x", ".", "..", "a.b", "a/b", "a b", "a\n", "a\x00", "é", "@x", strings.Repeat("x", maxLength+1),
	} {
		if Valid(text) {
			t.Errorf("%q is accepted", text)
		}
	}
}
