package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"

	"github.com/ammarctl/ammarctl/internal/dotenv"
	"github.com/ammarctl/ammarctl/internal/explain"
)

// machine is the part of a machine that a configuration depends on. The zero
// value checks nothing.
type machine struct {
	stat func(path string) (fs.FileInfo, error)
	// firstPort is the lowest port on which this user may listen; 0 and 1: any.
	firstPort int
	read      func(path string) ([]byte, error)
	getenv    func(name string) string
	user      func(name string) error // an error when a service cannot run as this user
}

func thisMachine(getenv func(string) string) machine {
	return machine{stat: os.Stat, firstPort: firstPort(), read: os.ReadFile, getenv: getenv, user: mayBecome}
}

// mayBecome tells whether this process can start others as that user.
func mayBecome(name string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("no user is called %q here", name)
	}
	if euid := os.Geteuid(); euid != 0 && u.Uid != strconv.Itoa(euid) {
		return explain.Errorf("user-needs-root",
			"only root may start a service as %s; leave it out, or start ammarctl with sudo", name)
	}
	return nil
}

// checkEnvFile reports what is wrong with a file of variables.
func (d *decoder) checkEnvFile(path string) error {
	if d.machine.read == nil {
		return nil
	}
	text, err := d.machine.read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return explain.Errorf("folder-missing", "no such file %s", path)
	}
	if err != nil {
		return err
	}
	if _, err := dotenv.Parse(string(text)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// checkMachine reports what the machine lacks for a service; flat are the keys
// that the configuration has. The default folder is not checked: it is the one
// the person is in.
func (d *decoder) checkMachine(s Service, flat map[string]any) {
	at := func(key string) []string { return []string{"service", s.Name, key} }
	for _, k := range Keys() {
		if _, named := flat[k.Name].(string); !named || !k.Value.mustExist() || d.machine.stat == nil {
			continue
		}
		if err := checkFolder(d.machine, k.Value.words(&s)[0]); err != nil {
			d.fail(at(k.Name), "%s: %w", k.Name, err)
		}
	}
	if first := d.machine.firstPort; s.Port > 0 && s.Port < first {
		d.explain(at("port"), "low-port",
			"port: only an administrator may listen on %d here; expected %d or more", s.Port, first)
	}
}

func checkFolder(m machine, path string) error {
	info, err := m.stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return explain.Errorf("folder-missing", "no such folder %s", path)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("expected a folder, %s is a file", path)
	}
	return nil
}

// environment checks the files of variables, the sizes of logs and the user.
func (d *decoder) environment(s *Service, flat map[string]any) {
	for _, path := range s.EnvFiles {
		if err := d.checkEnvFile(path); err != nil {
			d.fail([]string{"service", s.Name, "env_file"}, "env_file: %w", err)
		}
	}
	if s.Logs.Total < 2*s.Logs.Size {
		key := "total"
		if flat["logs.total"] == nil {
			key = "size"
		}
		d.fail([]string{"service", s.Name, "logs", key}, "logs.%s: expected total, %d bytes, to be at least twice size, %d",
			key, s.Logs.Total, s.Logs.Size)
	}
	if s.User != "" && d.machine.user != nil {
		if err := d.machine.user(s.User); err != nil {
			d.fail([]string{"service", s.Name, "user"}, "user: %w", err)
		}
	}
}
