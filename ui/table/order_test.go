package table

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/metrics"
	"github.com/ammarctl/ammarctl/ui/theme"
)

// idle is a dashboard in which nothing is being done and no log is merged.
type idle struct{}

func (idle) Busy(string) (doing string, since time.Time, busy bool) { return "", time.Time{}, false }
func (idle) Merged(string) bool                                     { return false }

func TestTheTableSortsByEveryColumn(t *testing.T) {
	var scr component.Screen
	scr.Width, scr.Styles = 200, theme.Named("")
	for i, state := range []api.State{api.Stopped, api.Failed, api.Ready} {
		v := []float64{3, 1, 2}[i]
		scr.Snapshot.Services = append(scr.Snapshot.Services, api.Service{
			Name: string(rune('a' + int(v))), Addr: fmt.Sprint(v), State: state, PID: 100,
			UptimeSeconds: v, RequestsPerSecond: v, CPUPercent: v, P50MS: v, P99MS: v, BytesPerSecond: v,
			Restarts: int(v), RSSBytes: int64(v), Pool: &api.Pool{Busy: int(v), Size: 8},
			Camera: &api.Camera{FPS: v},
		})
	}
	table := New(idle{}, idle{}, &metrics.Recorder{})
	names := func() (list string) {
		for _, s := range table.Rows(scr) {
			list += s.Name
		}
		return list
	}
	if names() != "dbc" {
		t.Fatalf("unsorted it is %s", names())
	}
	for i, c := range columns() {
		if c.compare == nil {
			continue
		}
		table.sortBy(i)
		want := "bcd"
		if c.right { // numbers: the highest first
			want = "dcb"
		}
		if names() != want {
			t.Errorf("by %s it is %s, want %s", c.title, names(), want)
		}
		heading := table.View(scr, table.Rows(scr), true)[0]
		if !strings.Contains(heading, c.title+"↑") && !strings.Contains(heading, c.title+"↓") {
			t.Errorf("the heading does not say that it is sorted by %s: %s", c.title, heading)
		}
		table.reverseOrder()
		if names() == want {
			t.Errorf("by %s the order cannot be reversed", c.title)
		}
	}
	table.order = order{column: unsorted}
	for range columns() {
		table.sortNext()
	}
	if table.order.column != unsorted && names() == "" {
		t.Error("sorting does not come round")
	}
}
