//go:build unix

package service

import (
	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/listener"
)

// handover is a new process on its way to take over from the one that serves.
// Until it is ready, clients notice nothing.
type handover struct {
	run *run
	cfg configs.Service // with which it was started; in force once it takes over
	// listener is the service's, or another one when the address changes.
	listener *listener.Listener
}

// releaseUnused closes the listener of a handover that did not come about,
// unless it is the one in use.
func (h *handover) releaseUnused(inUse *listener.Listener) {
	if h.listener != inUse {
		h.listener.End()
	}
}
