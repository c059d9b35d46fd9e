//go:build unix

package supervisor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/process"
)

// stateVersion is that of the file's meaning. A file of a later one is not
// understood.
const stateVersion = 1

// savedState is what a supervisor leaves to the one after it, in one file. Of
// processes it says nothing: those have records of their own.
type savedState struct {
	Version  int                     `json:"version"`
	Boot     string                  `json:"boot"`    // when it was written
	Running  bool                    `json:"running"` // the instance was not taken down
	Config   savedConfig             `json:"config"`
	Services map[string]savedService `json:"services"`
	Shares   []json.RawMessage       `json:"shares"`
}

// savedConfig is the configuration that is in force, whatever its file says by
// now.
type savedConfig struct {
	Path     string            `json:"path"`
	Services []json.RawMessage `json:"services"`
}

// savedService is what is kept of one service.
type savedService struct {
	Stopped   bool      `json:"stopped,omitempty"`   // by hand
	Launches  int       `json:"launches,omitempty"`  // of one that is stopped by hand: a later one says that it is not any more
	Completed bool      `json:"completed,omitempty"` // it ended by itself with exit status 0
	Ended     bool      `json:"ended,omitempty"`     // a share that is over; its process may drain
	Failed    string    `json:"failed,omitempty"`    // why it gave up
	Restarts  int       `json:"restarts,omitempty"`
	Port      int       `json:"port,omitempty"` // where the configuration leaves it open
	LastExit  *api.Exit `json:"last_exit,omitempty"`
}

// encodeService is a service's configuration as it is kept.
func encodeService(cfg configs.Service) ([]byte, error) { return json.Marshal(cfg) }

// decodeService reads it again. What an older version did not write has its
// default.
func decodeService(text []byte) (configs.Service, error) {
	var who struct{ Name, Kind string }
	if err := json.Unmarshal(text, &who); err != nil {
		return configs.Service{}, err
	}
	if !instance.ValidName(who.Name) {
		return configs.Service{}, fmt.Errorf("expected the configuration of a service, got one of %q", who.Name)
	}
	cfg := configs.NewService(who.Name, who.Kind)
	err := json.Unmarshal(text, &cfg)
	return cfg, err
}

func encodeServices(list []configs.Service) (texts []json.RawMessage, err error) {
	for _, cfg := range list {
		text, err := encodeService(cfg)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func decodeServices(texts []json.RawMessage) (list []configs.Service, err error) {
	for _, text := range texts {
		cfg, err := decodeService(text)
		if err != nil {
			return nil, err
		}
		list = append(list, cfg)
	}
	return list, nil
}

// readState reads the file. A missing one is a zero state. One that is damaged
// is moved aside, so that it can be looked at, and is an error.
func readState(path string) (savedState, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return savedState{}, nil
	}
	if err != nil {
		return savedState{}, err
	}
	var s savedState
	if err := json.Unmarshal(text, &s); err != nil {
		aside := path + ".damaged"
		if moved := os.Rename(path, aside); moved != nil {
			aside = path
		}
		return savedState{}, fmt.Errorf("what the supervisor before had written down is damaged, see %s: %w", aside, err)
	}
	if s.Version > stateVersion {
		return savedState{}, fmt.Errorf("%s was written by a newer ammarctl (version %d of it; this one knows %d); it is left unread", path, s.Version, stateVersion)
	}
	return s, nil
}

// writeState replaces the file in one step: at each moment, also when the
// machine loses its power, the whole old one is there or the whole new one.
// What a killed supervisor has left half-written is written over.
func writeState(path string, text []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write down the state of the services: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("cannot write down the state of the services: %w", err)
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

// state is the present one, as it is written.
func (s *Supervisor) state() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	texts, err := encodeServices(s.config.Services)
	if err != nil {
		return nil, err
	}
	state := savedState{
		Version: stateVersion, Boot: process.BootID(), Running: !s.leaving,
		Config:   savedConfig{Path: s.config.Path, Services: texts},
		Services: map[string]savedService{},
	}
	for _, svc := range s.services {
		r := svc.row.Load()
		if r.cfg.Share != nil {
			text, err := encodeService(r.cfg)
			if err != nil {
				return nil, err
			}
			if !s.leaving {
				state.Shares = append(state.Shares, text)
			}
		}
		saved := savedService{
			Stopped: r.byHand, Completed: r.done, Ended: r.closing && r.cfg.Share != nil,
			Restarts: r.Restarts, LastExit: r.LastExit, Port: r.port,
		}
		if r.byHand {
			saved.Launches = r.launches
		}
		if r.State == api.Failed {
			saved.Failed = r.Reason
		}
		state.Services[svc.name] = saved
	}
	text, err := json.MarshalIndent(state, "", "\t")
	return append(text, '\n'), err
}

// save writes the present state down before it returns.
func (s *Supervisor) save() {
	s.saving.Lock()
	defer s.saving.Unlock()
	state, err := s.state()
	if err == nil && bytes.Equal(state, s.saved) {
		return // a disk of flash lasts longer
	}
	if err == nil {
		err = writeState(s.opts.Dirs.StateFile(), state)
	}
	if err == nil {
		s.saved = state
	}
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != "" && said != s.saveError {
		s.opts.Log.Error("A supervisor after this one will not know all that this one does", "error", err)
	}
	s.saveError = said
}

// savePace is how often what changes by itself is written down at most.
const savePace = 500 * time.Millisecond
