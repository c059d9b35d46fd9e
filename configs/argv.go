package configs

import (
	"slices"
	"strconv"
)

// Argv is the command line of a service; self is this program's binary, which
// holds the services that come with it.
func Argv(self string, s Service) []string {
	if s.Kind == KindExec {
		return s.Exec
	}
	argv := []string{self, "service", s.Kind,
		"--bind=" + s.Bind, "--port=" + strconv.Itoa(s.Port),
		"--workers=" + strconv.Itoa(s.Workers), "--queue=" + strconv.Itoa(s.Queue),
		"--max-streams=" + strconv.Itoa(s.MaxStreams), "--max-conns=" + strconv.Itoa(s.MaxConns),
		"--max-conns-per-addr=" + strconv.Itoa(s.MaxConnsPerAddr)}
	if s.TLSCert != "" {
		argv = append(argv, "--tls-cert="+s.TLSCert, "--tls-key="+s.TLSKey)
	}
	if s.PasswordFile != "" {
		argv = append(argv, "--password-file="+s.PasswordFile)
	}
	for _, name := range s.Hosts {
		argv = append(argv, "--host="+name)
	}
	switch s.Kind {
	case KindFiles:
		argv = append(argv, filesFlags(s)...)
	case KindStatus:
		if s.Control {
			argv = append(argv, "--control")
		}
	case KindCamera:
		argv = append(argv, "--source="+s.Source, "--width="+strconv.Itoa(s.Width), "--height="+strconv.Itoa(s.Height),
			"--fps="+strconv.Itoa(s.FPS), "--quality="+strconv.Itoa(s.Quality), "--linger="+s.Linger.String(),
			"--always-on="+strconv.FormatBool(s.AlwaysOn))
		argv = append(argv, cameraFlags(s)...)
	}
	return argv
}

// cameraFlags are those that are seldom other than they are by themselves.
func cameraFlags(s Service) []string {
	flags := []string{"--warm-up=" + strconv.Itoa(s.WarmUp)}
	if s.Format != "" {
		flags = append(flags, "--format="+s.Format)
	}
	if s.Rotate != 0 {
		flags = append(flags, "--rotate="+strconv.Itoa(s.Rotate))
	}
	if s.FlipH {
		flags = append(flags, "--flip-h")
	}
	if s.FlipV {
		flags = append(flags, "--flip-v")
	}
	if s.Timelapse != "" {
		flags = append(flags, "--timelapse="+s.Timelapse, "--timelapse-every="+s.TimelapseEvery.String(),
			"--timelapse-limit="+strconv.FormatInt(s.TimelapseLimit, 10))
	}
	return flags
}

// filesFlags are those of a share; its users are in the environment.
func filesFlags(s Service) []string {
	flags := []string{"--root=" + s.Root}
	if s.Only != "" {
		flags = append(flags, "--only="+s.Only)
	}
	if s.Upload {
		flags = append(flags, "--upload")
	}
	for name, value := range map[string]int64{"--quota": s.Quota, "--limit": s.Limit, "--client-limit": s.ClientLimit} {
		if value > 0 {
			flags = append(flags, name+"="+strconv.FormatInt(value, 10))
		}
	}
	if s.Share != nil && s.Share.Once {
		flags = append(flags, "--once")
	}
	if s.Share != nil && s.Share.MDNS != "" {
		flags = append(flags, "--mdns="+s.Share.MDNS)
	}
	slices.Sort(flags[1:])
	return flags
}
