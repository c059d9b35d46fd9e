package clients

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/feed"
)

// visitor is a client that appears in the log of a service.
type visitor struct {
	host     string
	requests int
	bytes    float64
	last     time.Time
	path     string // of the last request
}

// visitors are the clients in the lines of a log that were read.
type visitors struct {
	logs   feed.Logs // where the lines come from
	byHost map[string]*visitor
}

// maxVisitors bounds how many clients are kept: the first ones that appear.
const maxVisitors = 5000

// of tells whether these are the visitors of a service, perhaps among others.
func (v *visitors) of(service string) bool {
	return len(v.logs.Names) > 1 || slices.Contains(v.logs.Names, service)
}

// add takes the access log lines among new lines.
func (v *visitors) add(msg feed.NewsMsg) {
	if len(msg.Lines) == 0 && !msg.Restart {
		return
	}
	if msg.Restart || !msg.Followed.Equal(v.logs) {
		v.logs, v.byHost = msg.Followed, map[string]*visitor{}
	}
	for i := range msg.Lines {
		if msg.Lines[i].Msg == "request" {
			v.addRequest(&msg.Lines[i])
		}
	}
}

func (v *visitors) addRequest(l *api.LogLine) {
	var remote, path, sent string
	for _, a := range l.Attrs {
		switch a.Key {
		case "remote":
			remote = a.Value
		case "path":
			path = a.Value
		case "bytes":
			sent = a.Value
		}
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	c := v.byHost[host]
	if c == nil {
		if host == "" || len(v.byHost) >= maxVisitors {
			return
		}
		c = &visitor{host: host}
		v.byHost[host] = c
	}
	c.requests++
	if n, err := strconv.ParseFloat(sent, 64); err == nil {
		c.bytes += n
	}
	if !l.Time.Before(c.last) {
		c.last, c.path = l.Time, path
	}
}

// list is all of them, the one with the newest request first.
func (v *visitors) list() []*visitor {
	var all []*visitor
	for _, c := range v.byHost {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *visitor) int {
		return cmp.Or(b.last.Compare(a.last), cmp.Compare(a.host, b.host))
	})
	return all
}

// lastPath is what a client asked for last. It is known only while the log is
// of one service.
func (v *visitors) lastPath(host string) string {
	if c := v.byHost[host]; c != nil && len(v.logs.Names) < 2 {
		return c.path
	}
	return ""
}
