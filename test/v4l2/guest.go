package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

// guest speaks with the shell on the guest's serial line.
type guest struct {
	console *os.File
	log     string
	asked   int
}

func attach(console, log string) (*guest, error) {
	f, err := os.OpenFile(console, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &guest{console: f, log: log}, nil
}

func (g *guest) close() { _ = g.console.Close() }

// waitFor waits until the guest has printed text.
func (g *guest) waitFor(text string, limit time.Duration) error {
	return poll(limit, func() error {
		out, err := os.ReadFile(g.log)
		if err != nil {
			return err
		}
		if !bytes.Contains(out, []byte(text)) {
			return fmt.Errorf("the guest did not print %q", text)
		}
		return nil
	})
}

// shell runs a command in the guest and returns what it printed.
func (g *guest) shell(command string) (string, error) {
	g.asked++
	begin, end := fmt.Sprintf("<<%d", g.asked), fmt.Sprintf(">>%d", g.asked)
	// The quotes keep the line's echo, if there is one, from looking like the answer.
	if _, err := fmt.Fprintf(g.console, "echo '<<'%d; %s; echo '>>'%d\n", g.asked, command, g.asked); err != nil {
		return "", err
	}
	if err := g.waitFor(end, 60*time.Second); err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	out, err := os.ReadFile(g.log)
	if err != nil {
		return "", err
	}
	text := string(out)
	text = text[strings.LastIndex(text, begin)+len(begin):]
	text, _, _ = strings.Cut(text, end)
	return strings.TrimSpace(strings.ReplaceAll(text, "\r", "")), nil
}

// poll tries until it works or the limit has passed.
func poll(limit time.Duration, try func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}
