package filewatch

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestChangesAreToldOnceForAllThatHappenTogether(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"app.py", "other.py", "pages/a.html", "pages/sub/b.html", "pages/.git/x"} {
		write(t, filepath.Join(dir, path), "1")
	}
	told := make(chan string, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Watch(ctx, dir, []string{"app.py", "pages"}, func(p string) { told <- p }) }()
	time.Sleep(100 * time.Millisecond) // nothing says that the watch has begun
	for _, step := range []struct {
		name string
		do   func()
		want string // empty: nothing is told
	}{
		{"another file beside a watched one", func() { write(t, dir+"/other.py", "2") }, ""},
		{"the file", func() { write(t, dir+"/app.py", "2") }, "app.py"},
		{"as editors do it", func() {
			write(t, dir+"/.app.py.swp", "x")
			write(t, dir+"/app.py~", "x")
			if err := os.Rename(dir+"/app.py~", dir+"/app.py"); err != nil {
				t.Error(err)
			}
		}, "app.py"},
		{"in a folder of the folder", func() { write(t, dir+"/pages/sub/b.html", "2"); write(t, dir+"/pages/a.html", "2") },
			"pages/sub/b.html"},
		{"what is hidden", func() { write(t, dir+"/pages/.git/x", "2") }, ""},
		{"in a folder that is new", func() {
			if err := os.Mkdir(dir+"/pages/new", 0o755); err != nil {
				t.Error(err)
			}
		}, "pages/new"},
		{"and in it", func() { write(t, dir+"/pages/new/c.html", "1") }, "pages/new/c.html"},
	} {
		step.do()
		select {
		case path := <-told:
			if want := filepath.Join(dir, step.want); step.want == "" || path != want {
				t.Errorf("%s: told of %s, want %q", step.name, path, step.want)
			}
		case <-time.After(calm + 300*time.Millisecond):
			if step.want != "" {
				t.Errorf("%s: nothing was told", step.name)
			}
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(told) > 0 {
		t.Errorf("also told of %s", <-told)
	}
}

func TestWhatCannotBeWatchedIsNamed(t *testing.T) {
	if err := Watch(t.Context(), "/", []string{"no/such/file"}, nil); err == nil {
		t.Error("no error")
	}
}
