//go:build linux

package faults

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
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

// unexplained are the failures that no kill explains: each of these may cost
// the requests in flight at its moment, and nothing else.
func unexplained(failures []failure, kills []time.Time) (left []failure) {
	for _, f := range failures {
		explained := false
		for _, at := range kills {
			// A process dies a moment after the signal was sent.
			explained = explained || !at.Before(f.from.Add(-20*time.Millisecond)) && !at.After(f.to)
		}
		if !explained {
			left = append(left, f)
		}
	}
	return left
}

func (f failure) String() string {
	return fmt.Sprintf("%s, after %s: %v", f.from.Format("15:04:05.000"), f.to.Sub(f.from).Round(time.Millisecond), f.err)
}
