package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Home makes the folder in which one instance has all that is its own, and
// returns it with the environment of a process that is to live there. The
// caller removes it, when nothing runs there any more. Its name is short, for
// the names of unix sockets are.
func Home(t testing.TB) (dir string, env []string) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ah")
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "XDG_") && !strings.HasPrefix(kv, "HOME=") && !strings.HasPrefix(kv, "AMMAR") {
			env = append(env, kv)
		}
	}
	env = append(env, "HOME="+dir)
	for name, sub := range map[string]string{"XDG_RUNTIME_DIR": "run", "XDG_STATE_HOME": "state",
		"XDG_CONFIG_HOME": "config"} {
		path := filepath.Join(dir, sub)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+path)
	}
	return dir, env
}
