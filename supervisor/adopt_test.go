//go:build linux

package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/keeper"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// crashed is a supervisor that is killed when its services are as wanted, and
// what they were then.
func crashed(t *testing.T, dir string, services []configs.Service,
	ready func([]api.Service) bool) map[string]api.Service {
	t.Helper()
	text, err := json.Marshal(services)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "services.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "SUPERVISE="+dir, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var now []api.Service
		if text, err := os.ReadFile(filepath.Join(dir, "now")); err == nil && json.Unmarshal(text, &now) == nil &&
			ready(now) {
			found := map[string]api.Service{}
			for _, s := range now {
				found[s.Name] = s
			}
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("the supervisor never got there: %+v", now)
		}
	}
}

func allReady(list []api.Service) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(s api.Service) bool { return s.State != api.Ready })
}

func TestAServiceOutlivesItsSupervisorAndIsAdopted(t *testing.T) {
	dir := shortFolder(t)
	services := []configs.Service{exe("web", "serve"), exe("late", "late")}
	before := crashed(t, dir, services, func(list []api.Service) bool {
		return allReady(list) && list[0].Status != ""
	})
	if _, err := ask(before["web"].Addr); err != nil {
		t.Fatalf("while there is no supervisor: %v", err)
	}
	r := newRigIn(t, dir, services...)
	for _, name := range []string{"web", "late"} {
		now := r.service(name) // at once, and not only after a while
		if now.PID != before[name].PID || now.State != api.Ready || !now.Adopted || now.Addr != before[name].Addr ||
			now.Restarts != 0 {
			t.Errorf("%s was %+v, is %+v", name, before[name], now)
		}
	}
	if now := r.service("web"); now.Status != before["web"].Status {
		t.Errorf("its status %q became %q", before["web"].Status, now.Status)
	}
	if pid, err := ask(before["web"].Addr); err != nil || pid != before["web"].PID {
		t.Errorf("%d answers, %v", pid, err)
	}
	if err := r.Restart(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	if now := r.service("web"); now.PID == before["web"].PID || now.Addr != before["web"].Addr ||
		alive(before["web"].PID) {
		t.Errorf("after a restart: %+v", now)
	}
	r.end()
	if alive(before["late"].PID) {
		t.Error("an adopted process outlives the instance")
	}
}

// A keeper gives up on a supervisor that ends before it has worked. Nobody is
// to be told of an instance that is still so fragile.
func TestTheKeeperKnowsThatTheSupervisorWorksBeforeAnybodyElseDoes(t *testing.T) {
	dir := shortFolder(t)
	path := filepath.Join(dir, "keeper")
	keeping, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer keeping.Close()
	store, err := keeper.Open(func(string) string { return path })
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	sup, err := newIn(dir, exe("web", "serve"))
	if err != nil {
		t.Fatal(err)
	}
	sup.opts.Store = store
	sup.env.Store = store
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sup.Serve(ctx) }()
	<-sup.Began()
	raw, err := keeping.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	said, buf := "", make([]byte, 4096)
	for said != "READY=1" && err == nil {
		_ = raw.Control(func(fd uintptr) { // what has been said is there
			var n int
			n, _, err = unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT)
			said = string(buf[:max(n, 0)])
		})
	}
	if err != nil {
		t.Errorf("it has not been told: %v", err)
	}
	cancel()
	go func() { // the rest of what it says
		for {
			if _, err := keeping.Read(buf); err != nil {
				return
			}
		}
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What a process said may lie in a socket that ended with the supervisor and
// its keeper. It is asked, for it says so only once.
func TestAServiceWhoseReadinessNobodyHeardIsAskedByTheNextSupervisor(t *testing.T) {
	dir := shortFolder(t)
	web := exe("web", "unheard")
	web.Kind, web.StartTimeout = configs.KindFiles, 0
	before := crashed(t, dir, []configs.Service{web},
		func(list []api.Service) bool { return len(list) == 1 && list[0].Connections == 7 })
	if before["web"].State != api.Starting {
		t.Errorf("under the supervisor that listens it is %s", before["web"].State)
	}
	r := newRigIn(t, dir, web)
	now := r.waitState("web", api.Ready)
	if now.PID != before["web"].PID || !now.Adopted {
		t.Errorf("it was %+v, is %+v", before["web"], now)
	}
}

func TestTheCrashOfAnAdoptedServiceIsNoticedAndItIsStartedAgain(t *testing.T) {
	dir := shortFolder(t)
	services := []configs.Service{announced(exe("web", "daemon"))}
	before := crashed(t, dir, services, allReady)
	r := newRigIn(t, dir, services...)
	if err := syscall.Kill(before["web"].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	now := r.wait("web", "started again", func(s api.Service) bool {
		return s.State == api.Ready &&
			s.PID != before["web"].PID
	})
	if now.Restarts != 1 || now.Addr != before["web"].Addr || now.LastExit == nil || now.LastExit.Signal != "killed" {
		t.Errorf("got %+v, last exit %+v", now, now.LastExit)
	}
	daemons := leftBehind(t, r.Supervisor, "web")
	for deadline := time.Now().Add(10 * time.Second); len(daemons) < 2 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond) // its line is on its way into the file
		daemons = leftBehind(t, r.Supervisor, "web")
	}
	if len(daemons) != 2 || alive(daemons[0]) || !alive(daemons[1]) {
		t.Errorf("of the daemons %v the first is to be gone with its service", daemons)
	}
}

// leftBehind are the grandchildren that a service's log tells of.
func leftBehind(t *testing.T, s *Supervisor, name string) (pids []int) {
	t.Helper()
	log, err := s.Log(name)
	if err != nil {
		t.Fatal(err)
	}
	log.Drain(time.Second)
	for _, file := range []string{s.opts.Dirs.LogFile(name)} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var pid int
			if _, err := fmt.Sscanf(line, "left %d behind", &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func TestWhatEndedWithoutASupervisorIsCountedAndStartedAgain(t *testing.T) {
	dir := shortFolder(t)
	services := []configs.Service{exe("web", "serve")}
	before := crashed(t, dir, services, allReady)
	if err := syscall.Kill(before["web"].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for alive(before["web"].PID) {
		time.Sleep(time.Millisecond)
	}
	r := newRigIn(t, dir, services...)
	now := r.waitState("web", api.Ready)
	if now.Restarts != 1 || now.PID == before["web"].PID || now.Adopted {
		t.Errorf("got %+v", now)
	}
}

func TestWhatWasStoppedByHandStaysStopped(t *testing.T) {
	dir := shortFolder(t)
	services := []configs.Service{exe("web", "serve"), exe("other", "serve")}
	if err := os.WriteFile(filepath.Join(dir, "stop"), []byte("web"), 0o600); err != nil {
		t.Fatal(err)
	}
	crashed(t, dir, services, func(list []api.Service) bool {
		return len(list) == 2 && list[0].State == api.Stopped && list[1].State == api.Ready &&
			strings.Contains(list[0].Reason, "by hand")
	})
	for _, how := range []string{"torn away", "taken down"} {
		r := newRigIn(t, dir, services...)
		r.waitState("other", api.Ready)
		now := r.service("web")
		if now.State != api.Stopped || !now.StoppedByHand || !strings.Contains(now.Reason, "ammarctl start web") {
			t.Errorf("after a supervisor was %s: %+v", how, now)
		}
		r.end()
	}
	r := newRigIn(t, dir, services...)
	if err := r.Start(r.ctx(), "web"); err != nil {
		t.Fatal(err)
	}
	r.end()
	newRigIn(t, dir, services...).waitState("web", api.Ready)
}

func TestASharesOutlivesTheSupervisorAndNotTheInstance(t *testing.T) {
	dir := shortFolder(t)
	t.Setenv("CHILD", "serve")
	if err := os.WriteFile(filepath.Join(dir, "share"), []byte(dir), 0o600); err != nil {
		t.Fatal(err)
	}
	services := []configs.Service{exe("web", "serve")}
	before := crashed(t, dir, services, func(list []api.Service) bool { return len(list) == 2 && allReady(list) })
	r := newRigIn(t, dir, services...)
	list := r.Services()
	if len(list) != 2 || list[1].Share == nil || list[1].PID != before[list[1].Name].PID ||
		list[1].Addr != before[list[1].Name].Addr {
		t.Fatalf("got %+v", list)
	}
	if err := r.Remove(r.ctx(), list[1].Name); err != nil {
		t.Fatal(err)
	}
	if alive(list[1].PID) {
		t.Error("an adopted share outlives its end")
	}
	r.end()
	if list := newRigIn(t, dir, services...).Services(); len(list) != 1 {
		t.Errorf("after down: %+v", list)
	}
}

func TestAProgramThatWasRunOutlivesTheSupervisorUntilItIsStopped(t *testing.T) {
	dir := shortFolder(t)
	if err := os.WriteFile(filepath.Join(dir, "program"), []byte("sleep 1000"), 0o600); err != nil {
		t.Fatal(err)
	}
	services := []configs.Service{exe("web", "serve")}
	before := crashed(t, dir, services, func(list []api.Service) bool { return len(list) == 2 && allReady(list) })
	r := newRigIn(t, dir, services...)
	list := r.Services()
	if len(list) != 2 || !list[1].Transient || list[1].PID != before["sleep"].PID {
		t.Fatalf("got %+v", list)
	}
	if err := r.Stop(r.ctx(), "sleep"); err != nil {
		t.Fatal(err)
	}
	if list := r.Services(); len(list) != 1 || alive(before["sleep"].PID) {
		t.Errorf("after stop: %+v", list)
	}
}

// A record that leads to a process of somebody else, as after the number was
// given to another, must not do that any harm.
func TestAForeignProcessIsNeverTouched(t *testing.T) {
	dir := shortFolder(t)
	dirs := dirsIn(dir)
	if err := errors.Join(dirs.Create(), dirs.CreateService("web")); err != nil {
		t.Fatal(err)
	}
	stranger := exec.Command("sleep", "60")
	stranger.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	id, err := process.Identify(stranger.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	cfg, _ := statefile.EncodeService(exe("web", "serve"))
	for name, second := range map[string]string{
		"started at another time": fmt.Sprintf("%d %d\n", id.PID, id.Start-1),
		"no start time":           fmt.Sprintf("%d 0\n", id.PID),
		"cut off":                 fmt.Sprintf("%d %d", id.PID, id.Start),
		"every process":           "-1 1\n",
		"init":                    "1 1\n",
		"this process's group":    "0 1\n",
		"nonsense":                "\x00\xff\n",
	} {
		path := dirs.Record("web", 1)
		record, err := process.CreateRecord(path, process.Record{Service: "web", Launch: 1, Boot: id.Boot, Config: cfg})
		if err != nil {
			t.Fatal(err)
		}
		record.Close()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, second)
		f.Close()
		r := newRigIn(t, dir, exe("web", "serve"))
		if now := r.waitState("web", api.Ready); now.Adopted || now.PID == id.PID {
			t.Errorf("%s: adopted %+v", name, now)
		}
		r.end()
		if !id.Alive() {
			t.Fatalf("%s: the stranger was killed", name)
		}
	}
	// The same with the right line, but of another run of the machine.
	record, err := process.CreateRecord(dirs.Record("web", 1),
		process.Record{Service: "web", Launch: 1, Boot: "another", Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	record.Close()
	r := newRigIn(t, dir, exe("web", "serve"))
	r.waitState("web", api.Ready)
	r.end()
	if !id.Alive() {
		t.Fatal("the stranger was killed")
	}
}

func TestAStateFileCutOffAnywhereLosesNoService(t *testing.T) {
	dir := shortFolder(t)
	services := []configs.Service{exe("web", "serve")}
	r := newRigIn(t, dir, services...)
	r.waitState("web", api.Ready)
	r.saver.save()
	whole, err := os.ReadFile(dirsIn(dir).StateFile())
	if err != nil {
		t.Fatal(err)
	}
	r.end()
	path := filepath.Join(dir, "state.json")
	for cut := range whole {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		state, err := statefile.Read(path)
		switch {
		case err == nil && cut < len(whole)-1:
			t.Fatalf("cut after %d of %d bytes it is read: %+v", cut, len(whole), state)
		case err != nil && !strings.Contains(err.Error(), "damaged"):
			t.Fatalf("cut after %d bytes: %v", cut, err)
		}
	}
	if err := os.WriteFile(dirsIn(dir).StateFile(), whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	newRigIn(t, dir, services...).waitState("web", api.Ready)
	if _, err := os.Stat(dirsIn(dir).StateFile() + ".damaged"); err != nil {
		t.Errorf("the damaged file is not kept aside: %v", err)
	}
}

func TestWhatAKilledSupervisorWroteHalfOfIsNotLeftOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.json")
	for name, text := range map[string]string{"state.json": "{}", "state.json.new": strings.Repeat("half of it", 100)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := statefile.Write(path, []byte(`{"version": 1}`)); err != nil {
		t.Fatal(err)
	}
	if s, err := statefile.Read(path); err != nil || s.Version != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
}

func TestTheStateFileOfANewerVersionIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(path, []byte(`{"version": 99}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := statefile.Read(path); err == nil || !strings.Contains(err.Error(), "newer ammarctl") {
		t.Errorf("got %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != `{"version": 99}` {
		t.Errorf("it became %s", text)
	}
}
