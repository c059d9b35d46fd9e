package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/browsertest"
)

// focused says what has the focus, by its label or its words, and how the page
// shows it.
const focused = `(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return 'nothing';
  const words = e.labels && e.labels.length ? e.labels[0].firstChild.textContent || e.labels[0].textContent : e.ariaLabel || e.textContent;
  const s = getComputedStyle(e), box = e.getBoundingClientRect();
  const seen = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && box.width > 0 && box.height > 0 && box.left >= 0 && box.right <= innerWidth + 1;
  return e.localName + ' ' + words.replace(/^[^\w"]+/, '').trim().replace(/\s+/g, ' ') + (seen ? '' : ' UNSEEN');
})()`

// controls are what a keyboard has to reach, each once.
const controls = `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]')].filter(e => e.checkVisibility()).length`

// tabTo presses Tab until that has the focus, which is visible wherever it is.
func tabTo(t *testing.T, b *browsertest.Browser, want string) {
	t.Helper()
	var way []string
	for range 80 {
		b.Key("Tab")
		at := b.Eval(focused)
		way = append(way, at)
		if strings.Contains(at, "UNSEEN") {
			t.Fatalf("the focus is not to be seen on %s", at)
		}
		if at == want {
			return
		}
	}
	t.Fatalf("Tab does not lead to %q, but to %s", want, strings.Join(way, ", "))
}

// arrived waits for a page that was gone to, all of it.
func arrived(b *browsertest.Browser, expression, want string) {
	b.Eventually("document.readyState + ' ' + ("+expression+")", "complete "+want)
}

func token(t *testing.T, r *rig) string {
	t.Helper()
	var info struct{ Tokens map[string]string }
	if err := json.Unmarshal([]byte(r.must(0, "info", "--json").stdout), &info); err != nil ||
		info.Tokens["status"] == "" {
		t.Fatalf("info shows no token: %v", err)
	}
	return info.Tokens["status"]
}

func TestTabReachesEveryControlAndTheFocusIsSeen(t *testing.T) {
	b := browsertest.Open(t)
	_, base := statusRig(t)
	for _, width := range []int{380, 1200} {
		b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1,
			"mobile": false}, nil)
		for _, path := range []string{"/", "/services/files", "/login"} {
			b.Visit(base+path, "!!document.querySelector('h1')")
			if strings.Contains(path, "files") {
				b.Eventually("!document.getElementById('follow-label').hidden", "true") // the script has begun
			}
			b.Eval("document.activeElement.blur(); window.reached = new Set(); document.addEventListener('focusin', e => " +
				"reached.add(e.target))")
			n := int(number(t, b, controls))
			for range n + 1 { // a login's field begins with the focus
				b.Key("Tab")
				if at := b.Eval(focused); strings.Contains(at, "UNSEEN") {
					t.Errorf("%s, %d wide: the focus is not to be seen on %s", path, width, at)
				}
			}
			if got := int(number(t, b, "reached.size")); got != n || n < 3 {
				t.Errorf("%s, %d wide: Tab reaches %d of %d controls", path, width, got, n)
			}
		}
	}
}

func TestServicesAreMovedByTheKeyboardAlone(t *testing.T) {
	b := browsertest.Open(t)
	r, base := statusRig(t)
	b.Visit(base+"/", "!!document.querySelector('tbody')")
	tabTo(t, b, "a files")
	b.Key("Enter")
	arrived(b, "location.pathname + ' ' + !!document.querySelector('#desk')", "/services/files true")
	restartByKeys(t, b, r, "Enter")
	// The next Tab goes on where the keyboard was.
	arrived(b, "location.hash", "#desk")
	b.Key("Tab")
	b.Eventually(focused, "button Restart")
	b.Key("Tab")
	b.Eventually(focused, "button Stop")
	b.Key("Space")
	r.waitState("files", "stopped", 30*time.Second)
	b.Eventually("[...document.querySelectorAll('#desk button')].filter(e => e.checkVisibility()).map(e => "+
		"e.textContent).join(' ')", "Start Log out")
	tabTo(t, b, "button Start")
	b.Key("Space")
	r.waitState("files", "ready", 30*time.Second)
	b.Eventually("document.querySelector('.summary').textContent.trim()", "● ready")
	tabTo(t, b, "button Log out")
	b.Key("Enter")
	arrived(b, "location.pathname + document.cookie", "/")
}

func TestALogIsSearchedByTheKeyboardAlone(t *testing.T) {
	b := browsertest.Open(t)
	r, base := statusRig(t)
	b.Visit(base+"/services/files", "!document.getElementById('follow-label').hidden")
	b.Key("Tab")
	if at := b.Eval(focused); at != "a To the log" {
		t.Fatalf("the first Tab leads to %s", at)
	}
	b.Key("Enter")
	tabTo(t, b, "input Search")
	b.Type("serving")
	b.Key("Enter")
	arrived(b, "new URLSearchParams(location.search).get('q') + ' ' + "+
		"document.getElementById('lines').textContent.includes('serving')", "serving true")
	if b.Eval("[...document.querySelectorAll('#lines li')].every(e => e.textContent.includes('serving'))") != "true" {
		t.Error("other lines are shown too")
	}
	tabTo(t, b, "select Level")
	b.Key("End")
	tabTo(t, b, "button Show")
	b.Key("Space")
	arrived(b, "new URLSearchParams(location.search).get('level') + ' ' + "+
		"document.getElementById('lines').textContent.trim()", "ERROR No line fits.")
	tabTo(t, b, "input Follow")
	b.Key("Space")
	b.Eventually("document.getElementById('follow').checked", "false")
	tabTo(t, b, "ol Lines of the log, the newest last")
	tabTo(t, b, "summary Configuration in force")
	b.Key("Enter")
	b.Eventually("document.querySelector('.settings').checkVisibility()", "true")
	if r.ps()["files"].State != "ready" {
		t.Error("files was moved")
	}
}

func TestThePagesAreReadWithoutJavaScript(t *testing.T) {
	b := browsertest.Open(t)
	r, base := statusRig(t)
	// The browser's own commands still run; nothing of the page does.
	b.Call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	b.Visit(base+"/", "document.querySelectorAll('tbody').length === 3")
	if got := b.Eval("getComputedStyle(document.body).maxWidth + ' ' + " +
		"document.getElementById('link').textContent.startsWith('as of ')"); !strings.HasSuffix(got, " true") {
		t.Errorf("the page does not say how old it is: %s", got)
	}
	tabTo(t, b, "a load again")
	tabTo(t, b, "a load every 5 seconds")
	b.Key("Enter")
	arrived(b, "document.querySelectorAll('noscript meta').length + location.search", "1?reload=1")
	b.Visit(base+"/", "!!document.querySelector('tbody')")
	tabTo(t, b, "a files")
	b.Key("Enter")
	arrived(b, "location.pathname", "/services/files")
	b.Eventually("document.querySelector('.summary').textContent.trim()", "● ready")
	eventually(t, 30*time.Second, "graphs", func() (bool, string) {
		b.Visit(base+"/services/files", "!!document.querySelector('.summary')")
		n := number(t, b, "document.querySelectorAll('figure svg[aria-label]').length")
		return n >= 6, fmt.Sprintf("%v graphs", n)
	})
	if b.Eval("document.getElementById('follow-label').checkVisibility()") != "false" {
		t.Error("what needs JavaScript is offered")
	}
	tabTo(t, b, "a hour")
	b.Key("Enter")
	arrived(b, "location.search + ' ' + document.querySelector('[aria-current]')?.textContent", "?span=1h hour")
	tabTo(t, b, "input Search")
	b.Type("serving")
	b.Key("Enter")
	arrived(b, "new URLSearchParams(location.search).get('q')", "serving")
	if got := b.Eval("[...document.querySelectorAll('#lines li')].filter(e => " +
		"e.textContent.includes('serving')).length / document.querySelectorAll('#lines li').length"); got != "1" {
		t.Errorf("the log is not searched: %s", got)
	}
	tabTo(t, b, "summary Configuration in force")
	b.Key("Enter")
	b.Eventually("document.querySelector('.settings').checkVisibility()", "true")
	// Also who starts and stops needs none.
	tabTo(t, b, "a To the log")
	restartByKeys(t, b, r, "Space")
}

// restartByKeys logs in from the page of the files service, and has it start
// again by a key on the button.
func restartByKeys(t *testing.T, b *browsertest.Browser, r *rig, key string) {
	t.Helper()
	tabTo(t, b, "a Log in to start and stop")
	b.Key("Enter")
	arrived(b, "document.activeElement.name", "token") // ready to be typed
	b.Type(token(t, r))
	b.Key("Enter")
	arrived(b, "location.pathname + ' ' + !!document.querySelector('form[action$=restart]')", "/services/files true")
	pid := r.ps()["files"].PID
	tabTo(t, b, "button Restart")
	b.Key(key)
	eventually(t, 30*time.Second, "another process", func() (bool, string) {
		now := r.ps()["files"].PID
		return now != 0 && now != pid, fmt.Sprint(now)
	})
}
