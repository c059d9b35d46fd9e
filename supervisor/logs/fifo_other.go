//go:build !unix

package logs

import (
	"errors"
	"fmt"
	"os"
)

func openFIFO(path string) (*os.File, error) {
	return nil, fmt.Errorf("this system has no FIFOs, which %s would be: %w", path, errors.ErrUnsupported)
}

func readable(*os.File) (int, error) { return 0, errors.ErrUnsupported }

func openTerminal() (master, slave *os.File, err error) {
	return nil, nil, fmt.Errorf("this system has no terminals of the kind that pty makes: %w", errors.ErrUnsupported)
}
