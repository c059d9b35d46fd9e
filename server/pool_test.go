package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestOverloadedPoolAnswers503AtOnce(t *testing.T) {
	release := make(chan struct{})
	r := run(t, Config{Workers: 4, Queue: 8}, func(s *Server) {
		s.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-release })
		s.cache.Put("/hot", entry("hot"))
	})
	codes := make(chan int, 40)
	for range 40 {
		go func() {
			resp, err := http.Get("http://" + r.addr + "/slow")
			if err != nil {
				codes <- 0
				return
			}
			resp.Body.Close()
			if resp.StatusCode == 503 && resp.Header.Get("Retry-After") != "1" {
				t.Errorf("503 without Retry-After: %v", resp.Header)
			}
			codes <- resp.StatusCode
		}()
	}
	for range 28 {
		if code := <-codes; code != 503 {
			t.Errorf("answered %d while all workers are busy, want 503", code)
		}
	}
	eventually(t, "4 are busy and 8 queued", func() bool {
		busy, queued := r.pool.load()
		return busy == 4 && queued == 8
	})
	if resp, body := r.get(t, "/hot"); resp.StatusCode != 503 ||
		body != "503 all workers are busy and the queue is full [pool-full]\n" ||
		resp.Header.Get("Retry-After") != "1" {
		t.Errorf("the fast lane passed the full queue: %d %q", resp.StatusCode, body)
	}
	if got := r.pool.rejected.Load(); got != 29 {
		t.Errorf("rejected = %d, want 28 and the fast lane's one", got)
	}
	close(release)
	for range 12 {
		if code := <-codes; code != 200 {
			t.Errorf("a request with a place in the line got %d, want 200", code)
		}
	}
	eventually(t, "the pool is empty", func() bool { busy, queued := r.pool.load(); return busy == 0 && queued == 0 })
	http.DefaultClient.CloseIdleConnections()
}

func TestQueueIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, 10, time.Minute)
		if err := p.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []int
		for i := range 10 {
			go func() {
				if err := p.acquire(t.Context()); err != nil {
					t.Error(err)
				}
				order = append(order, i) // the pool of one is the lock
				p.release()
			}()
			synctest.Wait()
		}
		p.release()
		synctest.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("order = %v, want as they came", order)
			}
		}
		if len(order) != 10 {
			t.Errorf("%d were served, want 10", len(order))
		}
	})
}

func TestWaitEndsWithTimeoutOrContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, 10, 3*time.Second)
		_ = p.acquire(t.Context())
		start := time.Now()
		if err := p.acquire(t.Context()); !errors.Is(err, errPoolTimeout) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v, want %v after 3s", err, time.Since(start), errPoolTimeout)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("acquire = %v, want the context's error", err)
		}
		if busy, queued := p.load(); busy != 1 || queued != 0 {
			t.Errorf("busy, queued = %d, %d; want 1, 0", busy, queued)
		}
		p.release()
		if err := p.acquire(t.Context()); err != nil {
			t.Errorf("the worker was lost: %v", err)
		}
	})
}

// TestPoolKeepsItsBounds lets many goroutines come, wait, give up and leave.
func TestPoolKeepsItsBounds(t *testing.T) {
	const size, limit = 3, 5
	p := newPool(size, limit, time.Minute)
	var inside, served atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for j := range 2000 {
				ctx, cancel := context.WithCancel(t.Context())
				if (i+j)%3 == 0 {
					time.AfterFunc(time.Duration(j%7)*time.Microsecond, cancel)
				}
				if p.acquire(ctx) == nil {
					if n := inside.Add(1); n > size {
						t.Errorf("%d workers at once, want at most %d", n, size)
					}
					served.Add(1)
					inside.Add(-1)
					p.release()
				}
				if _, queued := p.load(); queued > limit {
					t.Errorf("%d queued, want at most %d", queued, limit)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if busy, queued := p.load(); busy != 0 || queued != 0 || p.line.Len() != 0 || served.Load() == 0 {
		t.Errorf("left: %d busy, %d queued, %d in line, %d served", busy, queued, p.line.Len(), served.Load())
	}
}

func TestPageIsRenderedOnceForAll(t *testing.T) {
	var renders atomic.Int64
	r := run(t, Config{}, func(s *Server) {
		s.Page("/page", Page{Every: time.Hour, ContentType: "text/html", Render: func(context.Context) ([]byte, error) {
			renders.Add(1)
			return []byte("<p>page"), nil
		}})
		s.Page("/broken", Page{ContentType: "text/html", Render: func(context.Context) ([]byte, error) { panic("oh") }})
		s.Page("/failed", Page{Every: time.Hour, Render: func(context.Context) ([]byte, error) {
			return nil, io.ErrUnexpectedEOF
		}})
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if resp, body := r.get(t, "/page"); body != "<p>page" || resp.Header.Get("Content-Type") != "text/html" {
				t.Errorf("got %q as %v", body, resp.Header)
			}
		})
	}
	all.Wait()
	if n := renders.Load(); n != 1 {
		t.Errorf("rendered %d times within Every, want once", n)
	}
	if r.cache.get([]byte("/page"), time.Now()) == nil {
		t.Error("the page is not in the fast lane")
	}
	compare(t, r, "GET /page HTTP/1.1\r\nHost: x\r\n\r\n", "GET /page HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
		"GET")
	for _, path := range []string{"/broken", "/failed"} {
		if resp, _ := r.get(t, path); resp.StatusCode != 500 {
			t.Errorf("%s: %d, want 500", path, resp.StatusCode)
		}
	}
}
