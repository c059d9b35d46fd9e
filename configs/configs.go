// Package configs reads the configuration of an instance: strict TOML whose
// errors name file, line and column.
package configs

import (
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/target"
)

// Config is one instance's configuration.
type Config struct {
	Path     string // where it was read from; "embedded default" when nowhere
	Services []Service
	Hosts    []Host // other machines, in the order of the file
}

// Host is a line of the [hosts] table: another machine, and what it is called.
type Host struct {
	Name   string
	Target target.Target
}

// The kinds of services, as package kind names them.
const (
	KindFiles  = kind.Files
	KindCamera = kind.Camera
	KindStatus = kind.Status
	KindExec   = kind.Exec
)

// Service is one [service.NAME] table, with defaults applied, validated. Its
// fields are declared next to their keys: a field that has none, and is not
// found in the registry, is a fault.
type Service struct {
	Name string
	Kind string
	Exec []string // the command of a service that is not built in
	// Shell is a line for sh, which takes the place of Exec; empty: none.
	Shell string

	Bind      string // address to listen on
	Port      int    // FreePort: the supervisor picks one; NoPort: the service is given none
	LogFormat string // of its access log; empty: it is recognised
	Metrics   string // URL of metrics in Prometheus' text format; empty: none
	ShowArgs  bool   // people may see the arguments of its commands
	// Transient marks a service that ammarctl run started: it is in no
	// configuration file.
	Transient bool

	Process
	Lifecycle
	Restart Restart
	Probe   *Probe // nil: none
	Limits  Limits
	Logs    Logs
	Builtins
}
