// Package adhoc turns a command line into the configuration of a service: for
// programs that `ammarctl run` starts, and for tables that it writes.
package adhoc

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/ascii"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Config is the configuration of the program that a request asks for. Its error
// is an api.Error for the client.
func Config(req api.RunRequest) (configs.Service, error) {
	bad := func(format string, args ...any) error {
		return &api.Error{Code: api.CodeBadRequest, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case (len(req.Exec) == 0) == (req.Shell == ""):
		return configs.Service{}, bad("expected exec or shell, the command to run")
	case slices.Contains(req.Exec[:min(1, len(req.Exec))], ""),
		strings.ContainsRune(strings.Join(req.Exec, "")+req.Shell, 0):
		return configs.Service{}, bad("expected a command without zero bytes, got %q", append(req.Exec, req.Shell))
	case !filepath.IsAbs(req.Dir):
		return configs.Service{}, bad("cannot run in %q: expected an absolute path", req.Dir)
	case req.Name != "" && !names.Valid(req.Name):
		return configs.Service{}, bad("cannot use %q as a name: expected %s", req.Name, names.Rule)
	case req.Port < configs.NoPort || req.Port > 65535:
		return configs.Service{}, bad("cannot use port %d: expected 1 to 65535, 0 for a free one, or -1 for none", req.Port)
	}
	name := req.Name
	if name == "" {
		name = Name(req)
	}
	cfg := configs.NewService(name, kind.OfProgram().Name)
	cfg.Exec, cfg.Shell, cfg.Dir, cfg.Port, cfg.Transient = req.Exec, req.Shell, req.Dir, req.Port, true
	return cfg, nil
}

// Name is a name for a service that runs a command line: the program's, or that
// of the script or the module which an interpreter runs.
func Name(req api.RunRequest) string {
	words := req.Exec
	if req.Shell != "" {
		words = strings.Fields(req.Shell)
	}
	for i, word := range words {
		if strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
			continue
		}
		base := filepath.Base(word)
		if i+1 < len(words) && interprets(base) {
			continue
		}
		ext := filepath.Ext(base)
		module := i > 0 && words[i-1] == "-m"
		if !module && strings.Trim(ext, ".abcdefghijklmnopqrstuvwxyz") == "" {
			base = strings.TrimSuffix(base, ext)
		}
		name := regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(ascii.Spell(base), "-")
		name = strings.Trim(name, "-_")
		if name = strings.Trim(name[:min(len(name), 24)], "-_"); name != "" {
			return name
		}
	}
	return "program"
}

// interprets tells whether a program is one that runs another.
func interprets(program string) bool {
	name := strings.TrimRight(program, "0123456789.")
	return slices.Contains([]string{"python", "pypy", "node", "nodejs", "ruby", "perl", "php", "java", "lua", "deno",
		"bun", "npx", "uv", "run", "sh", "bash", "dash", "zsh", "ksh", "fish", "env", "sudo", "nice", "exec", "cd", "npm",
		"yarn", "go", "cargo", "time", "stdbuf"}, name)
}
