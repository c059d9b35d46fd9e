//go:build linux

package faults

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func (r *rig) dial() net.Conn {
	r.t.Helper()
	conn, err := net.DialTimeout("unix", r.socket(), patience)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	return conn
}

// prompt measures the slowest of some answers.
func (r *rig) prompt(within time.Duration) {
	r.t.Helper()
	var slowest time.Duration
	for range 20 {
		began := time.Now()
		if _, err := r.ask(); err != nil {
			r.t.Error(err)
		}
		slowest = max(slowest, time.Since(began))
	}
	if slowest > within {
		r.t.Errorf("an answer took %s; %s are allowed", slowest, within)
	}
}

func TestAClientThatReadsNothingDelaysNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("talk", -1, "", "ready", "flood=2s")+service("web", porttest.Free(t, 1)[0], "", "serve"))
	r.up()
	web, pid := r.reaches("web", api.Ready), r.info().SupervisorPID
	for _, path := range []string{"/v1/watch", "/v1/logs?follow=1&n=-1", "/v1/logs?n=-1", "/v1/snapshot"} {
		for range 10 {
			fmt.Fprintf(r.dial(), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
		}
	}
	r.prompt(2 * time.Second)
	r.kill(web.PID)
	r.replaced("web", web.PID)
	r.must(0, "restart", "web")
	if long() { // a watcher is given up after ten seconds
		time.Sleep(60 * time.Second)
		r.prompt(time.Second)
	}
	u, err := usage(pid)
	if err != nil || u.rss > 300<<20 {
		t.Errorf("the supervisor takes %d MiB (%v)", u.rss>>20, err)
	}
}

func TestAThousandConnectionsOfTheControlSocketDelayNobodyAndLeaveNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", porttest.Free(t, 1)[0], "", "serve"))
	r.up()
	web, pid := r.reaches("web", api.Ready), r.info().SupervisorPID
	before, err := usage(pid)
	if err != nil {
		t.Fatal(err)
	}
	var idle []net.Conn
	for i := range 1000 {
		conn := r.dial()
		if i%2 == 0 {
			fmt.Fprint(conn, "GET /v1/ser") // and says no more
		}
		idle = append(idle, conn)
	}
	r.prompt(2 * time.Second)
	r.kill(web.PID)
	r.replaced("web", web.PID)
	for _, conn := range idle {
		conn.Close()
	}
	eventually(t, patience, "the connections are gone", func() error {
		if now, err := usage(pid); err != nil || now.descriptors > before.descriptors+8 {
			return fmt.Errorf("%d descriptors, then %d (%v)", before.descriptors, now.descriptors, err)
		}
		return nil
	})
}

func TestMalformedRequestsAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", porttest.Free(t, 1)[0], "", "serve"))
	r.up()
	web, info := r.reaches("web", api.Ready), r.info()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	valid := []string{
		"GET /v1/services HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /v1/shares HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
			"30\r\n\r\n{\"path\":\"/nonexistent\",\"port\":0}",
		"GET /v1/logs?n=5&name=web&since=1s&grep=x HTTP/1.1\r\nHost: x\r\n\r\n",
		"DELETE /v1/services/web HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /v1/services/none/restart HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	}
	for range rounds(300, 10_000) {
		text := []byte(valid[random.IntN(len(valid))])
		for range 1 + random.IntN(8) {
			at := random.IntN(len(text))
			switch random.IntN(3) {
			case 0:
				text[at] = byte(random.IntN(256))
			case 1:
				text = append(text[:at:at], text[min(len(text), at+1+random.IntN(9)):]...)
			default:
				text = append(text[:at:at], append([]byte(strings.Repeat(string(text[at:at+1]), 1+random.IntN(40))),
					text[at:]...)...)
			}
			if len(text) == 0 {
				break
			}
		}
		conn, err := net.Dial("unix", r.socket())
		if err != nil {
			t.Fatalf("nobody listens any more: %v", err)
		}
		_ = conn.SetDeadline(time.Now().Add(50 * time.Millisecond))
		_, _ = conn.Write(text)
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, 64<<10))
		conn.Close()
	}
	for _, body := range []string{"", "null", "[]", `{"path":1}`, `{"path":"/tmp","port":-1}`,
		`{"path":"/tmp","port":99999}`, `{"path":"relative"}`, `{"path":"/tmp","name":"../x"}`,
		`{"path":"/tmp","expire_seconds":-5}`, `{"path":"/tmp","bind":"nowhere"}`, strings.Repeat("[", 200_000)} {
		if status := r.post("/v1/shares", body); status/100 != 4 && status != 500 {
			t.Errorf("%.60q was answered %d", body, status)
		}
	}
	r.kept(web)
	if now := r.info(); now.SupervisorPID != info.SupervisorPID {
		t.Errorf("the supervisor is another one: %d, then %d", info.SupervisorPID, now.SupervisorPID)
	}
	if list, err := r.ask(); err != nil || len(list) != 1 {
		t.Errorf("there are %d services (%v)", len(list), err)
	}
}

func (r *rig) post(path, body string) int {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", r.socket())
		},
		DisableKeepAlives: true,
	}}
	resp, err := client.Post("http://supervisor"+path, "application/json", strings.NewReader(body))
	if err != nil {
		return http.StatusBadRequest // it was hung up on
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestAnotherUserIsNotServed(t *testing.T) {
	t.Parallel()
	needs(t, os.Getuid() == 0, "root, to become another user")
	nobody, err := user.Lookup("nobody")
	needs(t, err == nil, "a user nobody")
	r := newRig(t, service("web", -1, "", "ready"))
	r.up()
	r.reaches("web", api.Ready)
	// Even with the folders open to all: the socket's own mode, and the check
	// of who it is, are left.
	for _, dir := range []string{"", "run", "run/ammarctl", "run/ammarctl/default"} {
		if err := os.Chmod(r.dir+"/"+dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	curl := func() string {
		cmd := exec.Command("curl", "-s", "-S", "-m", "5", "--unix-socket", r.socket(), "http://x/v1/info")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: number(t, nobody.Uid),
			Gid: number(t, nobody.Gid)}}
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	_, err = exec.LookPath("curl")
	needs(t, err == nil, "curl")
	if out := curl(); strings.Contains(out, "supervisor_pid") {
		t.Errorf("another user was answered: %s", out)
	}
	if err := os.Chmod(r.socket(), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := curl(); strings.Contains(out, "supervisor_pid") || !strings.Contains(out, "curl:") {
		t.Errorf("another user was answered, with the socket open to all: %s", out)
	}
	if _, err := r.ask(); err != nil {
		t.Errorf("its own user is refused: %v", err)
	}
}

func number(t *testing.T, text string) uint32 {
	t.Helper()
	var n uint32
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestManyCommandsAtOnceLeaveOneProcessPerService(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", porttest.Free(t, 1)[0], "", "serve"))
	r.up()
	r.reaches("web", api.Ready)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			ctx, cancel := timeout(patience)
			defer cancel()
			c := r.client()
			act := []func() error{
				func() error { return c.Restart(ctx, "web") },
				func() error { return c.Stop(ctx, "web") },
				func() error { return c.Start(ctx, "web") },
			}[i%3]
			_ = act() // some stop what others start
			if ctx.Err() != nil {
				t.Error("a command was not answered")
			}
		})
	}
	all.Wait()
	r.must(0, "restart", "web")
	eventually(t, patience, "one process", func() error { return r.agrees(1) })
}
