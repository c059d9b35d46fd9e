//go:build !linux

package logs

import (
	"bytes"
	"os"
)

// intake reads batches out of the FIFO. A supervisor that is killed between
// reading one and writing it to the file loses that one: only Linux has a way
// around it.
type intake struct {
	fifo  *os.File
	batch int    // how much is taken at a time, in bytes at most
	read  []byte // where to
}

func newIntake(fifo *os.File, _ bool) (*intake, error) {
	return &intake{fifo, batchSize, make([]byte, batchSize)}, nil
}

// peek waits for bytes and returns a copy of them, which is the caller's.
func (in *intake) peek() ([]byte, error) {
	n, err := in.fifo.Read(in.read[:in.batch])
	return bytes.Clone(in.read[:n]), err
}

// move is a put of a part that is out of the FIFO already.
func (in *intake) move(f *os.File, at int64, part []byte) (int, error) { return plainly(f, at, part) }

// replace is the same: what it replaces is out of the FIFO too.
func (in *intake) replace(f *os.File, at int64, part []byte) (int, error) {
	return plainly(f, at, part)
}

func (in *intake) discard(int) {}

func (in *intake) close() { _ = in.fifo.Close() }
