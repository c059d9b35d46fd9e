package camera

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestHolderNamesTheProcessThatHasTheDeviceOpen(t *testing.T) {
	// A terminal of our own is a device that nobody else has open.
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	defer master.Close()
	child := exec.Command("sleep", "60")
	child.ExtraFiles = []*os.File{master}
	if err := child.Start(); err != nil {
		t.Skipf("cannot start sleep: %v", err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	// Between fork and exec the child has our name.
	want := fmt.Sprintf("held by sleep, pid %d", child.Process.Pid)
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		got := holder("/dev/ptmx")
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			if strings.HasPrefix(got, "held by ") {
				t.Skipf("somebody else holds /dev/ptmx: %s", got)
			}
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}
