package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/feed"
)

func TestScalingIsShownBeforeItIsApplied(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ammar.toml")
	if err := os.WriteFile(file, []byte("[service.files]\nport = 8080\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := three()
	s.Info.Config = file
	m, engine := desk(t, 100, 30, s)
	engine.would.Changes = []api.Change{{Service: "files-2", Action: api.ChangeAdd}}
	press(m, "+", "backspace", "2", "enter")
	if !strings.Contains(screen(m), "files-2  is added") {
		t.Fatalf("the change is not shown:\n%s", screen(m))
	}
	press(m, "y")
	if text, _ := os.ReadFile(file); string(text) != "[service.files]\nreplicas = 2\nport = 8080\n" {
		t.Errorf("the file is %q", text)
	}
	if got := engine.taken(); got != "[reload dry=true reload dry=false]" {
		t.Errorf("asked for %s", got)
	}
	press(m, "+", "x", "enter")
	if !strings.Contains(screen(m), "expected a number from 1") {
		t.Errorf("what is wrong is not said:\n%s", screen(m))
	}
}

func TestClientsAreThoseTheLogTellsOf(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	request := func(remote, status, size string, ago time.Duration) api.LogLine {
		return api.LogLine{Time: clock.Add(-ago), Msg: "request", Attrs: []api.Attr{{Key: "method", Value: "GET"},
			{Key: "path", Value: "/p" + size}, {Key: "status", Value: status}, {Key: "bytes", Value: size}, {Key: "remote",
				Value: remote}}}
	}
	m.Update(feed.NewsMsg{Followed: followed(m), Restart: true, Lines: []api.LogLine{
		request("10.0.0.4:1", "200", "1048576", 60*time.Second),
		request("[fd00::2]:5", "200", "10", 30*time.Second),
		request("10.0.0.4:2", "404", "1048576", 5*time.Second),
		{Msg: "no request"},
	}})
	press(m, "3")
	var rows []string
	for line := range strings.Lines(screen(m)) {
		if strings.Contains(line, "ago") {
			rows = append(rows, strings.Join(strings.Fields(line), " "))
		}
	}
	if want := "[10.0.0.4 2 2.0 MiB 5s ago /p1048576 fd00::2 1 10 B 30s ago /p10]"; fmt.Sprint(rows) != want {
		t.Errorf("%v, want %s", rows, want)
	}
	press(m, "j")
	if strings.Contains(screen(m), "/p1048576") {
		t.Error("they stay when another service is selected")
	}
}

func TestInfoShowsTheServicesTableAndCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ammar.toml")
	if err := os.WriteFile(file, []byte("[service.files]\nport = 4711\nenv = { KEY = \"planted\" }\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	s := three()
	s.Info.Config = file
	s.Services[0].PID, s.Services[0].Command = os.Getpid(), `["ammarctl"] and 9 arguments`
	m, engine := desk(t, 160, 40, s)
	engine.settings = []api.Setting{
		{Key: "port", Value: "4711"}, {Key: "env.KEY", Value: "(hidden)"}, {Key: "queue", Value: "256", Default: true},
	}
	press(m, "5")
	text := screen(m)
	for _, want := range []string{"port = 4711", "env.KEY = (hidden)", `["ammarctl"] and 9 arguments`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing:\n%s", want, text)
		}
	}
	if strings.Contains(text, "planted") || strings.Contains(text, "queue = 256") {
		t.Errorf("a value of a variable, or a default, is shown:\n%s", text)
	}
}

func TestTransfersShowTheirProgressAndCanBeEnded(t *testing.T) {
	m, engine := desk(t, 120, 40, three())
	engine.visitors = []api.Visitor{{Address: "10.0.0.4", Connections: 2, Requests: 7, Bytes: 1500,
		Last: clock.Add(-3 * time.Second)}}
	engine.transfers = []api.Transfer{
		{ID: "a", Client: "10.0.0.4", Path: "/film\x1b[2J.mkv", Direction: "download", DoneBytes: 250e6, TotalBytes: 1000e6,
			BytesPerSecond: 10e6},
		{ID: "b", Client: "10.0.0.5", Path: "/all.zip", Direction: "upload", DoneBytes: 5e6, TotalBytes: -1,
			BytesPerSecond: 1e6},
	}
	press(m, "3")
	text := screen(m)
	for _, want := range []string{"2 transfers", "25% · 1m15s left", "9.5 MiB/s", "/film.mkv", "↑", "4.8 MiB", "10.0.0.4",
		"1.5 KiB", "3s ago"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if text, _, _ := strings.Cut(text, "2 transfers"); !strings.Contains(text, "sent 9.5 MiB/s") {
		t.Errorf("what is sent is not what the downloads get:\n%s", text)
	}
	press(m, "tab", "j", "K")
	if !strings.Contains(screen(m), "Stop receiving /all.zip from 10.0.0.5?") {
		t.Errorf("no question:\n%s", screen(m))
	}
	press(m, "y")
	if got := engine.taken(); got != "[kick files b]" {
		t.Errorf("asked for %s", got)
	}
}

func TestATransferThatHasJustBegunHasNoPaceYet(t *testing.T) {
	for age, standing := range map[time.Duration]bool{100 * time.Millisecond: false, time.Minute: true} {
		m, engine := desk(t, 120, 40, three())
		engine.transfers = []api.Transfer{{ID: "a", Client: "10.0.0.4", Path: "/film.mkv", Direction: "download",
			DoneBytes: 1e6, TotalBytes: 1e9, Since: m.now.Add(-age)}}
		press(m, "3")
		for line := range strings.Lines(screen(m)) {
			if strings.Contains(line, "/film.mkv") && strings.Contains(line, "0 B/s") != standing {
				t.Errorf("after %s: %s", age, line)
			}
		}
	}
}
