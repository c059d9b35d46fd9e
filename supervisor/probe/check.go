package probe

import (
	"context"
	"os/exec"
)

// Check asks once. Its error says what was asked and what came.
type Check func(ctx context.Context) error

// Runner runs a command that is no service to its end.
type Runner interface {
	Output(cmd *exec.Cmd) ([]byte, error)
}

// target is the service that is asked.
type target struct {
	addr string // where it listens
	tls  bool   // it speaks HTTPS there
	run  Runner
	dir  string
	env  []string
}
