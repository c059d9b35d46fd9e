package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// browser is a headless Chromium, spoken to by its DevTools protocol over a
// pair of pipes: messages in JSON, each ended by a zero byte.
type browser struct {
	t       *testing.T
	to      *os.File
	from    *bufio.Reader
	id      int
	session string
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	needs(t, "chromium")
	childReads, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, childWrites, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{childReads, childWrites}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	childReads.Close()
	childWrites.Close()
	_ = from.SetReadDeadline(time.Now().Add(90 * time.Second))
	b := &browser{t: t, to: to, from: bufio.NewReaderSize(from, 1<<20)}
	t.Cleanup(func() {
		to.Close() // ends it
		done := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		done.Stop()
		from.Close()
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	b.call("Page.enable", nil, nil)
	return b
}

// call sends a command and reads up to its answer.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.id++
	message := map[string]any{"id": b.id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		line, err := b.from.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), &answer); err != nil {
			b.t.Fatal(err)
		}
		if answer.ID != b.id {
			continue // an event
		}
		if answer.Error != nil {
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// eval evaluates an expression on the page; what it throws is empty.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var out struct{ Result struct{ Value any } }
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &out)
	if out.Result.Value == nil {
		return ""
	}
	return fmt.Sprint(out.Result.Value)
}

// eventually waits until the page says so.
func (b *browser) eventually(expression, want string) {
	b.t.Helper()
	got := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if got = b.eval(expression); got == want {
			return
		}
	}
	b.t.Fatalf("%s is %q, want %q", expression, got, want)
}

func (b *browser) visit(url string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	b.eventually("document.readyState + ' ' + !!document.getElementById('filter')", "complete true")
}

// choose puts files into an input as a person does.
func (b *browser) choose(id string, files ...string) {
	b.t.Helper()
	var found struct{ Result struct{ ObjectID string } }
	b.call("Runtime.evaluate", map[string]any{"expression": "document.getElementById('" + id + "')"}, &found)
	b.call("DOM.setFileInputFiles", map[string]any{"files": files, "objectId": found.Result.ObjectID}, nil)
}

const names = "[...document.querySelectorAll('tbody tr:not([hidden]) a.entry')].map(a => a.textContent).join(' ')"

func TestABrowserListsSortsAndFilters(t *testing.T) {
	b := openBrowser(t)
	s := share(t)
	s.random("b.bin", 10)
	s.random("a.bin", 30)
	s.random("c.txt", 20)
	b.visit(s.url(""))
	b.eventually(names, "a.bin b.bin c.txt")
	b.visit(s.url("?sort=size&order=desc"))
	b.eventually(names, "a.bin c.txt b.bin")
	b.eval("const f = document.getElementById('filter'); f.value = 'C'; f.dispatchEvent(new Event('input'))")
	b.eventually(names, "c.txt")
}

func TestABrowsersUploadIsResumedAfterTheServerWasKilled(t *testing.T) {
	b := openBrowser(t)
	s := share(t)
	source := filepath.Join(t.TempDir(), "film.bin")
	data := make([]byte, 48<<20)
	for i := range data {
		data[i] = byte(i >> 8)
	}
	if err := os.WriteFile(source, data, 0o644); err != nil {
		t.Fatal(err)
	}
	b.visit(s.url(""))
	// The page's own request is cut in the middle, as a slow network would be.
	b.call("Network.enable", nil, nil)
	b.call("Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 8 << 20}, nil)
	b.choose("files", source)
	b.eventually("Number(document.querySelector('#uploads progress')?.value) > 0.1", "true")
	s.restart()
	b.call("Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}, nil)
	b.eventually(names, "film.bin")
	same(t, filepath.Join(s.root, "film.bin"), data)
}
