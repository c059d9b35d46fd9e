package files

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// manyEntries makes a folder of n empty files, in memory where there is room
// for them.
func manyEntries(t *testing.T, n int) string {
	t.Helper()
	for _, place := range []string{"/dev/shm", os.TempDir()} {
		dir, err := os.MkdirTemp(place, "entries")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		for i := 0; i < n && err == nil; i++ {
			var f *os.File
			if f, err = os.Create(filepath.Join(dir, fileName(i))); err == nil {
				err = f.Close()
			}
		}
		if err == nil {
			return dir
		}
	}
	t.Skipf("there is no room for %d files", n)
	return ""
}

func fileName(i int) string { return fmt.Sprintf("file-%06d.txt", i) }

// Each form of a folder of 100,000 entries comes soon, page by page where it
// is for a person, and takes little memory beside the names.
func TestAHundredThousandEntriesStayQuick(t *testing.T) {
	const n = 100000 / slowdown
	const last = n/pageSize*pageSize - 1
	s := newShare(t, manyEntries(t, n))
	forms := map[string]func(body string) error{
		"/": func(body string) error {
			if links := len(hrefs(body)); links != pageSize || !strings.Contains(body, fmt.Sprintf("1–%d of %d", pageSize, n)) {
				return fmt.Errorf("%d entries on the first page", links)
			}
			return nil
		},
		fmt.Sprintf("/?page=%d", n/pageSize): func(body string) error {
			if !strings.Contains(body, fileName(last)) || strings.Contains(body, fileName(last-pageSize)) ||
				strings.Contains(body, `rel="next"`) {
				return fmt.Errorf("the last page is not the end")
			}
			return nil
		},
		"/?sort=size&order=desc": func(body string) error {
			if links := hrefs(body); len(links) != pageSize || links[0] != "./"+fileName(last) {
				return fmt.Errorf("the first is %.60q", links)
			}
			return nil
		},
		"/?q=" + fileName(last)[:10]: func(body string) error {
			if links := len(hrefs(body)); links != 10 {
				return fmt.Errorf("%d entries found", links)
			}
			return nil
		},
		"/?json": func(body string) error {
			var list []jsonEntry
			if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != n || list[n-1].Name != fileName(last) {
				return fmt.Errorf("%d entries: %v", len(list), err)
			}
			return nil
		},
		"/?json&page=2&per=500": func(body string) error {
			var list []jsonEntry
			if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != 500 || list[0].Name != "file-000500.txt" {
				return fmt.Errorf("%d entries: %v", len(list), err)
			}
			return nil
		},
		"/?text": func(body string) error {
			if lines := strings.Count(body, "\n"); lines != n {
				return fmt.Errorf("%d lines", lines)
			}
			return nil
		},
	}
	for target, check := range forms {
		started := time.Now()
		status, body := s.get(target)
		took := time.Since(started)
		if status != 200 {
			t.Errorf("%s: %d", target, status)
		} else if err := check(body); err != nil {
			t.Errorf("%s: %v", target, err)
		}
		t.Logf("%s: %d bytes in %s", target, len(body), took.Round(time.Millisecond))
		if took > 30*time.Second {
			t.Errorf("%s took %s", target, took)
		}
	}
	// What is in memory meanwhile is the names, not the answer.
	for _, target := range []string{"/", "/?json", "/?text"} {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		m := &meter{start: before.HeapAlloc}
		s.h.ServeHTTP(m, streamed("GET", target, nil))
		t.Logf("%s: %d bytes written, %d KiB of memory", target, m.written, m.peak>>10)
		if m.written < 100000 || m.peak > 48<<20 {
			t.Errorf("%s: %d bytes written, %d KiB of memory", target, m.written, m.peak>>10)
		}
	}
}

func TestPagesOfAListing(t *testing.T) {
	root := t.TempDir()
	for i := range 25 {
		write(t, filepath.Join(root, fmt.Sprintf("%02d", i)), "")
	}
	s := newShare(t, root)
	for target, want := range map[string][3]string{ // the first, how many, the next page
		"/?json": {"00", "25", ""}, "/?json&per=10": {"00", "10", `<?json=&page=2&per=10>; rel="next"`},
		"/?json&per=10&page=3":  {"20", "5", ""},
		"/?json&per=10&page=99": {"20", "5", ""}, "/?json&per=10&page=2&order=desc": {"14", "10",
			`<?json=&order=desc&page=3&per=10>; rel="next"`},
		"/?json&page=1": {"00", "25", ""}, "/?json&page=0": {"00", "25", ""}, "/?json&page=x&per=-5": {"00", "25", ""},
		"/?json&per=99999999999999999999":                         {"00", "25", ""},
		"/?json&page=9223372036854775807&per=9223372036854775806": {"00", "25", ""},
		"/?json&q=2&per=3":                                        {"02", "3", `<?json=&page=2&per=3&q=2>; rel="next"`},
		"/?json&q=nothing&per=3":                                  {"", "0", ""},
	} {
		resp := s.ask("GET", target)
		list := decode[[]jsonEntry](t, resp)
		first := ""
		if len(list) > 0 {
			first = list[0].Name
		}
		if got := [3]string{first, strconv.Itoa(len(list)), resp.Header.Get("Link")}; got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	if resp := s.ask("GET", "/?text&per=10&page=2"); resp.Header.Get("X-Total-Count") != "25" {
		t.Errorf("the total is %q", resp.Header.Get("X-Total-Count"))
	}
	_, page := s.get("/?per=10&page=2")
	if links := hrefs(page); len(links) != 10 || links[0] != "./10" || !strings.Contains(page, "11–20 of 25") ||
		!strings.Contains(page, "page=3&amp;per=10") || !strings.Contains(page, "page=1&amp;per=10") {
		t.Errorf("%d entries, %q", len(links), links)
	}
	if resp := s.ask("HEAD", "/?json"); resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("HEAD: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
}

// meter takes an answer and notes how much memory there is meanwhile.
type meter struct {
	header  http.Header
	start   uint64
	written int
	peak    uint64
	next    int
}

func (m *meter) Header() http.Header {
	if m.header == nil {
		m.header = http.Header{}
	}
	return m.header
}

func (m *meter) WriteHeader(int) {}

func (m *meter) Write(p []byte) (int, error) {
	if m.written += len(p); m.written >= m.next {
		m.next = m.written + 1<<20
		runtime.GC() // what is garbage does not count
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		m.peak = max(m.peak, now.HeapAlloc-min(m.start, now.HeapAlloc))
	}
	return len(p), nil
}
