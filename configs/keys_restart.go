package configs

import (
	"fmt"
	"slices"
	"time"
)

// RestartPolicy says when a service that ended is started again.
type RestartPolicy string

// The restart policies.
const (
	RestartAlways    RestartPolicy = "always"
	RestartOnFailure RestartPolicy = "on-failure"
	RestartNever     RestartPolicy = "never"
)

// Restart is the policy for a service that ended by itself. The first restart
// is immediate; the second comes after Delay, which doubles each time up to
// MaxDelay. After Limit starts within Window the service has failed; a Limit
// of 0 never gives up.
type Restart struct {
	Policy   RestartPolicy
	Delay    time.Duration
	MaxDelay time.Duration
	Limit    int
	Window   time.Duration
}

func restartKeys() []Key {
	return []Key{
		{Name: "restart.policy", Shown: ShowAll, Change: InPlace,
			Exports: Exports{to("restart"), to("restartPolicy"), to("RestartPolicy"), to("Restart")},
			Doc: `When a service that ended by itself is started again: "always", "on-failure" (not after exit status 0) ` +
				`or "never".`,
			Value: custom("string", func(s *Service) *RestartPolicy { return &s.Restart.Policy },
				RestartOnFailure, `"on-failure"`, setPolicy)},
		{Name: "restart.delay", Change: InPlace,
			Exports: Exports{lost("Docker waits 100 ms before a restart, then twice as long, up to a minute"),
				lost("Kubernetes waits 10 s before a restart, then twice as long, up to 5 min"), to("Delay"), to("RestartSec")},
			Doc:   "The first restart is immediate, the second comes after this long; the delay doubles each time.",
			Value: span(func(s *Service) *time.Duration { return &s.Restart.Delay }, 500*time.Millisecond, time.Millisecond)},
		{Name: "restart.max_delay", Change: InPlace,
			Exports: Exports{lost("Docker waits up to a minute"), lost("Kubernetes waits up to 5 min"),
				lost("Nomad waits equally long each time"), lost("systemd waits equally long each time, restart.delay")},
			Doc:   "The delay grows no further than this.",
			Value: span(func(s *Service) *time.Duration { return &s.Restart.MaxDelay }, 30*time.Second, time.Millisecond)},
		{Name: "restart.limit", Change: InPlace,
			Exports: Exports{to("restart"), to("backoffLimit"), to("Attempts"), to("StartLimitBurst")},
			Doc: "After this many starts within the window the service has failed: it stays down until you start it. " +
				"0 never gives up: after 5 failures in a row the service is failing, and is tried again every max_delay.",
			Value: number(func(s *Service) *int { return &s.Restart.Limit }, 0, 0, 1<<20)},
		{Name: "restart.window", Change: InPlace,
			Exports: Exports{lost("Docker counts restarts until a container has run for 10 s"),
				lost("Kubernetes forgets restarts after 10 min"), to("Interval"), to("StartLimitIntervalSec")},
			Doc: "The time in which starts are counted. A service that was ready for this long is restarted " +
				"immediately again.",
			Value: span(func(s *Service) *time.Duration { return &s.Restart.Window }, time.Minute, time.Millisecond)},
	}
}

func setPolicy(to *RestartPolicy, _ *Service, v any) error {
	var text string
	if err := setString(&text, v); err != nil {
		return err
	}
	if !slices.Contains([]RestartPolicy{RestartAlways, RestartOnFailure, RestartNever}, RestartPolicy(text)) {
		return fmt.Errorf(`expected "always", "on-failure" or "never", got %q`, text)
	}
	*to = RestartPolicy(text)
	return nil
}
