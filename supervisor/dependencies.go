//go:build unix

package supervisor

import (
	"fmt"
	"slices"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// predecessors are the services that have to be ready before cfg's.
func predecessors(cfg configs.Service) []string {
	return append(slices.Clone(cfg.After), cfg.Requires...)
}

// waitingFor says for which service this one waits, empty when for none, and
// whether waiting is in vain.
func (s *service) waitingFor() (reason string, blocked bool) {
	for _, name := range predecessors(s.cfg) {
		other := s.env.lookup(name)
		switch {
		case other == nil || other.State == api.Ready || other.State == api.Degraded || other.done:
		case other.State == api.Failed:
			return fmt.Sprintf("waits for %s, which has failed; start %s once that is mended", name, name), true
		case other.State == api.Stopped && !other.wanted:
			return fmt.Sprintf("waits for %s, which is stopped", name), true
		case other.blocked:
			return fmt.Sprintf("waits for %s, which itself %s", name, other.Reason), true
		default:
			return "waits for " + name, false
		}
	}
	return "", false
}

// considerDependencies starts a service that waited for another, and stops one
// that cannot do without.
func (s *service) considerDependencies() {
	switch {
	case s.asleep():
	case s.wanted && s.state == api.Stopped && len(predecessors(s.cfg)) > 0 && len(s.runs) == 0:
		s.start()
	case s.running():
		if why := s.missing(); why != "" {
			s.again = true // as soon as that is ready
			s.move(evStop, why)
			s.terminate(s.cur, why)
		}
	}
}

// missing says which service that this one requires is down for good.
func (s *service) missing() string {
	for _, name := range s.cfg.Requires {
		other := s.env.lookup(name)
		if other != nil && !other.done && !other.wanted && (other.State == api.Stopped || other.State == api.Failed) {
			return fmt.Sprintf("requires %s, which is %s", name, other.State)
		}
	}
	return ""
}
