package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/supervisor/api"
)

// program looks at what runs: a supervisor of another version, a temporary file.
func program(_ context.Context, m *Machine) []Finding {
	found := []Finding{ok(fmt.Sprintf("ammarctl %s on %s", m.Version, m.System))}
	if strings.Contains(m.Program, "/go-build") {
		found = append(found, note(m.Program+" is a temporary file: it is gone when this command has ended",
			"go build -o ~/.local/bin/ammarctl ./cmd/ammarctl"))
	}
	if m.Info == nil {
		return append(found, ok("no instance runs; ammarctl, ammarctl up and ammarctl share start one"))
	}
	if m.Info.Version != m.Version {
		found = append(found, note(fmt.Sprintf("the instance runs version %s", m.Info.Version),
			"ammarctl up -d lets this version take over; the services go on"))
	}
	return append(found, ok(fmt.Sprintf("the instance %q runs, with pid %d", m.Info.Instance, m.Info.SupervisorPID)))
}

func configuration(_ context.Context, m *Machine) []Finding {
	var wrong configs.Errors
	switch {
	case errors.As(m.ConfigError, &wrong):
		var found []Finding
		for _, e := range wrong {
			found = append(found, problem(e.Error(), "mend that line, then: ammarctl check"))
		}
		return found
	case m.ConfigError != nil:
		return []Finding{problem(m.ConfigError.Error(), "name a file that can be read with -c FILE, or write one with: "+
			"ammarctl init")}
	case m.Config.Path == configs.Embedded:
		return []Finding{ok("there is no ammar.toml here: the built-in one shares this folder, a camera and the status " +
			"page; ammarctl init writes one")}
	}
	return []Finding{ok(fmt.Sprintf("%s has %s", m.Config.Path, count(len(m.Config.Services), "service")))}
}

// services says why one that should run does not.
func services(_ context.Context, m *Machine) []Finding {
	var found []Finding
	ready := 0
	for _, s := range m.Services {
		why := s.Reason
		if why == "" && s.LastExit != nil {
			why = s.LastExit.Text
		}
		text := strings.TrimSuffix(fmt.Sprintf("%s is %s: %s", s.Name, s.State, why), ": ")
		see := "ammarctl logs " + s.Name
		switch {
		case s.State.Unwell():
			found = append(found, problem(text, see+"; then: ammarctl start "+s.Name))
		case s.State == api.Backoff, s.State == api.Degraded:
			found = append(found, problem(text, see))
		case s.State.Healthy():
			ready++
		}
	}
	if ready > 0 {
		found = append(found, ok(count(ready, "service")+" ready"))
	}
	return found
}

// ports tries each port of the configuration that none of our services has.
func ports(_ context.Context, m *Machine) []Finding {
	ours := map[string]api.Service{}
	for _, s := range m.Services {
		ours[s.Name] = s
	}
	var found []Finding
	for _, s := range m.Config.Services {
		if s.Port <= 0 {
			continue
		}
		addr := hostPort(s.Bind, s.Port)
		running, is := ours[s.Name]
		if is && running.PID != 0 && strings.HasSuffix(running.Addr, fmt.Sprintf(":%d", s.Port)) {
			found = append(found, ok(fmt.Sprintf("%s listens on %s", s.Name, running.Addr)))
			continue
		}
		if running, is := ours[s.Name]; is && running.State.Resting() {
			found = append(found, ok(fmt.Sprintf("%s is %s; %s is kept for it", s.Name, running.State, addr)))
			continue
		}
		err := m.Listen(addr)
		if err == nil {
			found = append(found, ok(fmt.Sprintf("%s for %s is free", addr, s.Name)))
			continue
		}
		text := fmt.Sprintf("%s for %s cannot be had: %v", addr, s.Name, cause(err))
		if name, pid, known := m.Holder(addr); known && m.Info != nil && pid == m.Info.SupervisorPID {
			found = append(found, ok(fmt.Sprintf("%s is held for %s", addr, s.Name)))
			continue
		} else if known {
			text = fmt.Sprintf("%s for %s is taken by %s, pid %d", addr, s.Name, name, pid)
		}
		do := "end who has it, or choose another port in [service." + s.Name + "]"
		if free := m.freePort(s.Bind, s.Port); free > 0 {
			do = fmt.Sprintf("end who has it, or set port = %d in [service.%s], which is free", free, s.Name)
		}
		found = append(found, problem(text, do))
	}
	return found
}

// freePort is the next one that can be listened on, or 0.
func (m *Machine) freePort(bind string, from int) int {
	taken := map[int]bool{}
	for _, s := range m.Config.Services {
		taken[s.Port] = true
	}
	for port := from + 1; port <= min(from+50, 65535); port++ {
		if !taken[port] && m.Listen(hostPort(bind, port)) == nil {
			return port
		}
	}
	return 0
}

func cameras(_ context.Context, m *Machine) []Finding {
	wanted := false
	for _, s := range m.Config.Services {
		device, _ := s.Device()
		wanted = wanted || kind.Of(s.Kind).OwnsDevice && device != ""
	}
	all, err := m.Cameras()
	if err != nil {
		return []Finding{note(err.Error(), `use another source: "pattern", "file:clip.mjpeg", or "http://host/stream" of a machine with a camera`)}
	}
	if len(all) == 0 {
		do := `plug one in; until then source = "auto" shows a test pattern`
		if m.Exists("/dev/media0") || m.Exists("/proc/device-tree/model") {
			do += `; a ribbon camera needs its overlay (camera_auto_detect=1 in config.txt) and a driver that offers /dev/video0`
		}
		return []Finding{note("no camera: no /dev/video* delivers pictures", do)}
	}
	var found []Finding
	for _, c := range all {
		name := strings.TrimSpace(c.Device + " " + c.Card)
		switch {
		case c.Error != "":
			grade := note
			if wanted {
				grade = problem
			}
			found = append(found, grade(c.Error, cameraCure(c)))
		case len(c.Formats) == 0:
			found = append(found, note(name+" offers no pixel format that is known",
				`see: v4l2-ctl --list-formats-ext; or set source = "pattern"`))
		default:
			text := name + ": " + strings.Join(c.Formats, "; ")
			if c.HeldBy != "" {
				text += " (open in " + c.HeldBy + ")"
			}
			found = append(found, ok(text))
		}
	}
	return found
}

func cameraCure(c Camera) string {
	switch {
	case strings.Contains(c.Error, "permission denied"):
		return "sudo usermod -aG video $USER, then log in again"
	case c.HeldBy != "" || strings.Contains(c.Error, "busy"):
		return "end the program that uses it, or have it read the camera service's stream instead"
	}
	return "unplug it and plug it in again; the kernel says more: sudo dmesg | tail"
}
