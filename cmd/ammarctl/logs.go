package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/supervisor/client"
)

func logsCommand(a *app) *cobra.Command {
	var q client.LogQuery
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "logs [NAME|@GROUP...]",
		Short: "Show what services have logged; of all without a name",
		Long: `logs prints the last lines of the named services, or of all: the time, the level, the
message and its fields. A * after the time marks a line of the supervisor itself.
What a service writes that could move the cursor is escaped.
The lines come out of the log files, also the compressed ones, as far back as they are
kept; those of several services are put in the order of time.`,
		Example: `ammarctl logs -f camera
ammarctl logs --since 10m --grep 'GET /secret'
ammarctl logs -n -1 --json files | jq -r .msg`,
		ValidArgsFunction: a.completeServices,
		RunE: func(cmd *cobra.Command, names []string) error {
			if _, err := regexp.Compile(q.Grep); err != nil {
				return usageError{fmt.Errorf("--grep: %w", err)}
			}
			c, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			if q.Names, err = expandNames(cmd.Context(), c, names); err != nil {
				return err
			}
			names = q.Names
			show := a.logPrinter(len(names) != 1)
			if asJSON {
				show = func(l api.LogLine) error { return json.NewEncoder(a.out).Encode(l) }
			}
			err = c.Logs(cmd.Context(), q, show)
			if cmd.Context().Err() != nil {
				return nil // Ctrl-C is how following ends
			}
			return err
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&q.Follow, "follow", "f", false, "go on with the lines to come, until Ctrl-C")
	f.IntVarP(&q.N, "lines", "n", 100, "how many lines of the past at most; -1: all that there are")
	f.DurationVar(&q.Since, "since", 0, "leave out lines older than this, such as 10m")
	f.Lookup("since").DefValue = "" // the help need not say 0s
	f.StringVar(&q.Grep, "grep", "", "leave out lines that do not match this regular expression")
	f.BoolVar(&asJSON, "json", false, "print JSON, one line an object")
	return cmd
}

// supervisorMark stands where the lines of services have a space: nothing that a
// service writes comes there.
const supervisorMark = '*'

// logPrinter prints lines for a person: the time, the service when there are
// several, the level, the message and its fields.
func (con *console) logPrinter(named bool) func(api.LogLine) error {
	colour := con.colour(con.out)
	widest := 8 // of the names that were seen
	return func(l api.LogLine) error {
		var b strings.Builder
		b.WriteString(paint(colour, dim, l.Time.Local().Format(time.DateTime)))
		if l.Supervisor {
			b.WriteByte(supervisorMark)
		} else {
			b.WriteByte(' ')
		}
		if named {
			widest = max(widest, len(l.Service))
			b.WriteString(paint(colour, cyan, fmt.Sprintf("%-*s", widest, l.Service)) + " ")
		}
		if l.Level != "" {
			b.WriteString(paint(colour, levelColour(l.Level), fmt.Sprintf("%-5s", l.Level)) + " ")
		}
		b.WriteString(safetext.Escape(l.Msg))
		for _, attr := range l.Attrs {
			b.WriteString(paint(colour, dim, fmt.Sprintf(" %s=%s", safetext.Escape(attr.Key), quoteIfNeeded(attr.Value))))
		}
		_, err := fmt.Fprintln(con.out, b.String())
		return err
	}
}
