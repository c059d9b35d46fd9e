package files

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/services/files/store"
)

// A hundred who want the same great work at once are served one after the
// other, or told to come again; who wants a small file does not wait for them.
func TestManyWhoWantMuchAtOnce(t *testing.T) {
	files := map[string]string{"small.txt": "small"}
	for i := range 40 {
		files[fmt.Sprintf("dir/%d.txt", i)] = strings.Repeat("text ", 20000)
	}
	svc := everybody(tree(t, files))
	svc.Config.Workers, svc.Config.Queue = 32, 200
	w := newWire(t, svc)
	client := &http.Client{Timeout: 2 * time.Minute}
	var group sync.WaitGroup
	var served, told atomic.Int64
	for i := range 100 {
		group.Go(func() {
			target := []string{"/dir/?zip", "/dir/?tar", "/dir/0.txt?sha256", "/dir/1.txt?thumb", "/dir/?q=1&json"}[i%5]
			resp, err := client.Get("http://" + w.addr + target)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			switch resp.StatusCode {
			case 200, 415:
				served.Add(1)
			case 503:
				told.Add(1)
			default:
				t.Errorf("%s: %s", target, resp.Status)
			}
		})
	}
	if got := w.ask("GET", "/small.txt"); got.status != 200 && got.status != 503 {
		t.Errorf("a small file meanwhile: %d", got.status)
	}
	group.Wait()
	t.Logf("%d were served, %d told to come again", served.Load(), told.Load())
	if served.Load() < 20 {
		t.Errorf("only %d were served", served.Load())
	}
	w.alive()
}

// A tree that goes in circles by its links ends for whoever walks through it.
func TestATreeThatGoesInCirclesHasAnEnd(t *testing.T) {
	root := tree(t, map[string]string{"a/b/c/file.txt": "text"})
	for name, to := range map[string]string{"a/b/up": "../..", "a/self": ".", "a/b/c/top": "../../../a", "loop1": "loop2",
		"loop2": "loop1"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Skip(err)
		}
	}
	s := newWritable(t, root)
	for _, target := range []string{"/?zip", "/?tar", "/?q=file", "/a/", "/a/self/self/self/b/c/file.txt"} {
		if status, body := s.get(target); status != 200 || len(body) > 100000 {
			t.Errorf("%s: %d, %d bytes", target, status, len(body))
		}
	}
	if got := s.tell("COPY", "/a/", "", "Destination", "/copy/").StatusCode; got != 201 {
		t.Errorf("COPY: %d", got)
	}
	count := 0
	_ = filepath.WalkDir(filepath.Join(root, "copy"), func(string, os.DirEntry, error) error { count++; return nil })
	if count != 4 { // copy, b, c and the file
		t.Errorf("the copy has %d names", count)
	}
}

// Folders deeper than anybody makes by hand are an error, not an end of the
// process.
func TestFoldersTooDeep(t *testing.T) {
	root := tree(t, nil)
	s := newWritable(t, root)
	deep := strings.Repeat("d/", store.MaxDepth+50)
	if err := os.MkdirAll(filepath.Join(root, deep), 0o755); err != nil {
		t.Skip(err)
	}
	write(t, filepath.Join(root, deep, "f.txt"), "deep")
	for target, want := range map[string]int{"/" + deep: 200, "/" + deep + "f.txt": 200} {
		if status, _ := s.get(target); status != want {
			t.Errorf("%.20s…: %d, want %d", target, status, want)
		}
	}
	if got := s.tell("COPY", "/d/", "", "Destination", "/copy/").StatusCode; got != 403 {
		t.Errorf("COPY: %d, want 403", got)
	}
	parts := strings.TrimSuffix(strings.Repeat("e/", store.MaxDepth+2), "/")
	if got := s.tell("POST", "/?tus", "", "Tus-Resumable", "1.0.0", "Upload-Length", "1", "Upload-Metadata",
		"relativePath "+base64.StdEncoding.EncodeToString([]byte(parts))).StatusCode; got != 400 {
		t.Errorf("tus: %d, want 400", got)
	}
	if got := s.tell("DELETE", "/d/", "").StatusCode; got != 204 {
		t.Errorf("DELETE: %d", got)
	}
}

// XML that is long, deep or that refers to itself costs its own request only.
func TestXMLThatIsTooMuch(t *testing.T) {
	w := newWire(t, everybody(tree(t, map[string]string{"a.txt": "a"})))
	bombs := map[string]string{
		"deep":     strings.Repeat("<a>", 1_000_000),
		"long":     "<D:propfind xmlns:D=\"DAV:\"><D:prop>" + strings.Repeat("<D:getetag/>", 4_000_000),
		"entities": `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>`,
		"outside":  `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><D:propfind xmlns:D="DAV:"><D:prop>&a;</D:prop></D:propfind>`,
		"names":    "<D:propfind xmlns:D=\"DAV:\"><D:prop><" + strings.Repeat("x", 1<<20) + "/></D:prop></D:propfind>",
		"attrs":    "<D:propfind xmlns:D=\"DAV:\"" + strings.Repeat(" a='b'", 100000) + "><D:prop/></D:propfind>",
	}
	for name, bomb := range bombs {
		for _, method := range []string{"PROPFIND", "PROPPATCH", "LOCK"} {
			text := fmt.Sprintf("%s /a.txt HTTP/1.1\r\nHost: localhost\r\nDepth: 0\r\nConnection: "+
				"close\r\nContent-Length: %d\r\n\r\n%s", method, len(bomb), bomb)
			list := w.send(text)
			if len(list) > 0 && (list[0].status < 400 || list[0].status >= 500 || strings.Contains(list[0].body, "root:")) {
				t.Errorf("%s %s: %d %.200q", method, name, list[0].status, list[0].body)
			}
		}
	}
	w.alive()
}
