package logs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Segments that are complete are compressed (RFC 8878).
const (
	packedSuffix  = ".zst"
	packingSuffix = ".zst.tmp"
)

// segment is a complete part of a log, in the folder of the current file.
type segment struct {
	log      string // path of the log
	number   int    // rising with time, from 1
	size     int64  // on disk
	packed   bool
	modified time.Time // when its last line was written
}

func segmentPath(log string, number int) string { return log + "." + strconv.Itoa(number) }

func (s segment) path() string {
	if s.packed {
		return segmentPath(s.log, s.number) + packedSuffix
	}
	return segmentPath(s.log, s.number)
}

// listSegments finds the segments of a log, oldest first. Of a segment that is
// there twice, since its compression was cut short, the plain one counts.
func listSegments(log string) []segment {
	entries, err := os.ReadDir(filepath.Dir(log))
	if err != nil {
		return nil
	}
	var found []segment
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), filepath.Base(log)+".")
		if !ok {
			continue
		}
		text, packed := strings.CutSuffix(text, packedSuffix)
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) && !packed { // compressed just now
			packed = true
			info, err = os.Stat(segmentPath(log, number) + packedSuffix)
		}
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		found = append(found, segment{log, number, info.Size(), packed, info.ModTime()})
	}
	slices.SortFunc(found, func(a, b segment) int {
		if a.number != b.number {
			return a.number - b.number
		}
		if a.packed == b.packed {
			return 0
		}
		if b.packed {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(found, func(a, b segment) bool { return a.number == b.number })
}

// open reads the segment's bytes as they were written. It may have been
// compressed since it was listed.
func (s segment) open() (io.ReadCloser, error) {
	f, err := os.Open(s.path())
	if errors.Is(err, fs.ErrNotExist) && !s.packed {
		s.packed = true
		f, err = os.Open(s.path())
	}
	if err != nil || !s.packed {
		return f, err
	}
	dec, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(packWindow))
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return unpacker{dec.IOReadCloser(), f}, nil
}

type unpacker struct {
	io.ReadCloser
	f *os.File
}

func (u unpacker) Close() error { return errors.Join(u.ReadCloser.Close(), u.f.Close()) }

// packWindow bounds what packing and unpacking keep in memory.
const packWindow = 1 << 20

// pack compresses complete segments. It removes the oldest ones, so that all of them
// and a log file of max bytes need at most total. A crash at any moment leaves every
// segment whole.
func pack(log string, max, total int64) error {
	var failed error
	for _, s := range listSegments(log) {
		if !s.packed {
			failed = errors.Join(failed, packOne(s))
		}
	}
	segments := listSegments(log)
	sum := max
	for _, s := range segments {
		sum += s.size
	}
	for _, s := range segments {
		if sum <= total {
			break
		}
		if err := os.Remove(s.path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, fmt.Errorf("cannot remove an old log: %w", err))
		}
		sum -= s.size
	}
	return failed
}

func packOne(s segment) (err error) {
	in, err := os.Open(s.path())
	if err != nil {
		return fmt.Errorf("cannot compress an old log: %w", err)
	}
	defer in.Close()
	temporary := segmentPath(s.log, s.number) + packingSuffix
	defer func() {
		if err != nil {
			_ = os.Remove(temporary)
			err = fmt.Errorf("cannot compress an old log: %w", err)
		}
	}()
	out, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	enc, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(packWindow))
	if err == nil {
		_, err = io.Copy(enc, in)
		err = errors.Join(err, enc.Close())
	}
	if err == nil {
		err = out.Sync() // before the plain one is removed
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if err := os.Chtimes(temporary, s.modified, s.modified); err != nil {
		return err
	}
	if err := os.Rename(temporary, segmentPath(s.log, s.number)+packedSuffix); err != nil {
		return err
	}
	return os.Remove(s.path())
}
