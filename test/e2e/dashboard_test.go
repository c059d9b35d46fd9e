package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestEveryKeyOfTheDashboardDoesWhatTheHelpSays(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			toml, p := three(t)
			r := newRig(t, toml)
			r.write("work/hello.txt", "hello\n")
			r.write("album/one.txt", "a picture\n")
			before := r.dashboard(size[0], size[1])
			// Started by the dashboard itself, since none was running.
			before.waitFor("files", "camera", "status", "ready")
			eventuallyAllReady(t, r)

			keys := before
			keys.keys("?")
			keys.waitFor("the service above")
			keys.escape()
			keys.waitGone("the service above")

			selectRow(keys, "files")
			pid := r.ps()["files"].PID
			keys.keys("r")
			eventually(t, 5*time.Second, "r restarts", func() (bool, string) {
				s := r.ps()["files"]
				return s.State == api.Ready && s.PID != pid, fmt.Sprintf("%+v", s)
			})
			keys.keys("s")
			r.waitState("files", api.Stopped, 5*time.Second)
			keys.until("files is shown as stopped", func(now string) bool {
				return strings.Contains(row(now, "files"),
					"stopped")
			})
			keys.keys("S")
			r.waitState("files", api.Ready, 5*time.Second)
			keys.until("files is shown as ready", func(now string) bool { return strings.Contains(row(now, "files"), "ready") })

			// Its log: the request just made can be searched.
			get(t, fmt.Sprintf("http://127.0.0.1:%d/hello.txt", p[0]))
			get(t, fmt.Sprintf("http://127.0.0.1:%d/none.txt", p[0]))
			keys.waitFor("/none.txt")
			keys.keys("Tab")
			keys.keys("/")
			keys.line("hello.txt")
			keys.waitFor("/hello.txt  1 match")
			keys.escape() // the search
			keys.waitGone("1 match")
			keys.escape() // the log
			keys.waitFor("s stop")

			// Share a folder; its address is on the screen at once.
			keys.keys("a")
			keys.text(r.dir + "/album")
			keys.keys("Enter")
			keys.waitFor("http://")
			eventually(t, 5*time.Second, "the share is there", func() (bool, string) {
				s, ok := r.ps()["album"]
				return ok && s.State == api.Ready, fmt.Sprintf("%+v", s)
			})
			keys.escape()
			keys.waitGone("ends it, in the table")
			keys.waitFor("album")
			r.must(0, "unshare", "album")
			keys.until("the share is gone from the table", func(now string) bool { return !strings.Contains(now, "album  ") })

			// q leaves the services running and the terminal as it was.
			keys.keys("q")
			keys.until("the shell is back", func(string) bool { return !keys.alternate() })
			keys.waitFor("shell>", "keep running")
			if s := r.ps()["camera"]; s.State != api.Ready {
				t.Errorf("after q the camera is %s", s.State)
			}
			// Back again, and Q stops everything after a confirmation.
			keys.line("clear; " + built.Path("ammarctl"))
			keys.waitFor("files", "camera", "status", "ready")
			keys.keys("Q")
			keys.until("a question", func(now string) bool { return regexp.MustCompile(`(?i)stop`).MatchString(now) })
			keys.keys("y")
			keys.until("the shell is back", func(string) bool { return !keys.alternate() })
			eventually(t, 30*time.Second, "no instance is left", func() (bool, string) {
				res, _ := r.run("ps")
				return res.code == 4, fmt.Sprint(res.code, res.stdout)
			})
		})
	}
}

func eventuallyAllReady(t *testing.T, r *rig) {
	t.Helper()
	for _, name := range []string{"files", "camera", "status"} {
		r.waitState(name, api.Ready, 5*time.Second)
	}
}

// selectRow moves the selection to the service with this name.
func selectRow(s *screen, name string) {
	s.t.Helper()
	s.keys("k", "k", "k", "k", "k")
	s.until("a selected row", func(now string) bool {
		for line := range strings.Lines(now) {
			if strings.Contains(line, "▸") && strings.Contains(line, name) {
				return true
			}
		}
		s.keys("j")
		return false
	})
}

func TestASmallTerminalShowsACalmDashboard(t *testing.T) {
	toml, _ := three(t)
	r := newRig(t, toml)
	r.must(0, "up", "-d")
	eventuallyAllReady(t, r)
	s := r.dashboard(40, 12)
	s.waitFor("files", "camera", "status")
	for _, size := range [][2]int{{20, 5}, {1, 1}, {200, 60}, {32, 8}, {40, 12}} {
		s.tmux("resize-window", "-x", fmt.Sprint(size[0]), "-y", fmt.Sprint(size[1]))
	}
	s.waitFor("files", "camera", "status")
	s.keys("q")
	s.until("the shell is back", func(string) bool { return !s.alternate() })
}

func TestAShareFromAnotherTerminalAppearsInTheOpenDashboard(t *testing.T) {
	toml, _ := three(t)
	r := newRig(t, toml)
	r.write("holiday/one.txt", "sea\n")
	s := r.dashboard(120, 40)
	s.waitFor("files", "ready")

	var share api.Service
	unmarshal(t, r.must(0, "share", r.dir+"/holiday", "--port", "0", "--json").stdout, &share)
	if share.Share == nil || len(share.Share.URLs) == 0 {
		t.Fatalf("share says %+v", share)
	}
	_, port, _ := strings.Cut(share.Addr, ":")
	for strings.Contains(port, ":") {
		_, port, _ = strings.Cut(port, ":")
	}
	if _, body := get(t, "http://127.0.0.1:"+port+"/one.txt"); string(body) != "sea\n" {
		t.Errorf("the other machine gets %q", body)
	}
	s.waitFor("holiday")
	r.must(0, "unshare", "holiday")
	s.waitGone("holiday")
	if _, ok := r.ps()["holiday"]; ok {
		t.Error("the share is still listed")
	}
	r.must(3, "unshare", "holiday")

	// A hung-up terminal takes nothing with it.
	s.tmux("kill-server")
	if s := r.ps()["files"]; s.State != api.Ready {
		t.Errorf("files is %s", s.State)
	}
	if _, err := os.Stat(r.dir); err != nil {
		t.Fatal(err)
	}
}
