package info

import (
	"fmt"
	"strings"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/address"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/draw"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

type fact = draw.Fact

// facts lists everything that is known of a service.
func (t *Tab) facts(scr component.Screen, s api.Service) []fact {
	list := stateFacts(scr, s)
	if s.Share != nil {
		list = append(list, shareFacts(scr, s.Share)...)
	} else if url := address.Of(s, scr.Snapshot.Info.Hosts); url != "" {
		list = append(list, fact{Name: messages.InfoAddress, Value: safe.Text(url)})
	}
	if len(s.Listens) > 1 {
		list = append(list, fact{Name: messages.InfoListens, Value: safe.Text(strings.Join(s.Listens, ", "))})
	}
	if p := s.Pool; p != nil {
		list = append(list,
			fact{Name: messages.InfoPool, Value: messages.PoolIs(p.Size, p.Busy, p.Queued, p.QueueLimit, p.RejectedTotal)},
			fact{Name: messages.InfoRequests, Value: messages.RequestsAre(s.RequestsTotal, draw.Rate(s.RequestsPerSecond))})
	}
	list = append(list, trafficFacts(s)...)
	if s.Hint != "" {
		list = append(list, fact{Name: messages.InfoHint, Value: safe.Text(s.Hint)})
	}
	if e := s.LastExit; e != nil {
		exit := messages.Ago(humanize.Span(scr.Now.Sub(e.Time)), safe.Text(e.Text))
		list = append(list, fact{Name: messages.InfoLastExit, Value: exit})
		list = append(list, faintLines(scr, e.Lines[max(0, len(e.Lines)-5):])...)
	}
	list = append(list, fact{Name: messages.InfoRestarts, Value: fmt.Sprint(s.Restarts)})
	if s.NoTakeover != "" {
		list = append(list, fact{Name: messages.InfoTakeover, Value: messages.NoTakeover(safe.Text(s.NoTakeover))})
	}
	list = append(list, fact{Name: messages.InfoCommand, Value: safe.Text(s.Command)})
	var table []string
	if t.detail.Service == s.Name {
		table = t.detail.Table
	}
	list = append(list, fact{Name: messages.InfoConfig, Value: safe.Text(scr.Snapshot.Info.Config)})
	list = append(list, faintLines(scr, table)...)
	return append(list, fact{Name: messages.InfoLogs, Value: safe.Text(scr.Snapshot.Info.LogDir)})
}

// trafficFacts tell of a program that has no pool: its requests, and its
// connections.
func trafficFacts(s api.Service) (list []fact) {
	if s.Pool == nil && s.CountsRequests() {
		text := messages.RequestsAre(s.RequestsTotal, draw.Rate(s.RequestsPerSecond))
		if a := s.Answers; a != nil {
			text += ", " + messages.AnswersAre(a.Success, a.Redirection, a.ClientError, a.ServerError)
		}
		list = append(list, fact{Name: messages.InfoRequests, Value: text + messages.From(s.Source)})
	}
	if c := s.Sockets; c != nil {
		list = append(list, fact{Name: messages.InfoConnections, Value: messages.ConnectionsAre(c.Open, c.ConnectionsTotal,
			humanize.Bytes(int64(c.InTotal)), humanize.Bytes(int64(c.OutTotal)), c.RTTMS)})
	}
	return list
}

// faintLines continue the fact above them.
func faintLines(scr component.Screen, lines []string) (list []fact) {
	for _, line := range lines {
		list = append(list, fact{Value: scr.Styles.Faint.Render(safe.Text(line))})
	}
	return list
}

func stateFacts(scr component.Screen, s api.Service) []fact {
	state := scr.Styles.State(s.State).Render(s.State.Glyph(scr.Unicode) + " " + safe.Text(string(s.State)))
	if s.Reason != "" {
		state += "  " + safe.Text(s.Reason)
	}
	list := []fact{{Name: messages.InfoState, Value: state}, {Name: messages.InfoKind, Value: safe.Text(s.Kind)}}
	if s.PID != 0 {
		list = append(list, fact{Name: messages.InfoProcess, Value: messages.Pid(s.PID, scr.Uptime(s))})
	}
	return append(list, fact{Name: messages.InfoStatus, Value: safe.Text(s.Status)})
}

func shareFacts(scr component.Screen, share *api.Share) []fact {
	list := []fact{{Name: messages.InfoShares, Value: safe.Text(share.Path)}}
	for i, a := range share.URLs {
		name := messages.InfoAddress
		if i > 0 {
			name = ""
		}
		where := safe.Text(strings.TrimSpace(a.Interface + "  " + a.Note))
		list = append(list, fact{Name: name, Value: safe.Text(a.URL) + scr.Note(where)})
	}
	if first, second := humanize.FingerprintLines(safe.Text(share.AuthoritySHA256)); first != "" {
		list = append(list,
			fact{Name: messages.InfoFingerprint, Value: first},
			fact{Value: second + scr.Note(messages.InfoAuthority)})
	}
	if share.Expires != nil {
		expires := messages.In(humanize.Span(share.Expires.Sub(scr.Now)))
		list = append(list, fact{Name: messages.InfoExpires, Value: expires})
	}
	return list
}
