package server

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// TestMixedRequestsKeepTheirOrderAndBodies sends random sequences of all kinds of
// requests over single connections. They are cut into random pieces, so that they
// change lanes at any moment. Every answer must belong to its own request.
func TestMixedRequestsKeepTheirOrderAndBodies(t *testing.T) {
	r := run(t, Config{NoAccessLog: true}, func(s *Server) {
		cached(s)
		s.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
		s.HandleFunc("GET /say/{what}", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, r.PathValue("what"))
		})
	})
	const host = " HTTP/1.1\r\nHost: x\r\n"
	for seed := range uint64(100) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var all strings.Builder
		var methods, want []string
		for i := range 30 {
			method, answer := "GET", "cached body"
			kind := rnd.IntN(7)
			if kind == 5 && rnd.IntN(4) > 0 {
				kind = 0 // a body keeps the connection in the full lane: not too early
			}
			switch kind {
			case 1:
				answer = fmt.Sprint("number", i)
				all.WriteString("GET /say/" + answer + host + "\r\n")
			case 2:
				method, answer = "HEAD", ""
				all.WriteString("HEAD /hot" + host + "\r\n")
			case 3:
				answer = "ach"
				all.WriteString("GET /hot" + host + "Range: bytes=1-3\r\n\r\n")
			case 4:
				answer = ""
				all.WriteString("GET /hot" + host + "If-None-Match: \"e1\"\r\n\r\n")
			case 5:
				method, answer = "POST", "GET /hot"+host+"\r\n"
				fmt.Fprintf(&all, "POST /echo%sContent-Length: %d\r\n\r\n%s", host, len(answer), answer)
			default:
				all.WriteString("GET /hot" + host + "\r\n")
			}
			methods, want = append(methods, method), append(want, answer)
		}
		nc := r.dial(t)
		br := bufio.NewReader(nc)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for s := all.String(); s != ""; {
				n := min(1+rnd.IntN(200), len(s))
				io.WriteString(nc, s[:n])
				s = s[n:]
			}
		}()
		for i, method := range methods {
			if _, body := answer(t, br, method); body != want[i] {
				t.Fatalf("seed %d, answer %d to %s: %q, want %q", seed, i, method, body, want[i])
			}
		}
		<-sent
		nc.Close()
	}
}
