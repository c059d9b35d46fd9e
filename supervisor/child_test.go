//go:build unix

package supervisor

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/supervisor/launch"
)

// TestMain is also the launcher, and the services of these tests.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == launch.Arg {
		fmt.Fprintln(os.Stderr, launch.Run(os.Args[2:]))
		os.Exit(1)
	}
	if dir := os.Getenv("SUPERVISE"); dir != "" {
		os.Unsetenv("SUPERVISE")
		os.Exit(superviseIn(dir))
	}
	if mode := os.Getenv("CHILD"); mode != "" {
		os.Exit(child(strings.Fields(mode)))
	}
	goleak.VerifyTestMain(m)
}

// child behaves as its mode says; its first word is what, the rest how.
func child(mode []string) int {
	switch mode[0] {
	case "serve": // ready at once; answers each connection with its pid
		return serve()
	case "late": // ready after a while
		time.Sleep(100 * time.Millisecond)
		return serve()
	case "silent": // serves, and never says that it is ready
		os.Unsetenv("NOTIFY_SOCKET")
		return serve()
	case "http": // answers 200, and 500 from one SIGUSR1 to the next
		return serveHTTP()
	case "first": // serves the first time, and later does as the other words say
		if mark, err := os.OpenFile(os.Getenv("MARK"), os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			mark.Close()
			return serve()
		}
		return child(mode[1:])
	case "unheard": // serves and shows metrics, and has said that it is ready to somebody who is gone
		return serveMetrics()
	case "fail-later": // never gets ready, and ends with 1 after a while
		time.Sleep(200 * time.Millisecond)
		return 1
	case "accesslog": // serves HTTP on a port of its own, with a line for each request
		fmt.Println("starting")
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 1
		}
		_ = http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status := http.StatusOK
			if r.URL.Path == "/missing" {
				status = http.StatusNotFound
			}
			w.WriteHeader(status)
			_, _ = w.Write(make([]byte, 100))
			fmt.Printf("127.0.0.1 - - [30/Nov/2026:13:00:00 +0000] \"GET %s HTTP/1.1\" %d 100 \"-\" \"x\" 0.005\n",
				r.URL.Path, status)
		}))
	case "own": // listens on a port of its own, and says nothing
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 1
		}
		defer ln.Close()
		time.Sleep(time.Minute)
	case "hang": // never gets ready
		time.Sleep(time.Minute)
	case "dog": // is heard by its watchdog for a while
		daemon.SdNotify(false, daemon.SdNotifyReady)
		for range 5 {
			daemon.SdNotify(false, daemon.SdNotifyWatchdog)
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Minute)
	case "drain": // as serve, and takes its time to end
		code := serve()
		time.Sleep(300 * time.Millisecond)
		return code
	case "exit":
		code, _ := strconv.Atoi(mode[1])
		fmt.Printf("exiting with %d", code) // no newline
		return code
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		daemon.SdNotify(false, daemon.SdNotifyReady)
		time.Sleep(time.Minute)
	case "daemon": // leaves a grandchild in a session of its own, which holds the log
		cmd := exec.Command("sleep", "60")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			return 1
		}
		fmt.Printf("left %d behind\n", cmd.Process.Pid)
		return serve()
	case "env":
		for _, name := range []string{"LISTEN_FDS", "LISTEN_FDNAMES", "AMMAR_SERVICE", "AMMAR_INSTANCE", "GREETING"} {
			fmt.Printf("%s=%s\n", name, os.Getenv(name))
		}
		fmt.Printf("own pid: %v\n", os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()))
		fmt.Printf("inherited: %v\n", inherited())
		return serve()
	}
	return 1
}

func serve() int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	ln, err := net.FileListener(os.NewFile(3, "listener"))
	if err == nil {
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				fmt.Fprintln(conn, os.Getpid())
				conn.Close()
			}
		}()
	}
	daemon.SdNotify(false, daemon.SdNotifyReady)
	daemon.SdNotify(false, "STATUS=serving as it should")
	<-stop
	return 0
}

func serveHTTP() int {
	var broken atomic.Bool
	flip := make(chan os.Signal, 1)
	signal.Notify(flip, syscall.SIGUSR1)
	go func() {
		for range flip {
			broken.Store(!broken.Load())
		}
	}()
	ln, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return 1
	}
	daemon.SdNotify(false, daemon.SdNotifyReady)
	_ = http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	return 1
}

func serveMetrics() int {
	ln, err := net.Listen("unix", os.Getenv("AMMAR_CONTROL"))
	if err != nil {
		return 1
	}
	_ = http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `ammar_http_connections 7`)
	}))
	return 1
}

// inherited lists the descriptors that came from before this program: its own
// are closed when it executes another.
func inherited() []int {
	var found []int
	for fd := range 64 {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			found = append(found, fd)
		}
	}
	return found
}
