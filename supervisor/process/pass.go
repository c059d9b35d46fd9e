//go:build unix

package process

import (
	"os"
	"strconv"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// PassArg is the first argument with which this program's binary passes on the
// descriptors that it was given, and does as the other arguments say; see Pass.
const PassArg = "pass"

// Pass makes the descriptors from 3 on this process's own, as sd_listen_fds(3)
// has it: whoever starts a process cannot know the number that it will have.
func Pass() error {
	if os.Getenv(contract.ListenFDs) == "" {
		return nil
	}
	return os.Setenv(contract.ListenPID, strconv.Itoa(os.Getpid()))
}
