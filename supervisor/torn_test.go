//go:build unix

package supervisor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// superviseIn is a supervisor in a process of its own, to be killed. It writes
// down its services again and again.
func superviseIn(dir string) int {
	text, err := os.ReadFile(filepath.Join(dir, "services.json"))
	if err != nil {
		return 1
	}
	var services []configs.Service
	if json.Unmarshal(text, &services) != nil {
		return 1
	}
	sup, err := newIn(dir, services...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() { _ = sup.Serve(context.Background()) }()
	asked := false
	for {
		if name, err := os.ReadFile(filepath.Join(dir, "stop")); err == nil && !asked {
			asked = true
			_ = sup.Stop(context.Background(), string(name))
		}
		if path, err := os.ReadFile(filepath.Join(dir, "share")); err == nil && !asked {
			_, err = sup.Share(context.Background(), api.ShareRequest{Path: string(path), Bind: "127.0.0.1"})
			asked = err == nil // it may be just starting
		}
		if program, err := os.ReadFile(filepath.Join(dir, "program")); err == nil && !asked {
			_, err = sup.Run(context.Background(), api.RunRequest{Exec: strings.Fields(string(program)), Dir: dir, Port: -1})
			asked = err == nil
		}
		if name, err := os.ReadFile(filepath.Join(dir, "start")); err == nil && !asked {
			asked = true
			go func() { _ = sup.Start(context.Background(), string(name)) }()
		}
		text, _ := json.Marshal(sup.Services())
		_ = os.WriteFile(filepath.Join(dir, "now.new"), text, 0o600)
		_ = os.Rename(filepath.Join(dir, "now.new"), filepath.Join(dir, "now"))
		time.Sleep(5 * time.Millisecond)
	}
}
