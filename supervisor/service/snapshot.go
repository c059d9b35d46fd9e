//go:build unix

package service

import (
	"time"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// Wanted is the state that people, or the configuration, want for a service.
type Wanted int

// The values of Wanted.
const (
	Run     Wanted = iota // runs, now or as soon as it can
	Stop                  // stays stopped until a person starts it
	Removed               // stops, and leaves the instance
)

// Outlook tells when a service that waits for another may start.
type Outlook int

// The outlooks of a waiting service.
const (
	Soon  Outlook = iota // the other one is on its way
	Later                // the other one waits for its own time, or is in backoff
	Never                // not before something changes: the other one is stopped, is failing, or has failed
)

// Snapshot is a service at one moment, as others see it. It is never changed.
type Snapshot struct {
	api.Service
	Config   configs.Service
	Wanted   Wanted
	Outlook  Outlook   // of a service that waits for another; else Soon
	Started  time.Time // of the process that serves; zero when there is none
	Port     int       // the one that it last had; 0: none yet
	Launches int       // how many processes it has had
	LastRun  time.Time // when a scheduled service was last started; zero: never
}

// Saved is the part of it that the next supervisor needs.
func (s *Snapshot) Saved() statefile.Service {
	saved := statefile.Service{
		Stopped: s.Wanted == Stop && s.Config.Autostart, LastRun: s.LastRun, Completed: s.State == api.Done,
		Ended:    s.Wanted == Removed && (s.Config.Share != nil || s.Config.Transient),
		Restarts: s.Restarts, LastExit: s.LastExit, Port: s.Port,
	}
	if saved.Stopped {
		saved.Launches = s.Launches
	}
	if s.State == api.Failed {
		saved.Failed = s.Reason
	}
	return saved
}
