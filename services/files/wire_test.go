package files

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/server"
)

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// wire is the whole service on a socket, as clients have it.
type wire struct {
	t    *testing.T
	addr string
	log  *journal
}

// newWire serves until the test ends.
func newWire(t *testing.T, svc *Service) wire {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log := &journal{}
	svc.Config.Log = log
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	ports, done := make(chan int, 1), make(chan error, 1)
	go func() { done <- svc.ServeWith(ctx, func(port int) error { ports <- port; return nil }) }()
	select {
	case port := <-ports:
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		return wire{t, fmt.Sprintf("127.0.0.1:%d", port), log}
	case err := <-done:
		cancel()
		t.Fatal(err)
		return wire{}
	}
}

// everybody is a service in which everybody may do everything.
func everybody(root string) *Service {
	return &Service{Root: root, Upload: true, Users: []string{"* /=rwd"}, Config: server.Config{DrainTimeout: time.Second}}
}

func (w wire) dial() net.Conn {
	w.t.Helper()
	conn, err := net.DialTimeout("tcp", w.addr, 20*time.Second)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	return conn
}

// answered is one answer; status is 0 when the connection was closed without.
type answered struct {
	status int
	header http.Header
	body   string
}

// send writes bytes as they are, and reads the answers until the server
// closes the connection.
func (w wire) send(bytes string) []answered {
	w.t.Helper()
	conn := w.dial()
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, bytes) }() // the server may close before it has all
	method, _, _ := strings.Cut(bytes, " ")
	var list []answered
	for br := bufio.NewReader(conn); ; {
		resp, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			return list
		}
		body, _ := io.ReadAll(resp.Body)
		list = append(list, answered{resp.StatusCode, resp.Header, string(body)})
		if resp.StatusCode >= 200 {
			method = "GET"
		}
	}
}

// ask sends one request line with these header lines, and no body.
func (w wire) ask(method, target string, header ...string) answered {
	w.t.Helper()
	header = append([]string{"Host: localhost", "Connection: close"}, header...)
	list := w.send(fmt.Sprintf("%s %s HTTP/1.1\r\n%s\r\n\r\n", method, target, strings.Join(header, "\r\n")))
	if len(list) == 0 {
		return answered{}
	}
	return list[0]
}

// alive says whether the service still answers.
func (w wire) alive() {
	w.t.Helper()
	if got := w.ask("GET", "/"); got.status != 200 {
		w.t.Errorf("the share answers %d", got.status)
	}
}

// reader goes on with a connection of which the first bytes were read.
func reader(first []byte, conn io.Reader) *bufio.Reader {
	return bufio.NewReader(io.MultiReader(bytes.NewReader(first), conn))
}
