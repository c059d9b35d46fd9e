package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// event is a line of the log.
type event struct{ Msg, ID, Path, Level string }

// eventsOf returns the log's lines about a path, the access log's among them.
func (r *rig) eventsOf(t *testing.T, path string) (request, failure *event) {
	t.Helper()
	for _, line := range lines(r.log.String()) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		switch {
		case e.Path != path:
		case e.Msg == "request" && request == nil:
			request = &e
		case e.Level == "ERROR" && failure == nil:
			failure = &e
		default:
			t.Errorf("one line too many: %s", line)
		}
	}
	return request, failure
}

// TestARequestIsFollowedByItsID follows an id from the access log to the answer and to
// the error behind it, in either lane.
func TestARequestIsFollowedByItsID(t *testing.T) {
	broken := func(http.ResponseWriter, *http.Request) { panic("broken glass") }
	r := run(t, Config{}, func(s *Server) {
		cached(s)
		s.HandleFunc("/panic/", broken)
		s.Page("/page", Page{Render: func(context.Context) ([]byte, error) { return nil, errors.New("no ink") }})
		s.cache.Put("/fast/none", Entry{Status: 404})
		s.cache.Put("/fast/none", Entry{Status: 404})
	})
	r.cache.Put("/fast/file", entry("file"))
	const chunked = "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	nc := r.dial(t)
	br := bufio.NewReader(nc)
	cases := []struct {
		line, id, rest string
		status         int
		want           string // in the log; "*": one of the server's own
	}{
		{"GET /fast/file", "of-the-client.1", "\r\n", 200, "of-the-client.1"},
		{"GET /fast/none", "of-the-client.2", "\r\n", 404, "of-the-client.2"},
		{"GET /hot", "two words", "\r\n", 200, ""},
		{"GET /none", "of-the-client.3", "\r\n", 404, "of-the-client.3"},
		{"GET /cold", strings.Repeat("x", 65), "\r\n", 200, ""},
		{"GET /panic/1", "of-the-client.4", "\r\n", 500, "of-the-client.4"},
		{"GET /panic/2", "", "\r\n", 500, "*"},
		{"GET /panic/3", `"quoted"`, "\r\n", 500, "*"},
		{"POST /panic/4", "of-the-client.5", "Content-Length: 2\r\n\r\nab", 500, "of-the-client.5"},
		{"GET /page", "of-the-client.6", "\r\n", 500, "of-the-client.6"},
		{"POST /panic/5", "of-the-client.7", chunked, 500, "of-the-client.7"},
		{"POST /panic/6", "", chunked, 500, "*"},
	}
	answers := make([]*http.Response, len(cases))
	bodies := make([]string, len(cases))
	for i, c := range cases {
		io.WriteString(nc, c.line+" HTTP/1.1\r\nHost: x\r\n")
		if c.id != "" {
			io.WriteString(nc, "X-Request-Id: "+c.id+"\r\nX-Request-Id: another\r\n")
		}
		io.WriteString(nc, c.rest)
		answers[i], bodies[i] = answer(t, br, "GET")
	}
	r.stop() // the log is written to its end
	for i, c := range cases {
		if answers[i].StatusCode != c.status {
			t.Errorf("%s: %s, want %d", c.line, answers[i].Status, c.status)
			continue
		}
		_, path, _ := strings.Cut(c.line, " ")
		request, failure := r.eventsOf(t, path)
		if request == nil || c.want != "*" && request.ID != c.want {
			t.Errorf("%s: the access log has %+v, want the id %q", c.line, request, c.want)
			continue
		}
		told := answers[i].Header.Get("X-Request-Id")
		if c.status != 500 {
			if told != "" || failure != nil {
				t.Errorf("%s: no error, and the client got the id %q, the log %+v", c.line, told, failure)
			}
			continue
		}
		if told == "" || told == c.id != (c.want == c.id) || told != request.ID || failure == nil || failure.ID != told ||
			!strings.Contains(bodies[i], told) {
			t.Errorf("%s: the client got the id %q in %q, the access log has %+v, the error %+v", c.line, told, bodies[i],
				request, failure)
		}
	}
}
