package files

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/server"
)

// serve shares root over a socket until the test ends.
func serve(t *testing.T, root string) (addr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ports, done := make(chan int, 1), make(chan error, 1)
	svc := &Service{Root: root, Config: server.Config{Log: io.Discard}}
	go func() { done <- svc.ServeWith(ctx, func(port int) error { ports <- port; return nil }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case port := <-ports:
		return fmt.Sprintf("127.0.0.1:%d", port)
	case err := <-done:
		t.Fatal(err)
		return ""
	}
}

// raw sends one GET over a connection and returns the answer's head, without
// its date, and its body.
func raw(t *testing.T, conn net.Conn, br *bufio.Reader, target string) (head, body string) {
	t.Helper()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target)
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Header.Del("Date")
	return fmt.Sprint(resp.Status, resp.Header), string(data)
}

func TestBothLanesGiveTheSameAnswerAndSeeChanges(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "hello", "dir/index.html": "<p>"})
	addr := serve(t, root)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	br := bufio.NewReader(conn)
	for _, target := range []string{"/a.txt", "/dir/", "/none.txt", "/none/", "/no%20ne", "/none/none", "/none.txt?q"} {
		slowHead, slowBody := raw(t, conn, br, target)
		for range 3 {
			if head, body := raw(t, conn, br, target); head != slowHead || body != slowBody {
				t.Errorf("%s: first %s %q, then %s %q", target, slowHead, slowBody, head, body)
			}
		}
	}
	eventually := func(what string, ok func(head, body string) bool) {
		t.Helper()
		var head, body string
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if head, body = raw(t, conn, br, "/a.txt"); ok(head, body) {
				return
			}
		}
		t.Errorf("%s is not seen: %s %q", what, head, body)
	}
	write(t, filepath.Join(root, "a.txt"), "changed!")
	eventually("a changed file", func(_, body string) bool { return body == "changed!" })
	if err := os.Remove(filepath.Join(root, "a.txt")); err != nil {
		t.Fatal(err)
	}
	eventually("a deleted file", func(head, _ string) bool { return strings.HasPrefix(head, "404") })
	if err := os.Symlink("../secret.txt", filepath.Join(root, "a.txt")); err == nil {
		eventually("a link that leads out", func(head, body string) bool {
			return strings.HasPrefix(head, "403") && !strings.Contains(body, secret)
		})
		if err := os.Remove(filepath.Join(root, "a.txt")); err != nil {
			t.Fatal(err)
		}
		eventually("a link that is gone", func(head, _ string) bool { return strings.HasPrefix(head, "404") })
	}
	write(t, filepath.Join(root, "a.txt"), "here again")
	eventually("a file that is there again", func(_, body string) bool { return body == "here again" })
}

func TestARootThatIsNoneIsExplained(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "x")
	for root, want := range map[string]string{"/no/such/folder": "no such folder", file: "it is a file"} {
		err := (&Service{Root: root}).Serve(context.Background())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), root) {
			t.Errorf("%s: %v", root, err)
		}
	}
}
