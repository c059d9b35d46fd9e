//go:build unix

package supervisor

import (
	"bytes"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// state is the present one, as it is written.
func (s *Supervisor) state() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	texts, err := statefile.EncodeServices(s.config.Services)
	if err != nil {
		return nil, err
	}
	state := statefile.State{
		Version: statefile.Version, Boot: process.BootID(), Running: !s.leaving,
		Config:   statefile.Config{Path: s.config.Path, Services: texts},
		Services: map[string]statefile.Service{},
	}
	for _, svc := range s.services {
		r := svc.row.Load()
		if r.cfg.Share != nil {
			text, err := statefile.EncodeService(r.cfg)
			if err != nil {
				return nil, err
			}
			if !s.leaving {
				state.Shares = append(state.Shares, text)
			}
		}
		saved := statefile.Service{
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
	return statefile.Encode(state)
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
		err = statefile.Write(s.opts.Dirs.StateFile(), state)
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
