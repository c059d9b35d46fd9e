package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"

	"github.com/ammarctl/ammarctl/internal/dotenv"
)

// machine is what a configuration needs of the machine it is for. The zero
// value asks for nothing.
type machine struct {
	stat func(path string) (fs.FileInfo, error)
	// firstPort is the lowest port on which this user may listen; 0 and 1: any.
	firstPort int
	read      func(path string) ([]byte, error)
	getenv    func(name string) string
	user      func(name string) error // may a service be this user's?
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
		return fmt.Errorf("only root may start a service as %s; leave it out, or start ammarctl with sudo", name)
	}
	return nil
}

// envFile says what is wrong with a file of variables.
func (d *decoder) envFile(path string) error {
	if d.machine.read == nil {
		return nil
	}
	text, err := d.machine.read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no such file %s", path)
	}
	if err != nil {
		return err
	}
	if _, err := dotenv.Parse(string(text)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// machineHas says what the machine lacks for a service; flat are the keys that the
// configuration has. A folder that is not named is the one the person is in.
func (d *decoder) machineHas(s Service, flat map[string]any) {
	at := func(key string) []string { return []string{"service", s.Name, key} }
	for key, path := range map[string]string{"root": s.Root, "dir": s.Dir} {
		if _, named := flat[key].(string); !named || d.machine.stat == nil {
			continue
		}
		if err := folder(d.machine, path); err != nil {
			d.fail(at(key), "%s: %v", key, err)
		}
	}
	if first := d.machine.firstPort; s.Port > 0 && s.Port < first {
		d.fail(at("port"), "port: only an administrator may listen on %d here; expected %d or more", s.Port, first)
	}
}

func folder(m machine, path string) error {
	info, err := m.stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no such folder %s", path)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("expected a folder, %s is a file", path)
	}
	return nil
}
