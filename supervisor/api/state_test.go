package api

import (
	"testing"
	"unicode/utf8"
)

func TestNoTwoStatesLookTheSame(t *testing.T) {
	for _, unicode := range []bool{true, false} {
		seen := map[string]State{"?": "none"}
		for _, s := range States() {
			glyph := s.Glyph(unicode)
			if other, taken := seen[glyph]; taken {
				t.Errorf("%s and %s both look like %q", s, other, glyph)
			}
			if utf8.RuneCountInString(glyph) != 1 {
				t.Errorf("the glyph of %s is %q", s, glyph)
			}
			seen[glyph] = s
		}
	}
	if got := State("new").Glyph(true); got != "?" {
		t.Errorf("a state of a later version looks like %q", got)
	}
}

func TestEveryStateIsExplained(t *testing.T) {
	for _, s := range States() {
		if s.Meaning() == "" {
			t.Errorf("%s has no meaning", s)
		}
		if s.Running() && s.Resting() {
			t.Errorf("%s both runs and rests", s)
		}
	}
}
