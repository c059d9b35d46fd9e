//go:build linux

// Command child is the service that the supervisors run. It appends its pid and the
// monotonic clock at its start to a file. Then it waits, serves, or writes lines as
// fast as it can.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

func now() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}

func main() {
	began := now()
	note(os.Args[1], began)
	if len(os.Args) < 4 {
		for {
			_ = unix.Pause()
		}
	}
	n, err := strconv.Atoi(os.Args[3])
	if err != nil {
		os.Exit(2)
	}
	switch os.Args[2] {
	case "serve":
		serve(n)
	case "flood":
		flood(n)
		note(os.Args[1], now()-began)
		for {
			_ = unix.Pause()
		}
	}
}

func note(path string, value int64) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		os.Exit(1)
	}
	fmt.Fprintf(f, "%d %d\n", os.Getpid(), value)
	f.Close()
}

// serve answers each connection with a byte, on the listener that was passed
// or on the port.
func serve(port int) {
	var ln net.Listener
	var err error
	if os.Getenv("LISTEN_FDS") == "1" {
		ln, err = net.FileListener(os.NewFile(3, "listener"))
	} else {
		ln, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	}
	if err != nil {
		os.Exit(3)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			os.Exit(4)
		}
		_, _ = conn.Write([]byte{'.'})
		conn.Close()
	}
}

// flood writes lines of 100 bytes.
func flood(lines int) {
	line := append(bytes.Repeat([]byte("x"), 99), '\n')
	out := bufio.NewWriterSize(os.Stdout, 4096)
	for range lines {
		if _, err := out.Write(line); err != nil {
			os.Exit(5)
		}
	}
	if out.Flush() != nil {
		os.Exit(5)
	}
}
