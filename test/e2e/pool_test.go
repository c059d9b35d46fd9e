package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Forty slow requests meet a pool of four workers and a queue of eight: four
// run, eight wait, the rest is answered at once.
func TestFortyRequestsForFourWorkersAndEightPlaces(t *testing.T) {
	p := porttest.Free(t, 2)
	r := newRig(t, fmt.Sprintf(`[service.slow]
exec = [%q, "--workers", "4", "--queue", "8"]
port = %d
[service.status]
port = %d
`, built.Path("slow"), p[0], p[1]))
	r.must(0, "up", "-d")
	r.waitState("slow", api.Ready, 5*time.Second)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var (
		wg       sync.WaitGroup
		rejected = make(chan *http.Response, 40)
	)
	started := time.Now()
	for range 40 {
		wg.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/slow", p[0]), nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return // it was still waiting when the test ended
			}
			resp.Body.Close()
			rejected <- resp
		})
	}
	for range 28 {
		select {
		case resp := <-rejected:
			if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
				t.Errorf("got %s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
			}
		case <-time.After(5 * time.Second):
			t.Fatal("fewer than 28 were answered at once")
		}
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("the rejections took %s", took)
	}

	want := api.Pool{Size: 4, Busy: 4, Queued: 8, QueueLimit: 8, RejectedTotal: 28}
	eventually(t, 5*time.Second, "ps agrees", func() (bool, string) {
		s := r.ps()["slow"]
		return s.Pool != nil && *s.Pool == want, fmt.Sprintf("%+v", s.Pool)
	})
	metrics := func() string {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", p[1]))
		if err != nil {
			return err.Error()
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return string(body)
	}
	eventually(t, 5*time.Second, "/metrics agrees", func() (bool, string) {
		text := metrics()
		for name, value := range map[string]int{"ammar_pool_busy": 4, "ammar_pool_queued": 8,
			"ammar_pool_rejected_total": 28} {
			if !hasSample(text, name, "slow", value) {
				return false, name + " in\n" + text
			}
		}
		return true, ""
	})
	screen := r.dashboard(120, 40)
	screen.waitFor("4/4+8")
	select {
	case resp := <-rejected:
		t.Errorf("one more was answered: %s", resp.Status)
	default:
	}
	cancel()
	wg.Wait()
}

// hasSample looks for a metric of a service with this value.
func hasSample(text, name, service string, value int) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, name+"{") && strings.Contains(line, fmt.Sprintf("service=%q", service)) &&
			strings.HasSuffix(strings.TrimSpace(line), fmt.Sprintf(" %d", value)) {
			return true
		}
	}
	return false
}
