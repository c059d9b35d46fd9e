//go:build !linux

package logs

import "os"

// intake reads batches out of the FIFO. A supervisor that is killed between
// reading one and writing it to the file loses that one: only Linux has a way
// around it.
type intake struct{ fifo *os.File }

func newIntake(fifo *os.File, _ bool) (*intake, error) { return &intake{fifo}, nil }

func (in *intake) peek(buf []byte) (int, error) { return in.fifo.Read(buf) }

// move is a put of a part that is out of the FIFO already.
func (in *intake) move(f *os.File, at int64, part []byte) (int, error) { return plainly(f, at, part) }

func (in *intake) discard(int) {}

func (in *intake) close() { _ = in.fifo.Close() }
