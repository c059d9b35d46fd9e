package control

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/logs"
)

// The pace of a follower. It waits for gather, so that it can sort the lines of
// several services. It reads step lines of each log at a time, so that a flood is not
// held twice in memory.
const (
	gather = 30 * time.Millisecond
	step   = 2000
)

// source is one log that is read, and how far.
type source struct {
	name string
	log  *logs.Log
	seq  uint64
}

func (s *Server) logs(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r.URL.Query(), time.Now())
	if err != nil {
		return err
	}
	sources, err := s.sources(q.names)
	if err != nil {
		return err
	}
	out := newStream(w, s.slow)
	for line := range history(sources, q) {
		if out.write(line) != nil {
			return nil
		}
	}
	if out.flush() != nil || !q.follow {
		return nil
	}
	s.follow(r, out, sources, q)
	return nil
}

// sources opens the logs of the named services, or of all.
func (s *Server) sources(names []string) ([]*source, error) {
	all := len(names) == 0
	if all {
		for _, svc := range s.engine.Services() {
			names = append(names, svc.Name)
		}
	}
	var found []*source
	for _, name := range names {
		if slices.ContainsFunc(found, func(f *source) bool { return f.name == name }) {
			continue
		}
		log, err := s.engine.Log(name)
		if err != nil && all {
			continue // it has disappeared
		}
		if err != nil {
			return nil, err
		}
		found = append(found, &source{name: name, log: log})
	}
	return found, nil
}

func (q query) wants(line api.LogLine) bool {
	return q.grep == nil || q.grep.MatchString(line.Raw)
}

// inOrder sorts by time; lines of one moment, and so those of one service
// whose clock stands still, keep their order.
func inOrder(lines []api.LogLine) {
	slices.SortStableFunc(lines, func(a, b api.LogLine) int { return a.Time.Compare(b.Time) })
}

// follow writes new lines. It lags as far behind as its client is slow. If the rings
// lose lines by then, a line of its own says so.
func (s *Server) follow(r *http.Request, out *stream, sources []*source, q query) {
	changed, cancel := s.engine.Subscribe()
	defer cancel()
	for {
		wake := wakers(r, sources, changed)
		lines, more := next(sources, q)
		for _, line := range lines {
			if out.write(line) != nil {
				return
			}
		}
		if len(lines) > 0 && out.flush() != nil {
			return
		}
		if !more {
			reflect.Select(wake)
		}
		if !pause(r, gather, nil) {
			return
		}
		if len(q.names) == 0 {
			sources = s.refresh(sources)
		}
	}
}

// wakers are the events that end a follower's sleep. Taken before the lines
// are, so that none is missed.
func wakers(r *http.Request, sources []*source, changed <-chan struct{}) []reflect.SelectCase {
	channels := []any{r.Context().Done(), changed}
	for _, src := range sources {
		channels = append(channels, src.log.Changed())
	}
	cases := make([]reflect.SelectCase, len(channels))
	for i, c := range channels {
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
	}
	return cases
}

// next takes what each source has; more tells that one has more than a step.
func next(sources []*source, q query) (picked []api.LogLine, more bool) {
	for _, src := range sources {
		lines, dropped := src.log.Since(src.seq, step)
		if dropped > 0 {
			src.seq += dropped
			at := time.Now()
			if len(lines) > 0 {
				at = lines[0].Time
			}
			msg := fmt.Sprintf("… %d lines were dropped here: this reader was too slow", dropped)
			picked = append(picked, api.LogLine{Seq: src.seq, Time: at, Service: src.name, Level: "WARN", Msg: msg, Raw: msg,
				Supervisor: true})
		}
		if len(lines) > 0 {
			src.seq = lines[len(lines)-1].Seq
		}
		more = more || len(lines) == step
		for _, line := range lines {
			if q.wants(line) {
				picked = append(picked, line)
			}
		}
	}
	inOrder(picked)
	return picked, more
}

// refresh lists all logs again, because services come and go. A new log, even under an
// old name, is followed from its first line.
func (s *Server) refresh(old []*source) []*source {
	found, err := s.sources(nil)
	if err != nil {
		return old
	}
	for _, src := range found {
		for _, was := range old {
			if was.name == src.name && was.log == src.log {
				src.seq = was.seq
			}
		}
	}
	return found
}
