// Package boot has an instance started with the machine, without root: it
// writes a unit of the user's own systemd, which then is the keeper of the
// supervisor, and takes it away again.
package boot

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/internal/unitfile"
)

// Unit describes an instance as a service of `systemd --user`.
type Unit struct {
	Instance string
	Program  string            // absolute path of ammarctl
	Config   string            // absolute path of its configuration; empty: what it finds
	Dir      string            // absolute path of the folder it runs in
	Env      map[string]string // what it would not find otherwise
	// Subgroup is whether this systemd keeps a unit's own process apart from
	// the control groups that the unit makes (DelegateSubgroup=, since 254).
	// Without that, a supervisor that has made some could not be started
	// again, so it makes none.
	Subgroup bool
}

// defaultInstance is the one that a unit's name does not mention.
const defaultInstance = "default"

// Name is the unit's, as in systemctl --user status NAME.
func (u Unit) Name() string { return UnitName(u.Instance) }

// UnitName returns the name of an instance's unit.
func UnitName(instance string) string {
	if instance == defaultInstance {
		return "ammarctl.service"
	}
	return "ammarctl-" + instance + ".service"
}

// Text is the unit's file. See systemd.service(5), and systemd.syntax(7) for
// how it is quoted. Paths and values with line breaks are an error.
func (u Unit) Text() (string, error) {
	if err := u.valid(); err != nil {
		return "", err
	}
	reload := []string{u.Program, "reload", "--instance", u.Instance}
	var env strings.Builder
	for _, name := range slices.Sorted(maps.Keys(u.Env)) {
		env.WriteString("Environment=" + unitfile.Word(name+"="+u.Env[name]) + "\n")
	}
	groups := ""
	if u.Subgroup {
		groups = "# Its services get control groups of their own, for their " +
			"limits.\nDelegate=yes\nDelegateSubgroup=ammarctl\n"
	}
	return sign(fmt.Sprintf(body, u.Instance, unitfile.Command(u.up()), unitfile.Command(reload),
		unitfile.Specifiers(u.Dir), env.String(), groups)), nil
}

// valid tells whether the unit can be written down in lines.
func (u Unit) valid() error {
	for _, path := range []string{u.Program, u.Dir, u.Config} {
		if strings.ContainsAny(path, "\n\r\x00") {
			return fmt.Errorf("cannot name %q in a unit: it has a line break", path)
		}
		if path != "" && !filepath.IsAbs(path) {
			return fmt.Errorf("cannot name %q in a unit: expected an absolute path", path)
		}
	}
	if u.Program == "" || u.Dir == "" {
		return errors.New("a unit needs the path of its program and of its folder")
	}
	for name, value := range u.Env {
		if strings.ContainsAny(value, "\n\r\x00") {
			return fmt.Errorf("cannot put %s into a unit: it has a line break", name)
		}
	}
	return nil
}

// up is the command line of the supervisor.
func (u Unit) up() []string {
	args := []string{u.Program, "up", "--no-color", "--instance", u.Instance}
	if u.Config != "" {
		args = append(args, "--config", u.Config)
	}
	return args
}

const body = `[Unit]
Description=ammarctl, instance %s
StartLimitIntervalSec=60
StartLimitBurst=20

[Service]
Type=notify
NotifyAccess=main
ExecStart=%s
ExecReload=%s
WorkingDirectory=%s
%s# A supervisor that died is started again; one that was told to end is not.
Restart=on-failure
RestartSec=100ms
# Its services live on meanwhile, and these are their listeners.
KillMode=process
OOMPolicy=continue
FileDescriptorStoreMax=4096
# Stopping waits for the services, in their order.
TimeoutStopSec=5min
%s
[Install]
WantedBy=default.target
`

// marker begins the first line of each file that is ours; the sum of the rest
// follows, so that an edited one is noticed.
const marker = "# Written by ammarctl enable; to change it: systemctl --user edit. "

func sign(text string) string { return marker + sum(text) + "\n" + text }

func sum(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:16] }

// origin is the author of a file, as its text shows.
type origin int

const (
	foreign origin = iota
	edited         // ours once
	ours
)

func originOf(text string) origin {
	first, rest, _ := strings.Cut(text, "\n")
	said, found := strings.CutPrefix(first, marker)
	switch {
	case !found:
		return foreign
	case said != sum(rest):
		return edited
	}
	return ours
}
