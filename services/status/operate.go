package status

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// operateFor is how long a request waits for the command that it starts.
const operateFor = 2 * time.Second

// operate starts, stops or restarts a service, and redirects to its page. A
// command that takes longer than operateFor continues in the supervisor. This
// includes restarting the service that serves this page.
func (s *site) operate(w http.ResponseWriter, r *http.Request) {
	commands := map[string]func(context.Context, string) error{
		"start": s.engine.Start, "stop": s.engine.Stop, "restart": s.engine.Restart}
	run, ok := commands[r.PathValue("verb")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if !s.allowed(w, r) {
		return
	}
	name := r.PathValue("name")
	if _, ok := s.find(name); !ok {
		s.noService(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), operateFor)
	defer cancel()
	if err := run(ctx, name); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.refuse(w, r, http.StatusConflict, fmt.Sprintf("Cannot %s %s: %v", r.PathValue("verb"), name, err))
		return
	}
	http.Redirect(w, r, detailLink(name)+"#desk", http.StatusSeeOther) // where the keyboard was
}
