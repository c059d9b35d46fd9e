package e2e

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// three is the configuration of the embedded default on free ports, with the
// pattern for a camera: a machine's own is not for tests.
func three(t *testing.T) (string, []int) {
	p := porttest.Free(t, 3)
	return fmt.Sprintf(`[service.files]
port = %d
root = "."
[service.camera]
port = %d
source = "pattern"
[service.status]
port = %d
`, p[0], p[1], p[2]), p
}

func get(t *testing.T, url string) (*http.Response, []byte) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func TestUpServesFilesCameraAndStatusAndDownLeavesNothing(t *testing.T) {
	toml, p := three(t)
	r := newRig(t, toml)
	r.write("work/hello.txt", "hello from a file\n")

	started := time.Now()
	r.must(0, "up", "-d")
	var pids []int
	for name := range map[string]bool{"files": true, "camera": true, "status": true} {
		s := r.waitState(name, api.Ready, time.Until(started.Add(5*time.Second)))
		pids = append(pids, s.PID)
	}

	_, body := get(t, fmt.Sprintf("http://127.0.0.1:%d/hello.txt", p[0]))
	if string(body) != "hello from a file\n" {
		t.Errorf("the file is %q", body)
	}
	resp, body := get(t, fmt.Sprintf("http://127.0.0.1:%d/cam.jpg", p[1]))
	if img, err := jpeg.Decode(bytes.NewReader(body)); err != nil || img.Bounds().Dx() < 100 {
		t.Errorf("/cam.jpg (%s) does not decode: %v", resp.Status, err)
	}
	first, second := twoFrames(t, fmt.Sprintf("http://127.0.0.1:%d/stream.mjpg", p[1]))
	if bytes.Equal(first, second) {
		t.Error("two frames of the stream are the same picture")
	}
	resp, body = get(t, fmt.Sprintf("http://127.0.0.1:%d/", p[2]))
	for _, name := range []string{"files", "camera", "status"} {
		if resp.StatusCode != 200 || !strings.Contains(string(body), name) {
			t.Errorf("the status page (%s) does not show %s", resp.Status, name)
		}
	}

	var info api.Info
	unmarshal(t, r.must(0, "info", "--json").stdout, &info)
	if info.SupervisorPID == 0 || !alive(info.SupervisorPID) {
		t.Errorf("info names supervisor %d", info.SupervisorPID)
	}

	r.must(0, "down")
	for _, pid := range append(pids, info.SupervisorPID) {
		if alive(pid) {
			t.Errorf("process %d is left over", pid)
		}
	}
	for _, port := range p {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Errorf("port %d is not free after down: %v", port, err)
			continue
		}
		ln.Close()
	}
	r.must(4, "ps")
}

// twoFrames reads the first two pictures of a multipart stream.
func twoFrames(t *testing.T, url string) (first, second []byte) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/x-mixed-replace" {
		t.Fatalf("the stream's type is %q: %v", resp.Header.Get("Content-Type"), err)
	}
	parts := multipart.NewReader(resp.Body, params["boundary"])
	frame := func() []byte {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			t.Fatalf("a frame does not decode: %v", err)
		}
		return data
	}
	return frame(), frame()
}

func TestAKilledServiceIsReadyAgainWithinASecondAndItsClientsWait(t *testing.T) {
	toml, p := three(t)
	r := newRig(t, toml)
	r.write("work/hello.txt", "still here\n")
	r.must(0, "up", "-d")
	for i, name := range []string{"files", "camera", "status"} {
		before := r.waitState(name, api.Ready, 5*time.Second)
		if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		killed := time.Now()
		path := "/"
		if name == "files" {
			path = "/hello.txt"
		}
		resp, _ := get(t, fmt.Sprintf("http://127.0.0.1:%d%s", p[i], path))
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: the client that came meanwhile got %s", name, resp.Status)
		}
		after := r.waitState(name, api.Ready, time.Until(killed.Add(time.Second)))
		if after.PID == before.PID || after.Restarts != 1 {
			t.Errorf("%s: pid %d then %d, restarts %d; want another pid and one restart", name, before.PID, after.PID,
				after.Restarts)
		}
		if after.LastExit == nil || after.LastExit.Text != "signal: killed" {
			t.Errorf("%s: last exit %+v, want signal: killed", name, after.LastExit)
		}
	}
}

func TestServicesRestartAfterTheirBinaryWasDeleted(t *testing.T) {
	toml, _ := three(t)
	r := newRig(t, toml)
	// As `go run` does: build, start, delete.
	other := filepath.Join(r.dir, "gone")
	data, err := os.ReadFile(built.Path("ammarctl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := r.command(t.Context(), "up", "-d")
	cmd.Path = other
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	r.waitState("files", api.Ready, 5*time.Second)
	r.must(0, "restart", "files")
	if s := r.ps()["files"]; s.State != api.Ready {
		t.Errorf("after the restart: %+v", s)
	}
	if s := r.ps()["camera"]; s.State == api.Ready {
		_ = syscall.Kill(s.PID, syscall.SIGKILL)
		r.waitState("camera", api.Ready, 2*time.Second)
	}
}
