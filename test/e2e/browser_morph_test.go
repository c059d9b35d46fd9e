package e2e

import (
	"testing"

	"github.com/ammarctl/ammarctl/internal/browsertest"
)

// The page's own function is given what changes at once: what had the focus has
// it still, and is the same.
func TestWhatHasTheFocusKeepsItWhateverComesAndGoes(t *testing.T) {
	b := browsertest.Open(t)
	_, base := statusRig(t)
	b.Visit(base+"/", "typeof morphChildren === 'function'")
	for _, c := range []struct{ was, now, focused string }{
		{`<i id=a><a href=#>a</a></i><i id=b><a href=#>b</a></i>`, `<i id=b><a href=#>b!</a></i>`, "b!"},
		{`<i id=b><a href=#>b</a></i>`, `<i id=a><a href=#>a</a></i> <u>new</u><i id=b><a href=#>b</a></i><p>x</p>`, "b"},
		{`<p>note</p><i id=b><a href=#>b</a></i>`, `<i id=b><a href=#>b</a></i>`, "b"},
		{`<i id=b><a href=#>b</a></i>text`, `text<i id=b class=x><a href=#>b</a></i>`, "b"},
	} {
		b.Eval("events.close(); live.innerHTML = `" + c.was + "`; document.querySelector('#b a').focus(); var now = document.createElement('main'); now.innerHTML = `" + c.now + "`; morphChildren(live, now)")
		if got := b.Eval("document.activeElement.textContent"); got != c.focused {
			t.Errorf("%s to %s: the focus is on %q", c.was, c.now, got)
		}
		if got, want := b.Eval("live.innerHTML"), b.Eval("now.innerHTML"); got != want {
			t.Errorf("%s to %s: %s", c.was, c.now, got)
		}
	}
	b.Eval("live.innerHTML = '<i id=a>a</i><i id=b>b</i>'; now.innerHTML = '<i id=b>b</i>-<i id=a>a</i><i id=c>c</i>'; morphChildren(live, now)")
	if got, want := b.Eval("live.innerHTML"), b.Eval("now.innerHTML"); got != want {
		t.Errorf("in another order: %s", got)
	}
}
