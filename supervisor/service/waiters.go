//go:build unix

package service

import (
	"fmt"
	"slices"
	"syscall"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// kind is the kind of a command.
type kind int

const (
	start       kind = iota // at once, whatever its schedule says
	begin                   // as the configuration says: at once, or by its schedule
	stop                    // and stay stopped
	restart                 // with a new process
	remove                  // stop, and end Serve
	reconfigure             // with a new process
	amend                   // for the supervisor alone; the process stays
	settle                  // change nothing; answer once the service has come to rest
	forceStop               // kill at once what is left of a service that is ending
	sendSignal              // to its process
)

// wantRunning lists the commands whose aim is a service that runs.
func wantRunning() []kind { return []kind{start, begin, restart, reconfigure} }

// command is a request together with the channel for its answer.
type command struct {
	kind kind
	cfg  configs.Service // of reconfigure and amend
	sent signalRequest   // of sendSignal
	done chan error      // capacity 1
}

// signalRequest asks for a signal.
type signalRequest struct {
	signal syscall.Signal
	all    bool // to every process of the service, not only the first
}

// waiters are the commands that are not answered yet. An event that decides one
// gives its answer; deliver sends the answers once others can see the service
// as it is then. The service's goroutine owns it.
type waiters struct {
	name     string
	waiting  []command
	answered []answer
}

type answer struct {
	to  chan<- error
	err error
}

func (w *waiters) add(c command) { w.waiting = append(w.waiting, c) }

// answer decides the commands of these kinds; nil is success.
func (w *waiters) answer(err error, kinds ...kind) {
	w.waiting = slices.DeleteFunc(w.waiting, func(c command) bool {
		if !slices.Contains(kinds, c.kind) {
			return false
		}
		w.answered = append(w.answered, answer{c.done, err})
		return true
	})
}

// deliver sends the answers.
func (w *waiters) deliver() {
	for _, a := range w.answered {
		a.to <- a.err
	}
	w.answered = nil
}

// end answers everything that is left when the service is gone.
func (w *waiters) end() {
	err := conflict("%s has ended", w.name)
	for _, c := range w.waiting {
		w.answered = append(w.answered, answer{c.done, err})
	}
	w.waiting = nil
	w.deliver()
}

// conflict is the error of a command that is not possible in this state.
func conflict(format string, args ...any) error {
	return &api.Error{Code: api.CodeConflict, Message: fmt.Sprintf(format, args...)}
}

// failedCommand is the error of a command that was tried, and did not work.
// The message ends with the code of its story: that of cause, if it has one,
// whose text is in the message already.
func failedCommand(code string, cause error, format string, args ...any) *api.Error {
	message := fmt.Sprintf(format, args...)
	if own := explain.Code(cause); own != "" {
		return &api.Error{Code: api.CodeFailed, Message: message, Explain: own}
	}
	return &api.Error{Code: api.CodeFailed, Message: explain.Mark(code, message), Explain: code}
}
