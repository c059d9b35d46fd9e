// Package browsertest drives a real browser in tests.
package browsertest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// answerWithin is how long one command may take, on a machine that is busy.
const answerWithin = 90 * time.Second

// Browser is a headless Chromium, spoken to by its DevTools protocol over a
// pair of pipes: messages in JSON, each ended by a zero byte.
type Browser struct {
	t       *testing.T
	to      *os.File
	pipe    *os.File
	from    *bufio.Reader
	id      int
	session string
}

// Open starts a browser with an empty page, which ends with the test. Where
// there is none, the test is skipped, or fails if the machine is CI's.
func Open(t *testing.T) *Browser {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing; .ci/run installs it")
		}
		t.Skip("needs chromium")
	}
	childReads, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, childWrites, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(),
		"about:blank")
	cmd.ExtraFiles = []*os.File{childReads, childWrites}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	childReads.Close()
	childWrites.Close()
	b := &Browser{t: t, to: to, pipe: from, from: bufio.NewReaderSize(from, 1<<20)}
	t.Cleanup(func() {
		to.Close() // ends it
		done := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		done.Stop()
		from.Close()
	})
	var target struct{ TargetID string }
	b.Call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.Call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	b.Call("Page.enable", nil, nil)
	return b
}

// Call sends a command and reads up to its answer.
func (b *Browser) Call(method string, params map[string]any, result any) {
	b.t.Helper()
	if refused := b.try(method, params, result); refused != "" {
		b.t.Fatalf("%s: %s", method, refused)
	}
}

// try is Call for a command that may be refused, and says why it was.
func (b *Browser) try(method string, params map[string]any, result any) (refused string) {
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
	_ = b.pipe.SetReadDeadline(time.Now().Add(answerWithin)) // a pipe has one
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
			return answer.Error.Message
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return ""
	}
}

// Eval evaluates an expression on the page. If it throws, or the browser is leaving
// the page, the result is empty.
func (b *Browser) Eval(expression string) string {
	b.t.Helper()
	var out struct{ Result struct{ Value any } }
	refused := b.try("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true,
		"awaitPromise": true}, &out)
	if refused != "" && !pageLeft(refused) {
		b.t.Fatalf("%s: %s", expression, refused)
	}
	if out.Result.Value == nil {
		return ""
	}
	return fmt.Sprint(out.Result.Value)
}

// pageLeft tells whether the page went away under a question.
func pageLeft(refused string) bool {
	switch refused {
	case "Inspected target navigated or closed", "Execution context was destroyed.",
		"Cannot find default execution context", "Promise was collected":
		return true
	}
	return false
}

// Eventually waits until the page says so.
func (b *Browser) Eventually(expression, want string) {
	b.t.Helper()
	got := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if got = b.Eval(expression); got == want {
			return
		}
	}
	b.t.Fatalf("%s is %q, want %q", expression, got, want)
}

// Visit opens url, and waits until the expression ready is true there.
func (b *Browser) Visit(url, ready string) {
	b.t.Helper()
	b.Call("Page.navigate", map[string]any{"url": url}, nil)
	b.Eventually("document.readyState + ' ' + ("+ready+")", "complete true")
}

// Choose puts files into an input as a person does.
func (b *Browser) Choose(id string, files ...string) {
	b.t.Helper()
	var found struct{ Result struct{ ObjectID string } }
	b.Call("Runtime.evaluate", map[string]any{"expression": "document.getElementById('" + id + "')"}, &found)
	b.Call("DOM.setFileInputFiles", map[string]any{"files": files, "objectId": found.Result.ObjectID}, nil)
}

// Key presses a key and lets go of it, as a keyboard does: "Tab", "Enter",
// "Space", "Shift+Tab" or a letter.
func (b *Browser) Key(name string) {
	b.t.Helper()
	modifiers := 0
	if rest, shift := strings.CutPrefix(name, "Shift+"); shift {
		name, modifiers = rest, 8
	}
	key := map[string]any{"type": "keyDown", "key": name, "code": name, "modifiers": modifiers}
	switch name {
	case "Tab":
		key["windowsVirtualKeyCode"] = 9
	case "Enter":
		key["windowsVirtualKeyCode"], key["text"] = 13, "\r"
	case "Space":
		key["windowsVirtualKeyCode"], key["key"], key["text"] = 32, " ", " "
	case "ArrowDown":
		key["windowsVirtualKeyCode"] = 40
	case "End":
		key["windowsVirtualKeyCode"] = 35
	default:
		key["text"] = name
	}
	b.Call("Input.dispatchKeyEvent", key, nil)
	key["type"] = "keyUp"
	delete(key, "text")
	b.Call("Input.dispatchKeyEvent", key, nil)
}

// Type types a text where the focus is.
func (b *Browser) Type(text string) {
	b.t.Helper()
	for _, r := range text {
		b.Key(string(r))
	}
}

// Screenshot writes what the page looks like to a file, in PNG.
func (b *Browser) Screenshot(path string) {
	b.t.Helper()
	var shot struct{ Data []byte }
	b.Call("Page.captureScreenshot", nil, &shot)
	if err := os.WriteFile(path, shot.Data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
