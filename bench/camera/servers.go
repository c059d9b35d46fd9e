//go:build linux && amd64

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/test/fakecam"
)

// contender is a server and how it is started.
type contender struct {
	name             string
	argv             func(device, port string, s source) []string
	stream, snapshot string // paths
}

// contenders are in the order in which they take turns, ours first.
func contenders(binary string) []contender {
	common := func(device, port string, s source) []string {
		format := s.fourcc
		if format == "MJPG" {
			format = "MJPEG"
		}
		return []string{"ustreamer", "--device", device, "--port", port, "--format", format,
			"--resolution", fmt.Sprintf("%dx%d", width, height), "--desired-fps", strconv.Itoa(fps)}
	}
	return []contender{
		{"ours", func(device, port string, _ source) []string {
			return []string{binary, "--port", port, "--source", device, "--width", strconv.Itoa(width), "--height",
				strconv.Itoa(height), "--fps", strconv.Itoa(fps)}
		}, "/stream.mjpg", "/cam.jpg"},
		{"ustreamer at its best", func(device, port string, s source) []string {
			return append(common(device, port, s), "--workers", "1", "--buffers", "4", "--tcp-nodelay")
		}, "/stream", "/snapshot"},
		{"ustreamer as it comes", common, "/stream", "/snapshot"},
	}
}

// server is a running contender.
type server struct {
	contender
	source  source
	clock   *clock
	address string
	program *fakecam.Program
	dir     string
}

// start starts a contender with a camera of its own, and waits for its first picture.
func start(ctx context.Context, k contender, s source) (*server, error) {
	dir, err := os.MkdirTemp("", "ammarctl-bench")
	if err != nil {
		return nil, err
	}
	device := filepath.Join(dir, "video0")
	if err := os.WriteFile(device, nil, 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // the system names a free port
	if err != nil {
		return nil, err
	}
	address := ln.Addr().String()
	if err := ln.Close(); err != nil {
		return nil, err
	}
	camera, clock := s.camera(device)
	_, port, _ := strings.Cut(address, ":")
	program, err := fakecam.Start(camera, k.argv(device, port, s), nil, log)
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", k.name, err)
	}
	v := &server{contender: k, source: s, clock: clock, address: address, program: program, dir: dir}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if err = v.once(ctx); err == nil {
			return v, nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			said, _ := os.ReadFile(log.Name())
			v.stop()
			return nil, fmt.Errorf("%s serves nothing: %w\n%s", k.name, err, said)
		}
	}
}

// once gets one picture of the camera.
func (v *server) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+v.address+v.snapshot, nil)
	if err != nil {
		return err
	}
	req.Close = true
	file, err := fetch(http.DefaultClient, req)
	if err == nil {
		_, err = v.source.number(file)
	}
	return err
}

// stop ends the server. The last words of a killed one do not matter.
func (v *server) stop() {
	_ = v.program.End(5 * time.Second)
	_ = os.RemoveAll(v.dir)
}
