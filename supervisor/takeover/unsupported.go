//go:build unix && (!linux || !(amd64 || arm64 || arm || riscv64))

package takeover

import (
	"context"
	"time"

	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Ports holds nothing on this system: see ErrUnsupported.
type Ports struct{}

// Offer is never made on this system.
type Offer struct{ Child *descriptor.Descriptor }

// New returns Ports that hold nothing.
func New(Config) *Ports { return &Ports{} }

// Events carries nothing.
func (p *Ports) Events() <-chan Event { return nil }

// Begin does nothing.
func (p *Ports) Begin(launch int, beside bool) error { return nil }

// Offer fails with ErrUnsupported.
func (p *Ports) Offer(launch int) (*Offer, error) { return nil, ErrUnsupported }

// Wait gives the reason of Probe.
func (o *Offer) Wait(context.Context) (Reason, error) { return Probe(), nil }

// Give fails with ErrUnsupported.
func (p *Ports) Give(d *descriptor.Descriptor, shared bool) error { return ErrUnsupported }

// GiveNext fails with ErrUnsupported.
func (p *Ports) GiveNext(d *descriptor.Descriptor, shared bool) error { return ErrUnsupported }

// ResumeHandover does nothing: there was none.
func (p *Ports) ResumeHandover(previous, next int) (bool, error) { return false, nil }

// Newest is 0.
func (p *Ports) Newest() int { return 0 }

// UsesPassed is false.
func (p *Ports) UsesPassed(launch int) bool { return false }

// Passed returns nil.
func (p *Ports) Passed() (*descriptor.Descriptor, error) { return nil, nil }

// Listeners is empty.
func (p *Ports) Listeners() []Listener { return nil }

// Audit does nothing.
func (p *Ports) Audit(now time.Time) {}

// Ended does nothing.
func (p *Ports) Ended(launch int) error { return nil }

// Resume does nothing: nothing was left by an earlier supervisor.
func (p *Ports) Resume(files map[string]*descriptor.Descriptor, current, next int) error { return nil }

// Handover fails with ErrUnsupported.
func (p *Ports) Handover() (draining []uint32, err error) { return nil, ErrUnsupported }

// Finish fails with ErrUnsupported.
func (p *Ports) Finish() error { return ErrUnsupported }

// Abandon does nothing.
func (p *Ports) Abandon() error { return nil }

// Release does nothing.
func (p *Ports) Release() error { return nil }

// Close does nothing.
func (p *Ports) Close() {}
