package e2e

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// within waits until a condition holds.
func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s has not happened", what)
		}
	}
}

// The dashboard's way to a share: its transfers are seen, slowed down and
// ended, its links revoked.
func TestARunningShareIsSteeredThroughTheClient(t *testing.T) {
	s := share(t)
	dir, err := os.MkdirTemp("", "ctl") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	hash, err := bcrypt.GenerateFromPassword([]byte("x"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	again := exec.Command(s.cmd.Path, s.cmd.Args[1:]...)
	again.Env = append(os.Environ(), "AMMAR_FILES_USERS=* /=r\nanna:"+string(hash), "XDG_STATE_HOME="+dir,
		"AMMAR_CONTROL="+filepath.Join(dir, "c"))
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	s.cmd = again
	s.alive()
	s.random("big.bin", 32<<20)
	c, svc := client.New(filepath.Join(dir, "none")), api.Service{Name: "files", Control: filepath.Join(dir, "c")}
	ctx := t.Context()
	within(t, "the opening of its socket", func() bool { return c.SetLimits(ctx, svc, 0, 1<<20) == nil })

	begin := func(path string) *http.Response {
		t.Helper()
		resp, err := http.Get(s.url(path))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	resp := begin("big.bin")
	var list []api.Transfer
	within(t, "the transfer", func() bool {
		list, err = c.Transfers(ctx, svc)
		return err == nil && len(list) == 1 && list[0].DoneBytes > 0
	})
	if x := list[0]; x.Path != "/big.bin" || x.TotalBytes != 32<<20 || x.Client != "127.0.0.1" ||
		!strings.HasPrefix(x.UserAgent, "Go-http") {
		t.Errorf("it is %+v", x)
	}
	if err := c.SetClientLimit(ctx, svc, list[0].Client, 500000); err != nil {
		t.Error(err)
	}
	if l, err := c.Limits(ctx, svc); err != nil || l.Client != 1<<20 || l.Clients["127.0.0.1"] != 500000 {
		t.Errorf("limits %+v, %v", l, err)
	}
	if err := c.Kick(ctx, svc, list[0].ID); err != nil {
		t.Error(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Errorf("a transfer that was ended brought %d bytes, and no error", n)
	}
	if again := begin("big.bin"); again.StatusCode != http.StatusTooManyRequests {
		t.Errorf("its client at once again: %s", again.Status)
	}

	req, err := http.NewRequest("POST", s.url(".ammar/links"), strings.NewReader(`{"path":"/big.bin"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("anna:x")))
	made, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Body.Close()
	var link struct{ URL string }
	if err := json.NewDecoder(made.Body).Decode(&link); err != nil || made.StatusCode != http.StatusCreated {
		t.Fatalf("%s, %v", made.Status, err)
	}
	links, err := c.Links(ctx, svc)
	if err != nil || len(links) != 1 || links[0].Name != "big.bin" || links[0].By != "anna" {
		t.Fatalf("links %+v, %v", links, err)
	}
	if got := begin(strings.TrimPrefix(link.URL, "/") + "?sha256").StatusCode; got != http.StatusOK &&
		got != http.StatusTooManyRequests {
		t.Errorf("through the link: %d", got)
	}
	if err := c.Revoke(ctx, svc, links[0].ID); err != nil {
		t.Error(err)
	}
	if got := begin(strings.TrimPrefix(link.URL, "/")); got.StatusCode != http.StatusNotFound {
		t.Errorf("through a link that was revoked: %s", got.Status)
	}
	if err := c.Revoke(ctx, svc, links[0].ID); err == nil {
		t.Error("a link was revoked twice")
	}
	within(t, "the end of the transfers", func() bool {
		list, err = c.Transfers(ctx, svc)
		return err == nil &&
			len(list) == 0
	})
}
