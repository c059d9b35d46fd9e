// Package statefile reads and writes the file that a supervisor leaves to the
// next one. It holds the configuration in force and the state of each service.
// Processes are not in it: they have records of their own.
package statefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Version is the version of the format. Read refuses a later one.
const Version = 1

// State is the content of the file.
type State struct {
	Version  int                `json:"version"`
	Boot     string             `json:"boot"`    // of the machine, when it was written
	Running  bool               `json:"running"` // false once the instance was taken down
	Config   Config             `json:"config"`
	Services map[string]Service `json:"services"`
	Shares   []json.RawMessage  `json:"shares"`
}

// Config is the configuration in force, which its file may have left behind.
type Config struct {
	Path     string            `json:"path"`
	Services []json.RawMessage `json:"services"`
}

// Service is the saved part of one service.
type Service struct {
	Stopped bool `json:"stopped,omitempty"` // by hand
	// Launches is set for a service that is stopped by hand: a record with a
	// higher number proves that it was started again since.
	Launches  int       `json:"launches,omitempty"`
	Completed bool      `json:"completed,omitempty"` // it is done: it ended by itself, successfully
	Ended     bool      `json:"ended,omitempty"`     // a share that is over; its process may still drain
	Failed    string    `json:"failed,omitempty"`    // why it gave up
	Restarts  int       `json:"restarts,omitempty"`
	LastRun   time.Time `json:"last_run,omitzero"` // of a service with a schedule
	Port      int       `json:"port,omitempty"`    // where the configuration leaves it open
	LastExit  *api.Exit `json:"last_exit,omitempty"`
}

// EncodeService writes a service's configuration for DecodeService.
func EncodeService(cfg configs.Service) ([]byte, error) { return json.Marshal(cfg) }

// DecodeService reads a service's configuration. Keys that an older version did
// not write have their defaults.
func DecodeService(text []byte) (configs.Service, error) {
	var id struct{ Name, Kind string }
	if err := json.Unmarshal(text, &id); err != nil {
		return configs.Service{}, err
	}
	if !names.Valid(id.Name) {
		return configs.Service{}, fmt.Errorf("expected the configuration of a service, got one of %q", id.Name)
	}
	cfg := configs.NewService(id.Name, id.Kind)
	err := json.Unmarshal(text, &cfg)
	return cfg, err
}

// EncodeServices is EncodeService for a list.
func EncodeServices(list []configs.Service) (texts []json.RawMessage, err error) {
	for _, cfg := range list {
		text, err := EncodeService(cfg)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// DecodeServices is DecodeService for a list.
func DecodeServices(texts []json.RawMessage) (list []configs.Service, err error) {
	for _, text := range texts {
		cfg, err := DecodeService(text)
		if err != nil {
			return nil, err
		}
		list = append(list, cfg)
	}
	return list, nil
}

// Read reads the file. A missing one is a zero State. A damaged one is renamed
// to PATH.damaged, where a person can look at it, and is an error.
func Read(path string) (State, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	var s State
	if err := json.Unmarshal(text, &s); err != nil {
		aside := path + ".damaged"
		if moved := os.Rename(path, aside); moved != nil {
			aside = path
		}
		return State{}, explain.Errorf("state-damaged",
			"the state file of the previous supervisor is damaged, see %s: %w", aside, err)
	}
	if s.Version > Version {
		return State{}, explain.Errorf("state-newer",
			"%s was written by a newer ammarctl (its version is %d; this one knows %d);"+
				" it is left unread", path, s.Version, Version)
	}
	return s, nil
}

// Encode is the content of the file for a State.
func Encode(s State) ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "\t")
	return append(text, '\n'), err
}

// Write replaces the file in one step: at each moment, even when the machine
// loses its power, either the whole old file is there or the whole new one. It
// overwrites the half-written file of a killed supervisor.
func Write(path string, text []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return explain.Errorf("disk-write", "cannot save the state of the services: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return explain.Errorf("disk-write", "cannot save the state of the services: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
