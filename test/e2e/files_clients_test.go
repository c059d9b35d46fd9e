package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
)

// shared is a files service in a process of its own, to which everybody may
// do everything.
type shared struct {
	t    *testing.T
	root string
	port int
	cmd  *exec.Cmd
}

// needs skips where a real client is missing; in CI it has to be there.
func needs(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing; .ci/run installs it", tool)
	}
	t.Skipf("needs %s", tool)
}

func share(t *testing.T) *shared {
	t.Helper()
	dir := t.TempDir()
	s := &shared{t: t, root: filepath.Join(dir, "root"), port: porttest.Free(t, 1)[0]}
	if err := os.Mkdir(s.root, 0o755); err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(built.Path("files"), "--root", s.root, "--upload", "--port", fmt.Sprint(s.port),
		"--no-access-log")
	s.cmd.Env = append(os.Environ(), "AMMAR_FILES_USERS=* /=rwd", "XDG_STATE_HOME="+dir)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	s.alive()
	return s
}

func (s *shared) url(path string) string { return fmt.Sprintf("http://127.0.0.1:%d/%s", s.port, path) }

// alive waits until the service answers.
func (s *shared) alive() {
	s.t.Helper()
	client := http.Client{Timeout: 5 * time.Second}
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := client.Get(s.url(""))
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the share does not answer: %v", err)
		}
	}
}

// random puts a file of so many random bytes into the share.
func (s *shared) random(name string, size int) []byte {
	s.t.Helper()
	data := make([]byte, size)
	_, _ = rand.Read(data)
	if err := os.WriteFile(filepath.Join(s.root, name), data, 0o644); err != nil {
		s.t.Fatal(err)
	}
	return data
}

// real runs a real client, a minute at most.
func real(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command("timeout", append([]string{"60", name}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "RCLONE_CONFIG="+filepath.Join(dir, "rclone.conf"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%.2000s", name, args, err, out)
	}
	return string(out)
}

func same(t *testing.T, file string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, want %d: %v", file, len(got), len(want), err)
	}
}

func TestDownloadersResumeAndLoadInParts(t *testing.T) {
	s := share(t)
	data := s.random("big.bin", 5<<20)
	for name, args := range map[string][]string{
		"curl":   {"-sS", "-C", "-", "-o", "big.bin", s.url("big.bin")},
		"wget":   {"-q", "-c", s.url("big.bin")},
		"aria2c": {"-q", "-x16", "-s16", "-k1M", "--allow-overwrite=true", "-o", "big.bin", s.url("big.bin")},
	} {
		t.Run(name, func(t *testing.T) {
			needs(t, name)
			dir := t.TempDir()
			if name != "aria2c" { // which wants its own control file to resume
				if err := os.WriteFile(filepath.Join(dir, "big.bin"), data[:1234567], 0o644); err != nil {
					t.Fatal(err)
				}
			}
			real(t, dir, name, args...)
			same(t, filepath.Join(dir, "big.bin"), data)
		})
	}
}

func TestLitmusPasses(t *testing.T) {
	needs(t, "litmus")
	s := share(t)
	out := real(t, t.TempDir(), "litmus", "-k", s.url(""))
	if n := strings.Count(out, " 0 failed. 100.0%"); n != 5 {
		t.Errorf("%d of the 5 suites passed:\n%s", n, out)
	}
}

func TestRcloneCopiesAndChecks(t *testing.T) {
	needs(t, "rclone")
	s := share(t)
	dir := t.TempDir()
	for i := range 30 {
		path := filepath.Join(dir, "from", fmt.Sprintf("folder %d", i%4), fmt.Sprintf("fïle #%d.bin", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.Repeat([]byte{byte(i)}, 1000*i), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	remote := ":webdav,url='" + s.url("") + "':"
	real(t, dir, "rclone", "copy", "from", remote+"to")
	real(t, dir, "rclone", "check", "--download", "from", remote+"to")
	real(t, dir, "rclone", "moveto", remote+"to", remote+"moved")
	real(t, dir, "rclone", "check", "--download", "from", remote+"moved")
	real(t, dir, "rclone", "purge", remote+"moved")
	if _, err := os.Stat(filepath.Join(s.root, "moved")); err == nil {
		t.Error("the purged folder is there")
	}
}

func TestSlowClientsDoNotStopTheShare(t *testing.T) {
	needs(t, "slowhttptest")
	s := share(t)
	s.random("big.bin", 3<<20)
	for _, args := range [][]string{{"-H", "-u", s.url("")}, {"-B", "-u", s.url("x")},
		{"-X", "-k", "2", "-u", s.url("big.bin")}, {"-R", "-t", "HEAD", "-u", s.url("big.bin")}} {
		real(t, t.TempDir(), "slowhttptest", append(args, "-c", "100", "-r", "100", "-l", "3", "-i", "1")...)
		s.alive()
	}
}

func TestTheListsOfTraversalsFindNothing(t *testing.T) {
	needs(t, "ffuf")
	lists := []string{"Injections/Traversal.txt", "vulns/dirTraversal.txt", "vulns/dirTraversal-nix.txt",
		"vulns/dirTraversal-win.txt"}
	s := share(t)
	s.random("a.bin", 10)
	for _, name := range lists {
		list := filepath.Join("/usr/share/wfuzz/wordlist", name)
		text, err := os.ReadFile(list)
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing; .ci/run installs wfuzz", list)
			}
			t.Skipf("needs %s", list)
		}
		// All that were tried, and those that found one of the files that they look for.
		bases := []string{""}
		if name == lists[0] {
			bases = []string{"", "a.bin/", "?file="}
		}
		for _, base := range bases {
			tried := real(t, t.TempDir(), "ffuf", "-s", "-w", list, "-u", s.url(base+"FUZZ"), "-mc", "all")
			if got, want := strings.Count(tried, "\n"), bytes.Count(bytes.TrimSpace(text), []byte("\n"))/2; got < want {
				t.Errorf("%s after %q: %d were tried, want %d or more", name, base, got, want)
			}
			found := real(t, t.TempDir(), "ffuf", "-s", "-w", list, "-u", s.url(base+"FUZZ"), "-mr",
				`root:.*:0:0|\[boot loader\]|\[fonts\]|for 16-bit app`)
			if strings.TrimSpace(found) != "" {
				t.Errorf("%s after %q found: %s", name, base, found)
			}
		}
	}
	s.alive()
}

// restart kills the service and starts it again on its port.
func (s *shared) restart() {
	s.t.Helper()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	again := exec.Command(s.cmd.Path, s.cmd.Args[1:]...)
	again.Env = s.cmd.Env
	if err := again.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.cmd = again
	s.alive()
}
