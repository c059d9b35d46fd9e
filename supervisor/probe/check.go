package probe

import (
	"context"
	"os/exec"
)

// Check runs a probe once. Its error describes the request and the answer.
type Check func(ctx context.Context) error

// Runner runs a command that is no service to its end.
type Runner interface {
	Output(cmd *exec.Cmd) ([]byte, error)
}

// target is the service under test.
type target struct {
	addr string // where it listens
	tls  bool   // it speaks HTTPS there
	run  Runner
	dir  string
	env  []string
}
