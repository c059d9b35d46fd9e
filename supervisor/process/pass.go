//go:build unix

package process

import (
	"os"
	"strconv"

	"github.com/ammarctl/ammarctl/internal/contract"
)

// PassArg is the first argument with which this program's binary passes on its
// inherited descriptors and then does as the other arguments say; see Pass.
const PassArg = "pass"

// Pass makes the descriptors from 3 on this process's own, as sd_listen_fds(3)
// requires. The parent cannot do so, because it does not know the process number in
// advance.
func Pass() error {
	if os.Getenv(contract.ListenFDs) == "" {
		return nil
	}
	return os.Setenv(contract.ListenPID, strconv.Itoa(os.Getpid()))
}
