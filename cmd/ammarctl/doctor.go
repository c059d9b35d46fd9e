package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/doctor"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/supervisor/instance"
)

func doctorCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [AREA...]",
		Short: "Say what this machine offers, and why something would not work",
		Long: `doctor looks at everything that services need here: cameras, ports, addresses,
the firewall, limits, folders, the clock. Each finding that is not fine ends in
what to do. It changes nothing, and no camera is started. With areas it looks at
these only. The exit code is 1 when there is a problem.`,
		Example: `ammarctl doctor
ammarctl doctor ports cameras
ammarctl doctor --json | jq '.findings[] | select(.grade != "ok")'`,
		ValidArgs: doctor.Areas(),
		Args: func(_ *cobra.Command, args []string) error {
			for _, area := range args {
				if !slices.Contains(doctor.Areas(), area) {
					return usageError{fmt.Errorf("no area is called %q; expected some of %s", area, strings.Join(doctor.Areas(),
						", "))}
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			report := doctor.Examine(cmd.Context(), doctorMachine(&a.connections, cmd), args...)
			if asJSON {
				if err := a.printJSON(report); err != nil {
					return err
				}
			} else {
				a.printReport(report)
			}
			if report.Problems > 0 {
				return codeError(exitFailed)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// doctorMachine is this one, with what this call knows of it.
func doctorMachine(conns *connections, cmd *cobra.Command) *doctor.Machine {
	m := doctor.This(conns.env)
	m.System, m.Version, m.Built = runtime.GOOS, version(), built()
	if program, err := instance.Self(); err == nil {
		m.Program = program
	}
	m.Config, m.ConfigError = configs.Load(conns.config, conns.env)
	m.Dirs, m.DirsErr = conns.dirs()
	m.Cameras = surveyCameras
	c, err := conns.client()
	if err != nil {
		return m
	}
	snapshot, err := c.Snapshot(cmd.Context())
	if err == nil {
		m.Info, m.Services = &snapshot.Info, snapshot.Services
		if conns.config == "" && m.Info.Config != configs.Embedded {
			m.Config, m.ConfigError = configs.Load(m.Info.Config, conns.env)
		}
	}
	return m
}

// built is when the commit of this program was made; zero where it does not know.
func built() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	i := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.time" })
	if i < 0 {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, info.Settings[i].Value)
	if err != nil {
		return time.Time{}
	}
	return at
}

func (con *console) printReport(r doctor.Report) {
	colour := con.colour(con.out)
	area := ""
	for _, f := range r.Findings {
		if f.Area != area {
			area = f.Area
			fmt.Fprintln(con.out, paint(colour, bold, area))
		}
		grade := paint(colour, gradeColour(f.Grade), fmt.Sprintf("%-7s", f.Grade))
		fmt.Fprintf(con.out, "  %s %s\n", grade, safetext.Escape(f.Text))
		if f.Do != "" {
			fmt.Fprintf(con.out, "          %s %s\n", arrow(con.plain), safetext.Escape(f.Do))
		}
	}
	switch {
	case r.Problems > 0:
		fmt.Fprintf(con.out, "\n%s, %s\n", counted(r.Problems, "problem"), counted(r.Notes, "note"))
	default:
		fmt.Fprintf(con.out, "\nno problem, %s\n", counted(r.Notes, "note"))
	}
}

func arrow(plain bool) string {
	if plain {
		return "->"
	}
	return "→"
}

func gradeColour(g doctor.Grade) string {
	switch g {
	case doctor.Problem:
		return red
	case doctor.Note:
		return yellow
	}
	return green
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
