package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/browsertest"
	"github.com/ammarctl/ammarctl/internal/porttest"
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
		b.Eval("events.close(); live.innerHTML = `" + c.was +
			"`; document.querySelector('#b a').focus(); var now = document.createElement('main'); now.innerHTML = `" + c.now +
			"`; morphChildren(live, now)")
		if got := b.Eval("document.activeElement.textContent"); got != c.focused {
			t.Errorf("%s to %s: the focus is on %q", c.was, c.now, got)
		}
		if got, want := b.Eval("live.innerHTML"), b.Eval("now.innerHTML"); got != want {
			t.Errorf("%s to %s: %s", c.was, c.now, got)
		}
	}
	b.Eval("live.innerHTML = '<i id=a>a</i><i id=b>b</i>'; now.innerHTML = '<i id=b>b</i>-<i id=a>a</i><i " +
		"id=c>c</i>'; morphChildren(live, now)")
	if got, want := b.Eval("live.innerHTML"), b.Eval("now.innerHTML"); got != want {
		t.Errorf("in another order: %s", got)
	}
}

// The picture is taken again and again, one at a time, and it is the page that
// opens the camera, not its being live.
func TestACamerasPictureGoesOn(t *testing.T) {
	b := browsertest.Open(t)
	free := porttest.Free(t, 2)
	r := newRig(t, fmt.Sprintf("[service.camera]\nport = %d\nsource = \"pattern\"\nlinger = "+
		"\"1s\"\n[service.status]\nport = %d\n", free[0], free[1]))
	r.must(0, "up", "-d")
	r.waitState("status", "ready", 30*time.Second)
	base := fmt.Sprintf("http://127.0.0.1:%d/services/camera", free[1])
	eventually(t, 30*time.Second, "the offer to look", func() (bool, string) {
		b.Visit(base, "!!document.querySelector('h1')")
		return b.Eval("!!document.querySelector('#picture a')") == "true", ""
	})
	if camera := r.ps()["camera"].Camera; camera == nil || camera.Capturing {
		t.Errorf("looking at the page has opened the camera: %+v", camera)
	}
	b.Eval("document.querySelector('#picture a').click()")
	b.Eventually("document.readyState + ' ' + (document.querySelector('#picture img')?.naturalWidth > 0)", "complete true")
	first := b.Eval("document.querySelector('#picture img').src")
	eventually(t, 30*time.Second, "another picture", func() (bool, string) {
		now := b.Eval("document.querySelector('#picture img').src")
		return strings.Contains(now, "?") && now != first, now
	})
	b.Eval("window.same = document.querySelector('#picture img'); 0")
	second := b.Eval("same.src")
	b.Eventually("same.isConnected && same.src !== '"+second+"'", "true")
}
