//go:build linux

package faults

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/internal/porttest"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestWhatCannotBeExecutedFailsAloneAndSaysWhy(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	busy := filepath.Join(r.dir, "work", "busy")
	program, err := os.ReadFile(built.Path("child"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(busy, program, 0o755); err != nil {
		t.Fatal(err)
	}
	writing, err := os.OpenFile(busy, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writing.Close()
	plain := r.write("work/plain", "text")
	odd := r.write("work/odd", "\x7fELF and no more")
	if err := os.Chmod(odd, 0o755); err != nil {
		t.Fatal(err)
	}
	gone := r.mkdir("work/gone")
	broken := map[string][2]string{ // what it executes, and what is said of it
		"missing":  {"/nonexistent", "no such file"},
		"plain":    {plain, "not executable"},
		"odd":      {odd, "no program of this machine"},
		"busy":     {busy, "busy"},
		"folder":   {r.dir, "is a directory"},
		"homeless": {built.Path("child"), "no such folder"},
	}
	config := service("well", -1, "", "ready")
	for name, b := range broken {
		config += fmt.Sprintf("[service.%s]\nexec = [%q]\nport = -1\nstart_timeout = \"2s\"\n", name, b[0])
		if name == "homeless" { // its folder goes once it runs
			config += fmt.Sprintf("dir = %q\n", gone)
		}
	}
	r.configure(config)
	r.up()
	well, homeless := r.reaches("well", api.Ready), r.reaches("homeless", api.Ready)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	r.kill(homeless.PID)
	for name, b := range broken {
		s := r.reaches(name, api.Failing)
		if !strings.Contains(s.Reason, b[1]) {
			t.Errorf("%s: expected %q in the reason, got %q", name, b[1], s.Reason)
		}
	}
	r.kept(well)
	eventually(t, patience, "only one lives", func() error { return r.agrees(1) })
}

func TestACrashAtTheMomentOfReadinessIsACrash(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("brief", -1, `restart = { limit = 0, delay = "1ms", max_delay = "5ms" }`, "ready", "exit=4"))
	_, err := r.try("up", "-d")
	if err != nil {
		t.Fatal(err)
	}
	s := r.becomes("brief", "restarted 30 times", func(s api.Service) bool { return s.Restarts >= 30 })
	if s.LastExit == nil || s.LastExit.Code != 4 {
		t.Errorf("last exit %+v", s.LastExit)
	}
	r.must(0, "stop", "brief")
	eventually(t, patience, "nothing of it is left", func() error { return r.agrees(1) })
}

func TestNoLogLineIsLostOrDoubledWhileSupervisorsAreKilled(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("talk", -1, "", "ready", "tick=200us"))
	r.up()
	talk := r.reaches("talk", api.Ready)
	for range rounds(10, 100) {
		pid := r.info().SupervisorPID
		r.kill(pid)
		r.taken(pid)
	}
	r.kept(talk)
	r.must(0, "stop", "talk")
	next := 0
	for line := range bytes.Lines(own(r.written("talk"))) {
		var n int
		if _, err := fmt.Sscanf(string(line), "tick %d\n", &n); err != nil {
			t.Fatalf("torn: %q", line)
		}
		if n != next {
			t.Fatalf("line %d is there where %d is expected", n, next)
		}
		next++
	}
	if next < 100 {
		t.Errorf("only %d lines", next)
	}
}

func TestAShareSurvivesWhateverIsKilledAboveIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("worker", -1, "", "ready"))
	r.up()
	r.reaches("worker", api.Ready)
	r.write("work/hello.txt", "hello")
	ctx, cancel := timeout(patience)
	defer cancel()
	share, err := r.client().Share(ctx, api.ShareRequest{Path: r.dir + "/work", Name: "mine", Bind: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	there := func() {
		t.Helper()
		r.kept(share)
		if text, err := fetch("http://" + share.Addr + "/hello.txt"); err != nil || text != "hello" {
			t.Errorf("the share answers %q, %v", text, err)
		}
	}
	there()
	pid := r.info().SupervisorPID
	r.kill(pid)
	r.taken(pid)
	there()
	r.beheaded()
	r.up()
	there()
	if err := r.client().Unshare(ctx, "mine"); err != nil {
		t.Fatal(err)
	}
	pid = r.info().SupervisorPID
	r.kill(pid)
	r.taken(pid)
	if _, err := r.get("mine"); err == nil {
		t.Error("a share that has ended is back")
	}
	eventually(t, patience, "each service has its one process", func() error { return r.agrees(1) })
}

func TestAKilledUpInTheForegroundLeavesItsServicesToTheNext(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", porttest.Free(t, 1)[0], "", "serve"))
	up, _, ended := r.inTerminal("up")
	web := r.reaches("web", api.Ready)
	r.kill(up.Process.Pid)
	r.ends("up", ended)
	if !alive(web.PID) {
		t.Fatal("the service ended with it")
	}
	r.up()
	r.kept(web)
	eventually(t, patience, "each service has its one process", func() error { return r.agrees(1) })
}

func TestWhatCouldNotBeWrittenDownAtTheTimeIsWrittenLater(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("slow", -1, "", "say=STATUS=warming up", "sleep=1s", "ready"))
	r.up()
	was := r.reaches("slow", api.Ready) // up waits for it
	r.must(0, "stop", "slow")
	started := make(chan error, 1)
	go func() { _, err := r.try("start", "slow"); started <- err }()
	r.becomes("slow", "starting", func(s api.Service) bool { return s.PID != 0 && s.PID != was.PID && s.Status != "" })
	record := r.record("slow")
	if err := os.Rename(record, record+".away"); err != nil {
		t.Fatal(err)
	}
	slow := r.reaches("slow", api.Ready)
	if err := os.Rename(record+".away", record); err != nil {
		t.Fatal(err)
	}
	if err := <-started; err != nil {
		t.Error(err)
	}
	eventually(t, patience, "it is written down that it is ready", func() error {
		text, err := os.ReadFile(record)
		if err == nil && text[0] != 'R' {
			err = fmt.Errorf("its readiness is %q", text[0])
		}
		return err
	})
	pid := r.info().SupervisorPID
	r.kill(pid)
	r.taken(pid)
	r.kept(slow)
}
