package camera

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/creack/pty"
)

func TestHolderNamesTheProcessThatHasTheDeviceOpen(t *testing.T) {
	// A terminal of our own is a device that nobody else has open.
	master, terminal, err := pty.Open()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("no pseudo terminals here: %v", err)
	}
	defer master.Close()
	defer terminal.Close()
	if got := holder(terminal.Name()); got != "" {
		t.Errorf("only we have it open, but it is %q", got)
	}
	child := exec.Command("sleep", "60")
	child.ExtraFiles = []*os.File{terminal}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	want := fmt.Sprintf("held by sleep, pid %d", child.Process.Pid)
	if got := holder(terminal.Name()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := holder("/dev/that-is-not-there"); got != "" {
		t.Errorf("a missing device is %q", got)
	}
}
