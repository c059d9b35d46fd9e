//go:build unix

package process

import (
	"os"
	"syscall"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Child is a process to be started by Fork.
type Child struct {
	Path   string
	Argv   []string // its name first
	Dir    string   // empty: this process's
	Env    []string
	Output *os.File // standard output and error; nil: nowhere
	// Passed are its descriptors from 3 on. Nothing is changed about them, as
	// os/exec would: that makes a socket block for everybody who has it.
	Passed []*descriptor.Descriptor
	Attr   syscall.SysProcAttr
}

// Fork starts a process that leads a group of its own, with nothing to read.
func Fork(c *Child) (pid int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	out := null
	if c.Output != nil {
		out = c.Output
	}
	files := []uintptr{null.Fd(), out.Fd(), out.Fd()}
	for _, d := range c.Passed {
		files = append(files, uintptr(d.FD()))
	}
	c.Attr.Setpgid = true
	pid, _, err = syscall.StartProcess(c.Path, c.Argv,
		&syscall.ProcAttr{Dir: c.Dir, Env: c.Env, Files: files, Sys: &c.Attr})
	return pid, err
}
