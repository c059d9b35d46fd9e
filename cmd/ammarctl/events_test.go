package main

import (
	"errors"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestEventsAreWhatChanged(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 4, 5, 0, time.Local)
	snapshot := func(list ...api.Service) api.Snapshot { return api.Snapshot{Time: at, Services: list} }
	files := api.Service{Name: "files", State: api.Ready, PID: 7}
	again := api.Service{Name: "files", State: api.Ready, PID: 8}
	broken := api.Service{Name: "files", State: api.Backoff, Reason: "signal: killed; restart 1"}
	lost := api.Service{Name: "pi/cam", Host: "pi", State: api.Ready, PID: 9, Lost: true, Reason: "lost: no route"}
	seen := map[string]api.Service{}
	for i, c := range []struct {
		s    api.Snapshot
		want []string
	}{
		{snapshot(files), []string{"15:04:05  files  ready, pid 7"}},
		{snapshot(files), nil},
		{snapshot(broken), []string{"15:04:05  files  ready → backoff: signal: killed; restart 1"}},
		{snapshot(files, lost), []string{"15:04:05  files  backoff → ready, pid 7", "15:04:05  pi/cam  lost, pid 9: " +
			"lost: no route"}},
		{snapshot(again, lost), []string{"15:04:05  files  ready, pid 8"}},
		{snapshot(again), []string{"15:04:05  pi/cam  is no more"}},
	} {
		var got []string
		if err := changes(seen, c.s, func(e event) error { got = append(got, e.String()); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(c.want) {
			t.Errorf("snapshot %d: %q, want %q", i, got, c.want)
			continue
		}
		for k := range got {
			if got[k] != c.want[k] {
				t.Errorf("snapshot %d: %q, want %q", i, got[k], c.want[k])
			}
		}
	}
	stop := errors.New("stop")
	if err := changes(seen, snapshot(files), func(event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the reader's own error is lost: %v", err)
	}
}
