package api

import "testing"

func TestNoTwoStatesLookTheSame(t *testing.T) {
	for _, unicode := range []bool{true, false} {
		seen := map[string]State{"?": "none"}
		for _, s := range []State{Stopped, Starting, Ready, Degraded, Stopping, Backoff, Failed} {
			glyph := s.Glyph(unicode)
			if other, taken := seen[glyph]; taken {
				t.Errorf("%s and %s both look like %q", s, other, glyph)
			}
			seen[glyph] = s
		}
	}
	if got := State("new").Glyph(true); got != "?" {
		t.Errorf("a state of a later version looks like %q", got)
	}
}
