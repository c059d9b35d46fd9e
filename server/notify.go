package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// insistEvery is how often READY=1 is sent again while no supervisor listens.
const insistEvery = 100 * time.Millisecond

// notifier tells the supervisor the state of the service, by sd_notify(3).
type notifier struct{ log *slog.Logger }

// notify sends a state. It returns false if a supervisor should have received it and
// did not. That is no reason to stop serving, so a failure is only logged.
func (n notifier) notify(state string) bool {
	_, err := daemon.SdNotify(false, state)
	if err != nil {
		n.log.Warn("cannot tell the supervisor", "state", state, "error", err)
	}
	return err == nil
}

// insist sends a state until a supervisor receives it. While one supervisor replaces
// another, none listens for a moment, and the new one would wait for the state.
func (n notifier) insist(ctx context.Context, state string) {
	again := time.NewTicker(insistEvery)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			if _, err := daemon.SdNotify(false, state); err == nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
