//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// BenchmarkFilter compares nginx with the filter and without: processor time
// of its processes for one request, in rounds that take turns.
func BenchmarkFilter(b *testing.B) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		b.Skip("nginx is not installed")
	}
	ports := porttest.Free(b, 2)
	p := New(Config{})
	defer p.Close()
	go func() {
		for range p.Events() {
		}
	}()
	groups := [2]int{startNginx(b, p, path, ports[0], true), startNginx(b, p, path, ports[1], false)}
	const requests, rounds = 4000, 15
	var cost [2][]float64
	for b.Loop() {
		for i := range 2 * rounds {
			with := (i + i/2) % 2 // in turns that favour neither
			before := processorTime(b, groups[with])
			load(b, fmt.Sprintf("http://127.0.0.1:%d/", ports[with]), requests)
			took := processorTime(b, groups[with]) - before
			cost[with] = append(cost[with], float64(took.Nanoseconds())/requests/1000)
		}
	}
	for i, name := range []string{"µs/request-with", "µs/request-without"} {
		slices.Sort(cost[i])
		b.ReportMetric(cost[i][len(cost[i])/2], name)
	}
	b.ReportMetric(100*(cost[0][len(cost[0])/2]/cost[1][len(cost[1])/2]-1), "%-more")
}

// startNginx returns the process group.
func startNginx(b *testing.B, p *Ports, path string, port int, filtered bool) int {
	b.Helper()
	dir := b.TempDir()
	conf := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off; worker_processes 1; pid %s/pid; error_log stderr; events {}
http { access_log off; keepalive_requests 1000000; client_body_temp_path %[1]s; proxy_temp_path %[1]s;
fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen 127.0.0.1:%d; root %[1]s; } }`, dir, port)
	for name, text := range map[string]string{conf: text, filepath.Join(dir, "index.html"): strings.Repeat("x", 1024)} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(path, "-p", dir, "-c", conf)
	if filtered {
		if err := p.Begin(1, false); err != nil {
			b.Fatal(err)
		}
		offer, err := p.Offer(1)
		if err != nil {
			b.Fatal(err)
		}
		executable, err := os.Executable()
		if err != nil {
			b.Fatal(err)
		}
		cmd = exec.Command(executable, append([]string{path}, cmd.Args[1:]...)...)
		cmd.Env = append(os.Environ(), "TAKEOVER_TEST=launcher")
		cmd.ExtraFiles = []*os.File{offer.Child.File("offer")}
		defer func() {
			_ = cmd.ExtraFiles[0].Close()
			if reason, err := offer.Wait(b.Context()); reason != "" {
				b.Fatalf("no takeover: %s, %v", reason, err)
			}
		}()
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// load sends requests over 8 connections.
func load(b *testing.B, url string, requests int) {
	b.Helper()
	const connections = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for done := 0; done < requests/connections; {
				resp, err := client.Get(url)
				if err != nil {
					time.Sleep(10 * time.Millisecond) // it is about to listen
					continue
				}
				buf := make([]byte, 2048)
				for err == nil {
					_, err = resp.Body.Read(buf)
				}
				_ = resp.Body.Close()
				done++
			}
		})
	}
	all.Wait()
}

// processorTime is that of a group's processes, from the scheduler, in
// nanoseconds.
func processorTime(b *testing.B, group int) time.Duration {
	b.Helper()
	total := time.Duration(0)
	for _, pid := range sockdiag.Processes() {
		if g, err := syscall.Getpgid(pid); err != nil || g != group {
			continue
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			b.Skipf("this kernel has no schedstat: %v", err)
		}
		var ran int64
		if _, err := fmt.Sscan(string(text), &ran); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(ran)
	}
	return total
}
