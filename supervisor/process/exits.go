//go:build unix

package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxExits bounds the file of exits, in bytes. A full file is kept, and a new one
// begun.
const maxExits = 256 << 10

// RecordExit adds to the file at path how a process ended, for readers that are not
// its parent. Only one process writes the file.
func RecordExit(path string, id Identity, e Exit) error {
	if info, err := os.Stat(path); err == nil && info.Size() > maxExits {
		if err := os.Rename(path, path+".1"); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%d %d %d %d\n", id.PID, id.Start, e.Code, e.number)
	return errors.Join(err, f.Close())
}

// FindExit looks up how a process ended, in the file that RecordExit writes.
func FindExit(path string, id Identity) (Exit, bool) {
	for _, path := range []string{path, path + ".1"} {
		if e, ok := findExit(path, id); ok {
			return e, true
		}
	}
	return Exit{}, false
}

func findExit(path string, id Identity) (found Exit, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return Exit{}, false
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 2*maxExits))
	for lines.Scan() {
		var pid, code, sig int
		var start uint64
		if _, err := fmt.Sscanf(lines.Text(), "%d %d %d %d", &pid, &start, &code, &sig); err == nil && pid == id.PID &&
			start == id.Start {
			found, ok = exitOf(code, unix.Signal(sig)), true
		}
	}
	return found, ok
}
