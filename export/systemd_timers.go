package export

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/unitfile"
)

func (u *unit) writeTimer(r *Result) error {
	if u.Schedule == "" {
		return nil
	}
	i := &ini{}
	i.section("Unit")
	i.set("Description", "when "+u.Name+" is started")
	i.section("Timer")
	if every, ok := strings.CutPrefix(u.Schedule, "@every "); ok {
		i.set("OnActiveSec", strings.TrimSpace(every))
		i.set("OnUnitActiveSec", strings.TrimSpace(every))
	} else {
		for _, when := range calendar(u.Schedule) {
			i.set("OnCalendar", strings.TrimSpace(when+" "+u.Timezone))
		}
	}
	if u.Missed == "run" {
		i.set("Persistent", "yes")
	}
	i.set("AccuracySec", "1s")
	i.set("Unit", u.file(1))
	if u.Autostart {
		i.section("Install")
		i.set("WantedBy", "timers.target")
	}
	return r.add(u.name()+".timer", i)
}

// calendar is a schedule of crontab(5) that the configuration has checked, in
// the words of systemd.time(7). Where day and weekday are both given, either
// is enough in the one, and both are needed in the other: then there are two.
func calendar(schedule string) []string {
	if word, ok := strings.CutPrefix(schedule, "@"); ok {
		if word == "weekly" {
			return []string{"Sun *-*-* 00:00:00"} // systemd's weekly is Monday
		}
		return []string{word}
	}
	f := strings.Fields(schedule)
	at := fmt.Sprintf("%s:%s:00", steps(f[1], 0), steps(f[0], 0))
	month := steps(names(f[3], []string{"", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
		"dec"}), 1)
	day, on := steps(f[2], 1), weekdays(f[4])
	switch {
	case on == "*":
		return []string{fmt.Sprintf("*-%s-%s %s", month, day, at)}
	case strings.HasPrefix(f[2], "*"):
		return []string{fmt.Sprintf("%s *-%s-%s %s", on, month, day, at)}
	}
	return []string{fmt.Sprintf("*-%s-%s %s", month, day, at), fmt.Sprintf("%s *-%s-* %s", on, month, at)}
}

// steps rewrites ranges, a-b to a..b, and */n, which begins at low.
func steps(field string, low int) string {
	var parts []string
	for part := range strings.SplitSeq(field, ",") {
		if rest, ok := strings.CutPrefix(part, "*/"); ok {
			part = strconv.Itoa(low) + "/" + rest
		}
		parts = append(parts, strings.ReplaceAll(part, "-", ".."))
	}
	return strings.Join(parts, ",")
}

// names replaces names by their numbers.
func names(field string, list []string) string {
	field = strings.ToLower(field)
	for i, name := range list {
		if name != "" {
			field = strings.ReplaceAll(field, name, strconv.Itoa(i))
		}
	}
	return field
}

// weekdays lists the days of a field by their names: systemd has ranges that
// begin on Monday, and crontab(5) ones that begin on Sunday.
func weekdays(field string) string {
	if field == "*" {
		return "*"
	}
	short := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	var on [7]bool
	for part := range strings.SplitSeq(names(field, short), ",") {
		span, step, stepped := strings.Cut(part, "/")
		by := 1
		if stepped {
			by, _ = strconv.Atoi(step) // the configuration has been checked
		}
		from, to, ranged := strings.Cut(span, "-")
		first, _ := strconv.Atoi(from)
		last := first
		switch {
		case span == "*":
			first, last = 0, 6
		case ranged:
			last, _ = strconv.Atoi(to)
		case stepped:
			last = 6
		}
		for day := first; day <= last; day += max(1, by) {
			on[day%7] = true
		}
	}
	var days []string
	for i, name := range []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"} {
		if on[i] {
			days = append(days, name)
		}
	}
	return strings.Join(days, ",")
}

// asksHTTP tells whether the service has a probe that a timer can do.
func (u *unit) asksHTTP() bool { return u.probeCommand() != nil }

// probeCommand asks once; nil when nothing does.
func (u *unit) probeCommand() []string {
	if u.Probe == nil {
		return nil
	}
	if command := questions()[u.Probe.Type()].systemd; command != nil {
		return command(u)
	}
	return nil
}

// writeProbe writes a timer that runs the probe. After as many failures in a row as
// the configuration sets, the probe's unit fails. It also restarts the service if the
// configuration says so.
func (u *unit) writeProbe(r *Result) error {
	command := u.probeCommand()
	if command == nil {
		if u.Probe != nil {
			u.note("probe: systemd asks nobody; it goes by the process, and by what that says of itself (a connection is " +
				"answered by the socket unit in any case)")
		}
		return nil
	}
	name := u.name() + "-probe"
	i := &ini{}
	i.section("Unit")
	i.set("Description", "whether "+u.Name+" is well")
	i.set("After", u.file(1))
	if u.Probe.Restart {
		i.set("OnFailure", u.name()+"-unwell.service")
	}
	i.section("Service")
	i.set("Type", "oneshot")
	i.set("User", u.options.User)
	if u.Dir != "" {
		i.set("WorkingDirectory", unitfile.Specifiers(u.Dir))
	}
	script := fmt.Sprintf(`n=0; until "$@"; do n=$((n + 1)); [ $n -lt %d ] || exit 1; sleep %s; done`,
		max(1, u.Probe.Failures), strconv.FormatFloat(u.Probe.Every.Seconds(), 'f', -1, 64))
	i.set("ExecStart", unitfile.Command(append([]string{"/bin/sh", "-c", script, "probe"}, command...)))
	i.lines(restrictions)
	i.set("ProtectHome", "read-only")
	i.set("PrivateDevices", "yes")
	if err := r.add(name+".service", i); err != nil {
		return err
	}
	t := &ini{}
	t.section("Unit")
	t.set("Description", "asks whether "+u.Name+" is well")
	t.set("PartOf", u.file(1))
	t.section("Timer")
	t.set("OnActiveSec", span(max(u.Probe.StartPeriod, u.Probe.Every)))
	t.set("OnUnitInactiveSec", span(u.Probe.Every))
	t.set("AccuracySec", "100ms")
	if err := r.add(name+".timer", t); err != nil || !u.Probe.Restart {
		return err
	}
	again := &ini{}
	again.section("Unit")
	again.set("Description", "restarts "+u.Name+", which is not well")
	again.section("Service")
	again.set("Type", "oneshot")
	again.set("ExecStart", "systemctl try-restart "+u.file(1))
	return r.add(u.name()+"-unwell.service", again)
}

func (u *unit) writeOnFailure(r *Result) error {
	if len(u.OnFailure) == 0 {
		return nil
	}
	i := &ini{}
	i.section("Unit")
	i.set("Description", "what is done when "+u.Name+" has failed")
	i.section("Service")
	i.set("Type", "oneshot")
	i.set("User", u.options.User)
	if u.Dir != "" {
		i.set("WorkingDirectory", unitfile.Specifiers(u.Dir))
	}
	i.set("Environment", unitfile.Word(contract.Service+"="+u.Name))
	i.set("ExecStart", unitfile.Command(u.OnFailure))
	u.note("on_failure: %s is not set; systemctl status %s says why", contract.Reason, u.file(1))
	return r.add(u.name()+"-failed.service", i)
}
