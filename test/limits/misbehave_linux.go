package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// misbehave is a service that wants too much of something.
func misbehave(how string) error {
	switch how {
	case "calm":
	case "eater":
		var all [][]byte
		for {
			block := make([]byte, 1<<20)
			for i := 0; i < len(block); i += os.Getpagesize() {
				block[i] = 1
			}
			all = append(all, block)
			time.Sleep(20 * time.Millisecond)
			runtime.KeepAlive(all)
		}
	case "spinner":
		for range 2 {
			go func() {
				for n := 0; n >= 0; n++ { // for the next century
				}
			}()
		}
	case "storm":
		for n := 0; ; n++ {
			if err := exec.Command("/check", "calm").Start(); err != nil {
				fmt.Printf("refused after %d: %v\n", n, err)
				break
			}
		}
	case "daemon": // in a session of its own, and nothing in its environment
		cmd := exec.Command("/check", "calm")
		cmd.Env = []string{}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			return err
		}
		fmt.Println("left behind:", cmd.Process.Pid)
	default:
		return fmt.Errorf("expected eater, spinner, storm, daemon or calm, got %q", how)
	}
	time.Sleep(time.Hour)
	return nil
}
