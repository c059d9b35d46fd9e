package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// machine is what a configuration needs of the machine it is for. The zero
// value asks for nothing.
type machine struct {
	stat func(path string) (fs.FileInfo, error)
	// firstPort is the lowest port on which this user may listen; 0 and 1: any.
	firstPort int
}

func thisMachine() machine { return machine{stat: os.Stat, firstPort: firstPort()} }

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
