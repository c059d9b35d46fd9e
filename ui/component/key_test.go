package component

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/ui/messages"
)

func TestAKeyIsOfferedByItsFirstNameOrByItsLabel(t *testing.T) {
	k := Key{Keys: "f G end", Hint: Hint{Text: "follow"}}
	if label, text := k.Offer(false); label != "f" || text != "follow" {
		t.Errorf("offered as %q, %q", label, text)
	}
	k.Hint.Label, k.Hint.TabText = "f G", "choose"
	if label, text := k.Offer(true); label != "f G" || text != "choose" {
		t.Errorf("in a tab offered as %q, %q", label, text)
	}
	if _, text := k.Offer(false); text != "follow" {
		t.Errorf("in the table offered as %q", text)
	}
}

func TestAKeyMatchesEachOfItsNames(t *testing.T) {
	k := Key{Keys: "up k"}
	for press, want := range map[string]tea.KeyPressMsg{
		"up": {Code: tea.KeyUp}, "k": {Code: 'k', Text: "k"},
	} {
		if !k.Matches(want) {
			t.Errorf("%s does not match", press)
		}
	}
	if k.Matches(tea.KeyPressMsg{Code: 'j', Text: "j"}) {
		t.Error("j matches")
	}
}

func TestTheHelpHasEveryKeyInItsGroup(t *testing.T) {
	groups := Grouped([]Key{
		{Keys: "q", Group: messages.GroupDashboard},
		{Keys: "s", Group: messages.GroupServices},
		{Keys: "r", Group: messages.GroupServices},
	})
	if len(groups) != 3 || groups[0].Title != messages.GroupServices || len(groups[0].Keys) != 2 ||
		groups[1].Title != messages.GroupDashboard || groups[2].Title != messages.GroupDialogs {
		t.Errorf("%+v", groups)
	}
}

func TestAPromptKeepsOrDropsWhatWasTyped(t *testing.T) {
	var typed []string
	dropped := false
	p := NewPrompt("search", "", "a")
	p.Typed = func(_ Screen, text string) { typed = append(typed, text) }
	p.Drop = func(Screen) { dropped = true }
	p.Keep = func(_ Screen, text string) Effects { return Notify("kept " + text) }
	if done, _ := p.Update(Screen{}, tea.KeyPressMsg{Code: 'b', Text: "b"}); done || len(typed) != 1 || typed[0] != "ab" {
		t.Errorf("typed %q, done %t", typed, done)
	}
	done, effects := p.Update(Screen{}, tea.KeyPressMsg{Code: tea.KeyEnter})
	if !done || len(effects) != 1 || effects[0] != (NotifyMsg{Text: "kept ab"}) {
		t.Errorf("Enter: done %t, %v", done, effects)
	}
	if done, _ := p.Update(Screen{}, tea.KeyPressMsg{Code: tea.KeyEscape}); !done || !dropped {
		t.Errorf("Esc: done %t, dropped %t", done, dropped)
	}
}
