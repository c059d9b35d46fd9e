package paths

import "testing"

func TestWhatNamesHaveInCommonCutsNoCharacter(t *testing.T) {
	if got := commonPrefix([]string{"caf\u00e9", "caf\u00e8"}); got != "caf" {
		t.Errorf("the common part is %q", got)
	}
}
