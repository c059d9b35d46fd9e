// Package doctor says what this machine offers to ammarctl, and why something
// would not work: every finding that is not fine ends in what to do.
package doctor

import (
	"context"
	"slices"
)

// Grade is how serious a finding is.
type Grade string

// The grades, from best to worst.
const (
	OK      Grade = "ok"
	Note    Grade = "note"    // it works, with a limit that is good to know
	Problem Grade = "problem" // something that is configured or asked for does not work
)

// Finding is the result of one check. Field names are stable.
type Finding struct {
	Area  string `json:"area"` // the name of the check: cameras, ports, …
	Grade Grade  `json:"grade"`
	Text  string `json:"text"`
	// Do is what a person can do about it; never empty unless Grade is OK.
	Do string `json:"do,omitempty"`
}

// Report is everything that was found, in the order of the checks.
type Report struct {
	Findings []Finding `json:"findings"`
	Problems int       `json:"problems"`
	Notes    int       `json:"notes"`
}

// check is one row of the table: an area, and what looks at it. A check reads
// the machine and changes nothing.
type check struct {
	area string
	look func(ctx context.Context, m *Machine) []Finding
}

// checks are in the order in which a person meets the things.
func checks() []check {
	return []check{
		{"program", program},
		{"configuration", configuration},
		{"services", services},
		{"ports", ports},
		{"cameras", cameras},
		{"addresses", reachable},
		{"firewall", firewall},
		{"names", names},
		{"folders", folders},
		{"disk", disk},
		{"limits", limits},
		{"groups", groups},
		{"takeover", portTakeover},
		{"boot", atBoot},
		{"processes", processes},
		{"clock", clock},
	}
}

// Areas are the names of all checks, in order.
func Areas() []string {
	var out []string
	for _, c := range checks() {
		out = append(out, c.area)
	}
	return out
}

// Examine looks at the machine, at the areas that are named, or at all. It
// changes nothing; ctx bounds what has to be asked of others.
func Examine(ctx context.Context, m *Machine, areas ...string) Report {
	r := Report{Findings: []Finding{}}
	for _, c := range checks() {
		if len(areas) > 0 && !slices.Contains(areas, c.area) {
			continue
		}
		for _, f := range c.look(ctx, m) {
			f.Area = c.area
			switch f.Grade {
			case Problem:
				r.Problems++
			case Note:
				r.Notes++
			}
			r.Findings = append(r.Findings, f)
		}
	}
	return r
}

func ok(text string) Finding          { return Finding{Grade: OK, Text: text} }
func note(text, do string) Finding    { return Finding{Grade: Note, Text: text, Do: do} }
func problem(text, do string) Finding { return Finding{Grade: Problem, Text: text, Do: do} }
