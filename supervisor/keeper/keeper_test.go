//go:build unix

package keeper

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// TestMain is also the supervisors of these tests.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == process.PassArg {
		if err := process.Pass(); err != nil {
			os.Exit(9)
		}
		os.Exit(supervisor(os.Args[2], os.Args[3]))
	}
	goleak.VerifyTestMain(m)
}

// supervisor behaves as its mode says and reports each life in a file of dir.
func supervisor(mode, dir string) int {
	store, err := Open(os.Getenv)
	if err != nil {
		return 9
	}
	kept := Inherited(os.Getenv)
	said := fmt.Sprintf("pid=%d", os.Getpid())
	for name, file := range kept {
		if addr, err := file.ListensOn(); err == nil {
			said += fmt.Sprintf(" %s=%s", name, addr)
		}
	}
	lives, _ := filepath.Glob(filepath.Join(dir, "life.*"))
	report := func() {
		path := filepath.Join(dir, "life."+strconv.Itoa(len(lives)))
		_ = os.WriteFile(path+".new", []byte(said), 0o600)
		_ = os.Rename(path+".new", path)
	}
	switch mode {
	case "broken":
		report()
		return 7
	case "meant":
		_ = store.Ready()
		_ = store.Stopping()
		report()
		return 3
	case "upgrade":
		if len(lives) == 0 {
			_ = store.Executes("/bin/false")
		}
	case "listen":
		if len(kept) == 0 {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return 9
			}
			file, err := descriptor.Of(ln.(*net.TCPListener))
			if err != nil {
				return 9
			}
			_ = store.Keep("listener.web", file)
			_ = store.Keep("listener.gone", file)
			_ = store.Drop("listener.gone")
			said += " made=" + ln.Addr().String()
		}
	case "child":
		if len(lives) == 0 {
			cmd := exec.Command("sleep", "60")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if cmd.Start() != nil {
				return 9
			}
			said += fmt.Sprintf(" child=%d", cmd.Process.Pid)
		}
	}
	_ = store.Ready()
	report()
	time.Sleep(time.Minute)
	return 0
}

// rig is a keeper that runs, and the folder of its supervisors' reports.
type rig struct {
	*Keeper
	t      *testing.T
	dir    string
	status chan int
}

func keep(t *testing.T, mode string) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ak") // short: the names of sockets are
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: dir, status: make(chan int, 1), Keeper: &Keeper{
		Socket: filepath.Join(dir, "s"), Exits: filepath.Join(dir, "exits"), Args: []string{mode, dir},
		Self: os.Executable, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		status, err := r.Serve(ctx, nil)
		if err != nil {
			t.Error(err)
		}
		r.status <- status
	}()
	t.Cleanup(func() {
		cancel() // which ends these supervisors without their meaning it
		for {
			select {
			case <-ended:
				os.RemoveAll(dir)
				return
			case <-time.After(50 * time.Millisecond):
				if conn, err := net.Dial("unixgram", r.Socket); err == nil {
					_, _ = conn.Write([]byte("STOPPING=1"))
					conn.Close()
				}
				lives, _ := filepath.Glob(filepath.Join(dir, "life.?"))
				for n := range lives {
					if pid := r.life(n)["pid"]; pid != "" {
						n, _ := strconv.Atoi(pid)
						_ = syscall.Kill(n, syscall.SIGKILL)
					}
				}
			}
		}
	})
	return r
}

// life waits for the report of the nth supervisor.
func (r *rig) life(n int) map[string]string {
	r.t.Helper()
	path := filepath.Join(r.dir, "life."+strconv.Itoa(n))
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if text, err := os.ReadFile(path); err == nil {
			said := map[string]string{}
			for word := range strings.FieldsSeq(string(text)) {
				key, value, _ := strings.Cut(word, "=")
				said[key] = value
			}
			return said
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("supervisor %d never reported", n)
		}
	}
}

func (r *rig) kill(pid string) {
	r.t.Helper()
	n, err := strconv.Atoi(pid)
	if err == nil {
		err = syscall.Kill(n, syscall.SIGKILL)
	}
	if err != nil {
		r.t.Fatalf("cannot kill %q: %v", pid, err)
	}
}

func TestWhatIsKeptComesBackToTheNextSupervisor(t *testing.T) {
	r := keep(t, "listen")
	first := r.life(0)
	r.kill(first["pid"])
	second := r.life(1)
	if second["listener.web"] != first["made"] || first["made"] == "" {
		t.Errorf("the first made %s, the second found %v", first["made"], second)
	}
	if second["listener.gone"] != "" {
		t.Error("what was dropped came back")
	}
	conn, err := net.DialTimeout("tcp", first["made"], time.Second)
	if err != nil {
		t.Fatalf("a client while nobody accepts: %v", err)
	}
	conn.Close()
	r.kill(second["pid"])
	if third := r.life(2); third["listener.web"] != first["made"] {
		t.Errorf("the third found %v", third)
	}
}

func TestAnEndThatIsMeantIsTheEnd(t *testing.T) {
	r := keep(t, "meant")
	select {
	case status := <-r.status:
		if status != 3 {
			t.Errorf("status %d", status)
		}
	case <-time.After(10 * time.Second):
		t.Error("it goes on")
	}
}

func TestASupervisorThatNeverWorkedIsNotStartedAgain(t *testing.T) {
	r := keep(t, "broken")
	select {
	case status := <-r.status:
		if status != 7 {
			t.Errorf("status %d", status)
		}
	case <-time.After(10 * time.Second):
		t.Error("it goes on")
	}
}

func TestANewBinaryThatDoesNotWorkIsRolledBack(t *testing.T) {
	if _, err := os.Stat("/bin/false"); err != nil {
		t.Skip("needs /bin/false")
	}
	r := keep(t, "upgrade")
	r.kill(r.life(0)["pid"])
	r.life(1) // by the binary before
}

func TestHowAnOrphanEndedIsWrittenDown(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has sub-reapers")
	}
	r := keep(t, "child")
	first := r.life(0)
	pid, err := strconv.Atoi(first["child"])
	if err != nil {
		t.Fatal(first)
	}
	id, err := process.Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	r.kill(first["pid"])
	r.life(1)
	if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
		t.Fatalf("the child is gone with its supervisor: %v", err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if exit, ok := process.FindExit(r.Exits, id); ok {
			if exit.Signal != syscall.SIGUSR1.String() {
				t.Errorf("it ended with %s", exit)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody wrote it down")
		}
	}
}

// Until it is written down how a process ended, its remains say so: whoever
// asks learns it at every moment, and also when the keeper is killed.
func TestHowAnOrphanEndedIsWrittenDownBeforeItIsReaped(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux shows how a process ended that was not reaped")
	}
	cmd := exec.Command("/bin/sh", "-c", "exit 7")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // it has been reaped by then
	var id process.Identity
	for deadline := time.Now().Add(20 * time.Second); id.PID == 0; time.Sleep(time.Millisecond) {
		if id, _ = process.IdentifyEnded(cmd.Process.Pid); time.Now().After(deadline) {
			t.Fatal("it did not end")
		}
	}
	k := Keeper{Exits: filepath.Join(t.TempDir(), "exits")}
	if err := unix.Mkfifo(k.Exits, 0o600); err != nil { // nobody can write before somebody reads
		t.Fatal(err)
	}
	recorded := make(chan error, 1)
	go func() { recorded <- k.record(id) }()
	select {
	case err := <-recorded:
		t.Fatalf("recorded where nobody reads: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	if _, there := process.IdentifyEnded(id.PID); !there {
		t.Error("it was reaped before it was written down")
	}
	text, err := os.ReadFile(k.Exits)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-recorded; err != nil {
		t.Error(err)
	}
	if want := fmt.Sprintf("%d %d 7 0\n", id.PID, id.Start); string(text) != want {
		t.Errorf("it says %q, want %q", text, want)
	}
	if _, there := process.IdentifyEnded(id.PID); there {
		t.Error("it is not reaped")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("FDSTORE=1\nFDNAME=listener.web", []byte{})
	f.Add("FDNAME=a:b\n=\n\n", []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, text string, rights []byte) {
		if len(rights) > 0 {
			rights = rights[:0] // descriptors of this process are not to be guessed
		}
		m := parse(text, rights)
		for key, value := range m.words {
			if !strings.Contains("\n"+text+"\n", "\n"+key+"="+value+"\n") && !strings.Contains("\n"+text+"\n", "\n"+key+"\n") {
				t.Errorf("%q does not say %s=%s", text, key, value)
			}
		}
		k := Keeper{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
		k.hear(m)
		if len(k.kept) != 0 {
			t.Error("something was kept, and nothing was sent")
		}
	})
}
