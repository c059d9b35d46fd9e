package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// own is the group into which the supervisor itself moves: a group that
// passes controllers on has no processes.
const own = "ammarctl"

// Tree is the group that is this process's own, with room for others in it.
type Tree struct {
	root string // its folder
}

// Find looks for the group that this process is in. The error is a
// *NotDelegatedError when that is not its own.
func Find() (*Tree, error) {
	mount, err := mountPoint()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, &NotDelegatedError{err.Error()}
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			if filepath.Base(path) == own { // a supervisor before this one moved here
				path = filepath.Dir(path)
			}
			return at(filepath.Join(mount, path))
		}
	}
	return nil, &NotDelegatedError{"this system has version 1 only"}
}

func at(root string) (*Tree, error) {
	for _, path := range []string{root, filepath.Join(root, "cgroup.procs")} {
		if err := unix.Access(path, unix.W_OK); err != nil {
			return nil, &NotDelegatedError{fmt.Sprintf("%s is not for this user to write: %v", path, err)}
		}
	}
	return &Tree{root}, nil
}

// mountPoint is where the tree of version 2 is, see proc(5).
func mountPoint() (string, error) {
	f, err := os.Open("/proc/self/mounts")
	if err != nil {
		return "", &NotDelegatedError{err.Error()}
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 2 && fields[2] == "cgroup2" {
			return fields[1], nil
		}
	}
	return "", &NotDelegatedError{"this system has no control groups of version 2"}
}

// Path is the folder of the group for one process of a service.
func (t *Tree) Path(instance, service string, launch int) string {
	return filepath.Join(t.root, fmt.Sprintf("%s.%s.%s.%d", own, instance, service, launch))
}

// Make makes the group and sets its limits, as far as its controllers are
// there: Kept says which. A group that exists is used. The error is a
// *NotDelegatedError when there can be no groups below this process's own.
func (t *Tree) Make(path string, l Limits) (Kept, error) {
	if err := t.Prepare(); err != nil {
		return Kept{}, err
	}
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return Kept{}, explain.Errorf("no-control-group", "cannot make a control group: %w", err)
	}
	set := func(name, value string) bool {
		return os.WriteFile(filepath.Join(path, name), []byte(value), 0) == nil
	}
	var k Kept
	if l.Memory > 0 {
		k.Memory = set("memory.max", strconv.FormatInt(l.Memory, 10))
		_ = set("memory.swap.max", "0") // or it only grows slower
	}
	if l.CPU > 0 {
		const period = 100_000 // µs
		k.CPU = set("cpu.max", fmt.Sprintf("%d %d", int64(l.CPU*period), period))
	}
	if l.Processes > 0 {
		k.Processes = set("pids.max", strconv.Itoa(l.Processes))
	}
	return k, nil
}

// Prepare passes the controllers on to the groups below. A group that does so can have
// no processes itself. So this process and its parent, the keeper, move into a group
// of their own, and later children start there. The error is a *NotDelegatedError when
// other processes are in the way. A second call changes nothing.
func (t *Tree) Prepare() error {
	if others := t.others(); len(others) > 0 && !t.top() {
		return &NotDelegatedError{fmt.Sprintf("other processes are in %s too, such as %d", t.root, others[0])}
	}
	if len(t.processes()) > 0 && !t.top() {
		leaf := filepath.Join(t.root, own)
		if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return &NotDelegatedError{err.Error()}
		}
		for _, pid := range t.processes() {
			if err := os.WriteFile(filepath.Join(leaf, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
				return &NotDelegatedError{err.Error()}
			}
		}
	}
	for _, name := range []string{"memory", "cpu", "pids"} { // one by one: which there are differs
		err := os.WriteFile(filepath.Join(t.root, "cgroup.subtree_control"), []byte("+"+name), 0)
		if errors.Is(err, unix.EBUSY) {
			return &NotDelegatedError{err.Error()}
		}
	}
	return nil
}

// top tells whether the group is the uppermost, which may have processes.
func (t *Tree) top() bool {
	_, err := os.Stat(filepath.Join(t.root, "cgroup.type"))
	return errors.Is(err, os.ErrNotExist)
}

// others are the processes in the group that are not this one and its parent.
func (t *Tree) others() []int {
	ours := []int{os.Getpid(), os.Getppid()}
	return slices.DeleteFunc(t.processes(), func(pid int) bool { return slices.Contains(ours, pid) })
}

func (t *Tree) processes() (found []int) {
	text, _ := os.ReadFile(filepath.Join(t.root, "cgroup.procs"))
	for field := range strings.FieldsSeq(string(text)) {
		if pid, err := strconv.Atoi(field); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

// Remove ends every process in the group, however it was made, and the group.
// It tells whether the kernel has killed one for its memory. No group is none
// to remove.
func Remove(path string) (outOfMemory bool) {
	if _, err := os.Lstat(path); err != nil {
		return false
	}
	text, err := os.ReadFile(filepath.Join(path, "memory.events"))
	for line := range strings.Lines(string(text)) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok && err == nil {
			outOfMemory = n != "0"
		}
	}
	_ = os.WriteFile(filepath.Join(path, "cgroup.kill"), []byte("1"), 0)
	for until := time.Now().Add(time.Second); time.Now().Before(until); time.Sleep(2 * time.Millisecond) {
		if err := unix.Rmdir(path); !errors.Is(err, unix.EBUSY) {
			return outOfMemory // the dead leave it a moment later
		}
	}
	return outOfMemory
}
