//go:build unix && !linux

package process

import (
	"errors"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// BorrowListener is for Linux.
func BorrowListener(int, string) (*descriptor.Descriptor, error) {
	return nil, errors.New("this system does not copy descriptors of other processes")
}
