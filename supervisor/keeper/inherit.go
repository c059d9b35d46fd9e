//go:build unix

package keeper

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Inherited takes the descriptors that were passed to this process, by name,
// see sd_listen_fds(3). Of several under one name it takes the last.
func Inherited(getenv func(string) string) map[string]*descriptor.Descriptor {
	files := map[string]*descriptor.Descriptor{}
	n, err := strconv.Atoi(getenv(contract.ListenFDs))
	if err != nil || getenv(contract.ListenPID) != strconv.Itoa(os.Getpid()) {
		return files
	}
	names := strings.Split(getenv(contract.ListenFDNames), ":")
	for i := range n {
		name := "unknown"
		if i < len(names) {
			name = names[i]
		}
		if before := files[name]; before != nil {
			before.Close()
		}
		files[name] = descriptor.New(contract.ListenFDsStart + i)
	}
	return files
}

// Become executes a keeper in the place of this process, a supervisor whose
// keeper is gone: it gets all that was kept, and starts a new supervisor,
// which adopts the services. argv is the keeper's command line up to where the
// descriptors are named; it returns only when that failed.
func (s *Store) Become(self string, argv, args []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, file := range s.held {
		// A number that the new program's own descriptors don't get.
		fd, err := unix.FcntlInt(uintptr(file.FD()), unix.F_DUPFD, 256)
		if err != nil {
			return fmt.Errorf("cannot pass on the descriptor %s: %w", name, err)
		}
		names = append(names, fmt.Sprintf("%s=%d", name, fd))
	}
	argv = append(append(argv, strings.Join(names, ":")), args...)
	return unix.Exec(self, argv, os.Environ())
}

// Handed takes the descriptors that Become passed on: name=number, with colons
// between.
func Handed(text string) (map[string]*descriptor.Descriptor, error) {
	files := map[string]*descriptor.Descriptor{}
	for part := range strings.SplitSeq(text, ":") {
		name, number, _ := strings.Cut(part, "=")
		fd, err := strconv.Atoi(number)
		switch {
		case part == "":
		case err != nil:
			return nil, fmt.Errorf("expected name=descriptor, got %q", part)
		default:
			files[name] = descriptor.New(fd)
		}
	}
	return files, nil
}
