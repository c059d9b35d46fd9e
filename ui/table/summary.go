package table

import (
	"cmp"
	"slices"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/messages"
	"github.com/ammarctl/ammarctl/ui/safe"
)

// Count is how many services are ready, and how many there are.
func Count(services []api.Service) (ready, all int) {
	for _, s := range services {
		if s.State.Healthy() && !s.Lost {
			ready++
		}
	}
	return ready, len(services)
}

// Worst names the service that most needs attention, with its state; empty when
// all are ready.
func Worst(services []api.Service) string {
	first := slices.MinFunc(
		append(slices.Clone(services), api.Service{State: api.Ready}),
		func(a, b api.Service) int { return cmp.Compare(urgency(a), urgency(b)) })
	if first.Name == "" || first.State.Healthy() && !first.Lost {
		return ""
	}
	return safe.Text(first.Name + " " + StateWord(first))
}

// LostMachines names the machines that do not answer.
func LostMachines(services []api.Service) (names []string) {
	for _, s := range services {
		if s.Lost && !slices.Contains(names, s.Host) {
			names = append(names, s.Host)
		}
	}
	return names
}

// StateWord is what the table calls the state of a service.
func StateWord(s api.Service) string {
	if s.Lost {
		return messages.LostMachine
	}
	return string(s.State)
}

// urgency sorts states, the one that most needs attention first. A machine that
// does not answer comes before all states.
func urgency(s api.Service) int {
	if s.Lost {
		return -1
	}
	state := s.State
	if state.Healthy() {
		state = api.Ready // a row does not move while its service is restarted
	}
	return slices.Index([]api.State{
		api.Failed, api.Failing, api.Backoff, api.Degraded, api.Waiting, api.Starting, api.Stopping, api.Ready,
		api.OnDemand, api.Scheduled, api.Done, api.Stopped,
	}, state)
}
