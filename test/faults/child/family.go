//go:build unix

package main

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// family starts processes that have no business here. All of them inherit this
// one's output.
func family(name, value string) error {
	switch name {
	case "linger": // a child in a session of its own
		return start(true)
	case "daemon": // a grandchild whose parent is gone: a daemon by the book
		return start(true, "linger", "exit=0")
	case "storm": // so many, each by a process that ends at once
		n, err := strconv.Atoi(value)
		for range n {
			if err == nil {
				err = start(true, "linger", "exit=0")
			}
		}
		return err
	case "orphans": // so many that end at once, whose parent has ended before them
		n, err := strconv.Atoi(value)
		for i := 0; i < n && err == nil; i++ {
			err = exec.Command("/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do (exit 0) & done; exec true").Run()
		}
		return err
	}
	return nil
}

// start executes this program with other steps, and does not wait for it.
func start(session bool, steps ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, steps...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: session}
	return cmd.Start()
}
