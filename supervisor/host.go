//go:build unix

package supervisor

import (
	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/service"
)

// host is the supervisor as its services see it.
type host struct {
	roster   *roster
	saver    *saver
	failures *failures
}

// Lookup implements service.Host.
func (h host) Lookup(name string) *service.Snapshot {
	if m := h.roster.find(name); m != nil {
		return m.Snapshot()
	}
	return nil
}

// Changed implements service.Host.
func (h host) Changed(moved bool) { h.roster.changed(moved) }

// Persist implements service.Host.
func (h host) Persist() { h.saver.save() }

// Failed implements service.Host.
func (h host) Failed(cfg configs.Service, why string) {
	if m := h.roster.find(cfg.Name); m != nil {
		h.failures.handle(cfg, why, m.Log())
	}
}
