package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// fileType is a recording.
func fileType() sourceType {
	const prefix = "file:"
	return sourceType{
		name:    "file:PATH",
		hint:    "a .jpg or .mjpeg, in a loop",
		example: "`file:clip.mjpeg`",
		docs:    "JPEG pictures of a file, in a loop",
		matches: prefixed(prefix),
		newOpener: func(spec string, want settings) (opener, error) {
			path := strings.TrimPrefix(spec, prefix)
			if path == "" {
				return nil, fmt.Errorf("expected a path after file:, such as file:clip.mjpeg")
			}
			return func(context.Context) (source, error) {
				src, err := openFile(path, want)
				if err != nil {
					return nil, err
				}
				return newRotated(src, want), nil
			}, nil
		},
	}
}

// recording plays the JPEG frames of a file in a loop: one, or any number of
// them in sequence, as cameras and ffmpeg write .mjpeg files.
type recording struct {
	about   description
	file    *os.File
	split   *splitter
	period  time.Duration
	timer   *time.Timer
	due     time.Time
	current [1][]byte
}

func openFile(path string, want settings) (source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	first, err := newSplitter(f).next()
	if err != nil {
		_ = f.Close()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s contains no JPEG picture; expected a .jpg or .mjpeg file", path)
		}
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	layout, _ := layoutJPEG(first)
	fps := want.fps
	if fps <= 0 {
		fps = 25
	}
	r := &recording{
		about: description{Device: "file:" + path, Card: "recording", Format: "JPEG",
			Width: layout.width, Height: layout.height, FPS: float64(fps)},
		file:   f,
		period: time.Second / time.Duration(min(fps, 1000)),
		due:    time.Now(),
		timer:  time.NewTimer(0),
	}
	if err := r.rewind(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return r, nil
}

func (r *recording) rewind() error {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("cannot play the file in a loop: %w", err)
	}
	r.split = newSplitter(r.file)
	return nil
}

func (r *recording) describe() description { return r.about }

func (r *recording) grab(ctx context.Context, _ uint64) (time.Time, error) {
	select {
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	case <-r.timer.C:
	}
	now := time.Now()
	// Reading takes time, so the next frame is due a period after this one was
	// due. A late frame does not make the next one early by more than a period.
	if r.due = r.due.Add(r.period); r.due.Before(now) {
		r.due = now
	}
	r.timer.Reset(r.due.Sub(now))
	data, err := r.split.next()
	if errors.Is(err, io.EOF) {
		if err = r.rewind(); err == nil {
			data, err = r.split.next()
		}
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("cannot read %s: %w", r.file.Name(), err)
	}
	r.current[0] = data
	return now, nil
}

func (r *recording) frame() ([][]byte, error) { return r.current[:], nil }

func (r *recording) close() error {
	r.timer.Stop()
	return r.file.Close()
}
