package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

// event is a change of one service.
type event struct {
	Time    time.Time `json:"time"`
	Service string    `json:"service"`
	Host    string    `json:"host,omitempty"`
	From    api.State `json:"from,omitempty"` // empty: the first that is heard of it
	State   api.State `json:"state"`
	PID     int       `json:"pid"`
	Reason  string    `json:"reason,omitempty"`
	Gone    bool      `json:"gone,omitempty"` // there is no such service any more
	Lost    bool      `json:"lost,omitempty"` // its machine does not answer
}

func (e event) String() string {
	text := e.Time.Local().Format(time.TimeOnly) + "  " + e.Service + "  "
	switch {
	case e.Gone:
		return text + "is no more"
	case e.Lost:
		text += "lost"
	case e.From != "" && e.From != e.State:
		text += string(e.From) + " → " + string(e.State)
	default:
		text += string(e.State)
	}
	if e.PID != 0 {
		text += fmt.Sprintf(", pid %d", e.PID)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

func eventsCommand(a *app) *cobra.Command {
	var asJSON bool
	var count int
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Show what happens to the services, as it happens",
		Long: `events prints the state of each service, then a line for each change: another state,
another process, another reason, a share that comes or goes. It goes on until
Ctrl-C, also over a supervisor that is started again.`,
		Example: `ammarctl events
ammarctl events --json | jq -r 'select(.state == "failed") | .service'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if count < 0 {
				return usageError{fmt.Errorf("--count: expected a number of events, got %d", count)}
			}
			c, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			return followEvents(cmd.Context(), c, count, func(e event) error {
				if asJSON {
					return json.NewEncoder(a.out).Encode(e)
				}
				_, err := fmt.Fprintln(a.out, safetext.Escape(e.String()))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one line an object: {time, service, from, state, pid, "+
		"reason}")
	cmd.Flags().IntVarP(&count, "count", "n", 0, "end after so many; 0 goes on")
	return cmd
}

// enough ends events after the requested number.
const enough = codeError(exitDone)

// followEvents calls say for each event. Only a supervisor that is there in the
// beginning is waited for when it goes.
func followEvents(ctx context.Context, c engine, count int, say func(event) error) error {
	seen := map[string]api.Service{}
	said, heard := 0, false
	tell := func(e event) error {
		if err := say(e); err != nil {
			return err
		}
		if said++; said == count {
			return enough
		}
		return nil
	}
	for {
		err := c.Watch(ctx, func(s api.Snapshot) error {
			heard = true
			return changes(seen, s, tell)
		})
		switch {
		case ctx.Err() != nil || errors.Is(err, enough):
			return nil
		case !heard, err != nil && !errors.Is(err, client.ErrNoInstance) && !errors.Is(err, client.ErrEnded):
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// changes tells what is different from what was seen before, and keeps it.
func changes(seen map[string]api.Service, s api.Snapshot, tell func(event) error) error {
	now := map[string]bool{}
	for _, svc := range s.Services {
		now[svc.Name] = true
		before, known := seen[svc.Name]
		if known && before.State == svc.State && before.PID == svc.PID && before.Reason == svc.Reason &&
			before.Lost == svc.Lost {
			continue
		}
		seen[svc.Name] = svc
		if err := tell(event{Time: s.Time, Service: svc.Name, Host: svc.Host, From: before.State, State: svc.State,
			PID: svc.PID, Reason: svc.Reason, Lost: svc.Lost}); err != nil {
			return err
		}
	}
	for name, before := range seen {
		if !now[name] {
			delete(seen, name)
			if err := tell(event{Time: s.Time, Service: name, Host: before.Host, From: before.State, State: api.Stopped,
				Gone: true}); err != nil {
				return err
			}
		}
	}
	return nil
}
