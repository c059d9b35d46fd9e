// Server is a program that knows nothing of takeover, in the ways in which
// programs open their ports.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	how, addrs := os.Args[1], os.Args[2:]
	if err := run(how, addrs); err != nil {
		fmt.Fprintln(os.Stderr, how+":", err)
		os.Exit(1)
	}
}

func run(how string, addrs []string) error {
	switch how {
	case "http": // slow answers, and it dies at once on SIGTERM
		http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(50 * time.Millisecond)
			_, _ = io.WriteString(w, "pid "+strconv.Itoa(os.Getpid()))
		})
		return http.ListenAndServe(addrs[0], nil)
	case "echo", "many":
		return serve(addrs)
	case "thread": // raw calls on a thread that is not the first
		failed := make(chan error)
		go func() {
			runtime.LockOSThread()
			failed <- raw(addrs[0])
		}()
		return <-failed
	case "fork": // the listener is a child's
		child := exec.Command(os.Args[0], append([]string{"echo"}, addrs...)...)
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		return child.Run()
	case "reexec":
		time.Sleep(20 * time.Millisecond)
		return syscall.Exec(os.Args[0], append([]string{os.Args[0], "echo"}, addrs...), os.Environ())
	case "storm": // signals all the time, and garbage for Go's preemption
		defer storm()()
		ln, err := net.Listen("tcp", addrs[0])
		if err != nil {
			return err
		}
		return accept(ln)
	case "probe": // as tools do that look for a free port: bind, close, bind again elsewhere
		_, port, _ := net.SplitHostPort(addrs[0])
		for _, host := range []string{"0.0.0.0", "::", "127.0.0.1"} {
			ln, err := net.Listen("tcp", net.JoinHostPort(host, port))
			if err != nil {
				return err
			}
			_ = ln.Close()
		}
		return serve(addrs)
	case "close": // it closes its listener, and goes on
		ln, err := net.Listen("tcp", addrs[0])
		if err != nil {
			return err
		}
		_ = ln.Close()
		for {
			time.Sleep(time.Hour)
		}
	case "twice": // the second listener is told that the port is in use
		ln, err := net.Listen("tcp", addrs[0])
		if err != nil {
			return err
		}
		if second, err := net.Listen("tcp", addrs[0]); err == nil {
			_ = second.Close()
			_ = ln.Close()
			return fmt.Errorf("the second listener of %s works", addrs[0])
		}
		return accept(ln)
	case "udp":
		return udp(addrs[0])
	}
	return fmt.Errorf("no such way")
}

func serve(addrs []string) error {
	var all sync.WaitGroup
	for _, addr := range addrs {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		all.Go(func() { _ = accept(ln) })
	}
	all.Wait()
	return nil
}

func accept(ln net.Listener) error {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			fmt.Fprintf(conn, "pid %d\n", os.Getpid())
			_, _ = io.Copy(conn, conn)
		}()
	}
}

// raw calls socket, bind, listen and accept as a C program does.
func raw(addr string) error {
	_, text, _ := strings.Cut(addr, ":")
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if err := syscall.Listen(fd, 64); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		conn, _, err := syscall.Accept(fd)
		if err != nil {
			return err
		}
		_, _ = syscall.Write(conn, []byte("pid "+strconv.Itoa(os.Getpid())+"\n"))
		_ = syscall.Close(conn)
	}
}

func udp(addr string) error {
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		return err
	}
	buf := make([]byte, 2048)
	for {
		_, from, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		_, _ = conn.WriteTo([]byte("pid "+strconv.Itoa(os.Getpid())+"\n"), from)
	}
}

// storm interrupts every call that can be interrupted, for a moment.
func storm() (wait func()) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGALRM, syscall.SIGUSR1)
	var all sync.WaitGroup
	until := time.Now().Add(300 * time.Millisecond)
	for range 2 {
		all.Go(func() {
			for time.Now().Before(until) {
				_ = syscall.Kill(os.Getpid(), syscall.SIGUSR1)
				time.Sleep(50 * time.Microsecond)
			}
		})
		all.Go(func() {
			for time.Now().Before(until) {
				runtime.GC() // it preempts all others by signals
			}
		})
	}
	return all.Wait
}
