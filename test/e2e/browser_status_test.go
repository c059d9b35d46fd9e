package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/browsertest"
	"github.com/ammarctl/ammarctl/internal/porttest"
)

// statusRig is an instance with a page that may be used, and a service that
// logs as fast as it can.
func statusRig(t *testing.T) (r *rig, base string) {
	t.Helper()
	free := porttest.Free(t, 2)
	r = newRig(t, fmt.Sprintf(`
[service.files]
port = %d
[service.flood]
exec = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo line $i of a flood; [ $((i %% 400)) != 0 ] || sleep 0.1; done"]
port = -1
[service.status]
port = %d
control = true
`, free[0], free[1]))
	r.must(0, "up", "-d")
	r.waitState("status", "ready", 30*time.Second)
	return r, fmt.Sprintf("http://127.0.0.1:%d", free[1])
}

func number(t *testing.T, b *browsertest.Browser, expression string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(b.Eval(expression), 64)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func TestATabThatStaysOpenDoesNotGrow(t *testing.T) {
	b := browsertest.Open(t)
	_, base := statusRig(t)
	b.Visit(base+"/services/flood", "document.getElementById('lines').childElementCount === 200")
	heap := func() float64 {
		b.Call("HeapProfiler.collectGarbage", nil, nil)
		var used struct{ UsedSize float64 }
		b.Call("Runtime.getHeapUsage", nil, &used)
		return used.UsedSize
	}
	// A day's worth of events, given to the page's own functions.
	flood := func(n int) {
		b.Eval(fmt.Sprintf("for (let i = 0; i < %d; i++) show({first: false, lost: 1, lines: Array.from({length: 20}, "+
			"(_, k) => ({time: '00:00:00', level: 'INFO', text: 'event ' + i + ' ' + k}))})", n))
	}
	flood(100)
	before := heap()
	flood(3000)
	for range 200 {
		b.Eval("events.onmessage({data: live.innerHTML.replace('ready', 'ready ')})")
	}
	if n := number(t, b, "lines.childElementCount"); n > 200 {
		t.Errorf("the log has %v rows", n)
	}
	if n := number(t, b, "document.querySelectorAll('*').length"); n > 2000 {
		t.Errorf("the page has %v elements", n)
	}
	if after := heap(); after > before+4e6 {
		t.Errorf("the heap grew from %.0f to %.0f bytes", before, after)
	}
	before2 := b.Eval("lines.lastElementChild.textContent")
	eventually(t, 30*time.Second, "the real log goes on", func() (bool, string) {
		now := b.Eval("lines.lastElementChild.textContent")
		return now != before2 && strings.Contains(now, "of a flood"), now
	})
}

func TestAServiceIsRestartedFromItsPageWithTheToken(t *testing.T) {
	b := browsertest.Open(t)
	r, base := statusRig(t)
	var info struct{ Tokens map[string]string }
	if err := json.Unmarshal([]byte(r.must(0, "info", "--json").stdout), &info); err != nil ||
		info.Tokens["status"] == "" {
		t.Fatalf("info shows no token: %v", err)
	}
	token := info.Tokens["status"]
	pid := r.ps()["files"].PID
	b.Visit(base+"/login?next="+url.QueryEscape("/services/files"), "!!document.querySelector('[name=token]')")
	b.Eval("document.querySelector('[name=token]').value = '" + token +
		"'; document.querySelector('form.login').requestSubmit()")
	b.Eventually("location.pathname + ' ' + !!document.querySelector('form[action$=restart]')", "/services/files true")
	b.Eval("document.querySelector('form[action$=restart]').requestSubmit()")
	eventually(t, 30*time.Second, "another process", func() (bool, string) {
		now := r.ps()["files"].PID
		return now != 0 && now != pid, fmt.Sprint(now)
	})
	if log := r.must(0, "logs", "--json", "-n", "-1", "files", "status").stdout; strings.Contains(log, token) {
		t.Error("the token is in a log")
	}
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", r.ps()["status"].PID)); err != nil ||
		strings.Contains(string(line), token) {
		t.Errorf("the token is in ps: %v", err)
	}
}

// What matters most of WCAG 2.2, asked of the pages in both colour schemes.
// AXE_CORE names a copy of axe.min.js, which then has its say too.
func TestTheStatusPagesAreForEverybody(t *testing.T) {
	b := browsertest.Open(t)
	_, base := statusRig(t)
	axe, err := os.ReadFile(os.Getenv("AXE_CORE"))
	if err != nil && os.Getenv("AXE_CORE") != "" {
		t.Fatal(err)
	}
	const own = `(() => {
  const bad = [];
  if (document.querySelectorAll('main').length !== 1) bad.push('not one main');
  if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
  if (!document.documentElement.lang || !document.title) bad.push('no language or title');
  for (const e of document.querySelectorAll('input:not([type=hidden]), select')) if (!e.labels.length) bad.push('no label: ' + e.outerHTML);
  for (const e of document.querySelectorAll('a, button')) if (!e.textContent.trim()) bad.push('no text: ' + e.outerHTML);
  for (const e of document.querySelectorAll('img')) if (!e.alt) bad.push('no alt');
  for (const e of document.querySelectorAll('svg')) if (e.getAttribute('aria-hidden') !== 'true' && !e.getAttribute('aria-label')) bad.push('a picture without words');
  for (const e of document.querySelectorAll('[id]')) if (document.querySelectorAll('[id="' + e.id + '"]').length > 1) bad.push('twice: ' + e.id);
  if (document.documentElement.scrollWidth > innerWidth) bad.push('wider than the screen: ' + document.documentElement.scrollWidth);
  return bad.join('; ') || 'good';
})()`
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{380, 1200} {
			b.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme",
				"value": scheme}}}, nil)
			b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1,
				"mobile": false}, nil)
			for _, path := range []string{"/", "/services/files", "/services/status", "/login"} {
				b.Visit(base+path, "!!document.querySelector('h1')")
				if got := b.Eval(own); got != "good" {
					t.Errorf("%s, %s, %d wide: %s", path, scheme, width, got)
				}
				if len(axe) > 0 {
					b.Eval(string(axe) + "; 0")
					got := b.Eval("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' " +
						"')).join('; ') || 'good')")
					if got != "good" {
						t.Errorf("axe: %s, %s, %d wide: %.600s", path, scheme, width, got)
					}
				}
			}
		}
	}
}
