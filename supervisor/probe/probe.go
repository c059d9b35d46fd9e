// Package probe asks a running service whether it works. Each type of probe has
// a file of its own and a line in types.
package probe

import (
	"context"
	"fmt"

	"github.com/ammarctl/ammarctl/configs"
)

// types has the check of each type of configs.ProbeTypes.
func types() map[string]func(configs.Probe, target) Check {
	return map[string]func(configs.Probe, target) Check{
		"http": httpCheck,
		"tcp":  tcpCheck,
		"exec": execCheck,
	}
}

// New makes the check that p describes. addr is where the service listens, with
// HTTPS where tlsOn says so; env are the variables of a command, and dir is its
// folder.
func New(p configs.Probe, addr string, tlsOn bool, run Runner, dir string, env []string) Check {
	newCheck, ok := types()[p.Type()]
	if !ok {
		return func(context.Context) error { return fmt.Errorf("there is no check of the type %q", p.Type()) }
	}
	return newCheck(p, target{addr, tlsOn, run, dir, env})
}
