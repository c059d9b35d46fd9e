package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"
)

// service is one camera service in the guest, by its address.
type service struct{ addr string }

// state is the part of /state that is checked.
type state struct {
	State      string  `json:"state"`
	Status     string  `json:"status"`
	Device     string  `json:"device"`
	Card       string  `json:"card"`
	Error      string  `json:"error"`
	Format     string  `json:"format"`
	Width      int     `json:"width"`
	Height     int     `json:"height"`
	FPS        float64 `json:"fps"`
	FPSNominal float64 `json:"fps_nominal"`
	Clients    int     `json:"clients"`
	Capturing  bool    `json:"capturing"`
	Drops      struct {
		Damaged int `json:"damaged"`
	} `json:"drops"`
}

func (s service) get(path string) (int, http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+path, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, body, err
}

func (s service) state() (state, error) {
	var st state
	_, _, body, err := s.get("/state")
	if err == nil {
		err = json.Unmarshal(body, &st)
	}
	return st, err
}

// until waits for a state that ok accepts.
func (s service) until(limit time.Duration, ok func(state) bool) (state, error) {
	var st state
	err := poll(limit, func() (err error) {
		if st, err = s.state(); err == nil && !ok(st) {
			err = fmt.Errorf("the state stays %+v", st)
		}
		return err
	})
	return st, err
}

// picture is a frame as it was served.
type picture struct {
	status      int
	sequence    uint64
	placeholder bool
	data        []byte
	image       image.Image
}

func (s service) snapshot() (picture, error) {
	status, header, body, err := s.get("/cam.jpg")
	if err != nil {
		return picture{}, err
	}
	return newPicture(status, header.Get("X-Sequence"), body)
}

func newPicture(status int, sequence string, data []byte) (picture, error) {
	number, err := strconv.ParseUint(sequence, 10, 64)
	if err != nil {
		return picture{}, fmt.Errorf("X-Sequence: %w", err)
	}
	decoded, err := jpeg.Decode(bytes.NewReader(data))
	return picture{status: status, sequence: number, data: data, image: decoded}, err
}

// stream is an open /stream.mjpg.
type stream struct {
	parts  *multipart.Reader
	cancel func()
}

func (s service) stream() (*stream, error) {
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/stream.mjpg", nil)
	if err == nil {
		var resp *http.Response
		if resp, err = http.DefaultClient.Do(req); err == nil {
			kind, params, bad := mime.ParseMediaType(resp.Header.Get("Content-Type"))
			if bad == nil && kind == "multipart/x-mixed-replace" {
				return &stream{multipart.NewReader(resp.Body, params["boundary"]), cancel}, nil
			}
			err = fmt.Errorf("expected multipart/x-mixed-replace, got %q", resp.Header.Get("Content-Type"))
		}
	}
	cancel()
	return nil, err
}

func (s *stream) close() { s.cancel() }

func (s *stream) next() (picture, error) {
	part, err := s.parts.NextRawPart()
	if err != nil {
		return picture{}, err
	}
	length, err := strconv.Atoi(part.Header.Get("Content-Length"))
	if err != nil {
		return picture{}, fmt.Errorf("Content-Length: %w", err)
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(part, data); err != nil {
		return picture{}, err
	}
	p, err := newPicture(http.StatusOK, part.Header.Get("X-Sequence"), data)
	p.placeholder = part.Header.Get("X-Placeholder") != ""
	return p, err
}

// wait reads until a picture that ok accepts, and returns how long that took.
func (s *stream) wait(limit time.Duration, ok func(picture) bool) (time.Duration, error) {
	started := time.Now()
	timer := time.AfterFunc(limit, s.cancel)
	defer timer.Stop()
	for {
		p, err := s.next()
		if err != nil {
			return 0, errors.Join(fmt.Errorf("not within %v", limit), err)
		}
		if ok(p) {
			return time.Since(started), nil
		}
	}
}
