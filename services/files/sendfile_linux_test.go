package files

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
)

// traced is a files service in a process of its own, watched by strace.
type traced struct {
	t      *testing.T
	url    string
	trace  string
	cmd    *exec.Cmd
	tracer *exec.Cmd
}

func startTraced(t *testing.T, root string, args ...string) *traced {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("strace is missing; .ci/run installs it")
		}
		t.Skip("needs strace")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "ammar-files")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/ammar-files").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	port := porttest.Free(t, 1)[0]
	s := &traced{t: t, url: fmt.Sprintf("http://127.0.0.1:%d/", port), trace: filepath.Join(dir, "trace")}
	s.cmd = exec.Command(program, append([]string{"--root", root, "--port", strconv.Itoa(port), "--no-access-log"},
		args...)...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	client := http.Client{Timeout: 20 * time.Second}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if resp, err := client.Head(s.url); err == nil {
			resp.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("ammar-files does not answer")
		}
	}
	s.tracer = exec.Command("strace", "-f", "-e", "trace=sendfile,write,writev,sendto,sendmsg", "-s", "0", "-o", s.trace,
		"-p", strconv.Itoa(s.cmd.Process.Pid))
	said, err := s.tracer.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.tracer.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(said).ReadString('\n'); !strings.Contains(line, "attached") {
		_ = s.tracer.Wait()
		t.Skipf("strace may not attach here: %s", line)
	}
	return s
}

// end ends both and counts, of the bytes that were sent, those of sendfile and
// of all other calls.
func (s *traced) end() (calls int, sent, copied int64) {
	s.t.Helper()
	_ = s.cmd.Process.Kill() // strace ends with what it traces
	_ = s.tracer.Wait()
	text, err := os.ReadFile(s.trace)
	if err != nil {
		s.t.Fatal(err)
	}
	done := regexp.MustCompile(`(sendfile|writev?|sendto|sendmsg)(?:\(| resumed>).*= (\d+)$`)
	for line := range strings.Lines(string(text)) {
		m := done.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		n, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		if m[1] != "sendfile" {
			copied += n
			continue
		}
		calls++
		sent += n
	}
	return calls, sent, copied
}

// A large file goes from the disk to the socket inside the kernel: whole, in a
// part, in several parts, and under a limit.
func TestLargeFilesAreSentBySendfile(t *testing.T) {
	const size = 32 << 20
	root := tree(t, map[string]string{"big.bin": ""})
	if err := os.Truncate(filepath.Join(root, "big.bin"), size); err != nil {
		t.Fatal(err)
	}
	s := startTraced(t, root, "--client-limit", "1000000000")
	client := http.Client{Timeout: 60 * time.Second}
	var want int64
	for _, part := range []struct {
		header string
		bytes  int64
	}{{"", size}, {"bytes=1000000-", size - 1000000}, {"bytes=0-999999,2000000-2999999", 2000000}} {
		req, err := http.NewRequest("GET", s.url+"big.bin", nil)
		if err != nil {
			t.Fatal(err)
		}
		if part.header != "" {
			req.Header.Set("Range", part.header)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil || n < part.bytes {
			t.Errorf("%q brings %d bytes: %v", part.header, n, err)
		}
		want += part.bytes
	}
	calls, sent, copied := s.end()
	t.Logf("%d bytes by %d calls of sendfile, %d by others", sent, calls, copied)
	// net/http copies the first 512 bytes, with the head of each answer.
	if sent < want-4*512 || sent > want || copied > 1<<20 {
		t.Errorf("%d bytes went by sendfile and %d by other calls, want %d and only the heads", sent, copied, want)
	}
	if calls > int(want/(8<<10)) {
		t.Errorf("%d calls of sendfile for %d bytes", calls, want)
	}
}
