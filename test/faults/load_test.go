//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// load asks a service again and again, each time over a new connection, until
// it is ended.
type load struct {
	url    string
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex
	answered int
	failures []failure
}

// failure is a request that was not answered with 200.
type failure struct {
	from, to time.Time
	err      error
}

func ask(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s", resp.Status)
	}
	return string(body), err
}

// fetch asks once, over a new connection.
func fetch(url string) (string, error) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	return ask(context.Background(), client, url)
}

func startLoad(port, clients int, pause time.Duration) *load {
	return beginLoad(port, clients, pause, false)
}

// startKeepAlive is startLoad with connections that are kept.
func startKeepAlive(port, clients int, pause time.Duration) *load {
	return beginLoad(port, clients, pause, true)
}

func beginLoad(port, clients int, pause time.Duration, keep bool) *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{url: fmt.Sprintf("http://127.0.0.1:%d/", port), cancel: cancel}
	for range clients {
		l.done.Go(func() { l.run(ctx, pause, keep) })
	}
	return l
}

func (l *load) run(ctx context.Context, pause time.Duration, keep bool) {
	transport := &http.Transport{DisableKeepAlives: !keep}
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: time.Minute, Transport: transport}
	for ctx.Err() == nil {
		from := time.Now()
		// The last request is given its time.
		_, err := ask(context.WithoutCancel(ctx), client, l.url)
		l.mu.Lock()
		if err == nil {
			l.answered++
		} else {
			l.failures = append(l.failures, failure{from, time.Now(), err})
		}
		l.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// end waits for the last answers.
func (l *load) end() (answered int, failures []failure) {
	l.cancel()
	l.done.Wait()
	return l.answered, l.failures
}

// death is the time that a process took to die, from the signal on: what it
// accepted meanwhile it may not have answered.
type death struct{ from, to time.Time }

// explains tells whether a request was in flight meanwhile, or a moment after:
// the system closes a process's connections one after the other.
func (d death) explains(f failure) bool {
	return !f.from.After(d.to.Add(20*time.Millisecond)) && !f.to.Before(d.from)
}

// kills kills a process, and waits for its end.
func (r *rig) kills(pid int) death {
	r.t.Helper()
	from := time.Now()
	_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended just before
	eventually(r.t, patience, fmt.Sprintf("pid %d is dead", pid), func() error {
		if alive(pid) {
			return errors.New("it lives")
		}
		return nil
	})
	return death{from, time.Now()}
}

// unexplained are the failures that no death explains: each of these may cost
// the requests in flight, and nothing else.
func unexplained(failures []failure, deaths []death) (left []failure) {
	for _, f := range failures {
		if !slices.ContainsFunc(deaths, func(d death) bool { return d.explains(f) }) {
			left = append(left, f)
		}
	}
	return left
}

func (f failure) String() string {
	return fmt.Sprintf("%s, after %s: %v", f.from.Format("15:04:05.000"), f.to.Sub(f.from).Round(time.Millisecond), f.err)
}
