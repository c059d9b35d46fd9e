package operations

import (
	"slices"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
)

// Keys are the keys of the part. The footer offers those that make sense in the
// state of the selected service.
func (p *Part) Keys() []component.Key {
	return []component.Key{
		{
			Keys: "s", Help: "stop; asks first when this would interrupt clients", Name: "Stop",
			Group: messages.GroupServices, When: component.HasSelection, Run: p.stop,
			Hint: component.Hint{Text: "stop", Table: 41, Tab: 71, When: not(api.Stopped, api.Failed, api.Done)},
		},
		{
			Keys: "S", Help: "start", Name: "Start",
			Group: messages.GroupServices, When: component.HasSelection, Run: p.start,
			Hint: component.Hint{Text: "start", Table: 40, Tab: 70, When: in(idle()...)},
		},
		{
			Keys: "r", Help: "restart; clients wait meanwhile", Name: "Restart",
			Group: messages.GroupServices, When: component.HasSelection, Run: p.restart,
			Hint: component.Hint{Text: "restart", Table: 42, Tab: 72, When: not(idle()...)},
		},
		{
			Keys: "x", Help: "end the selected share", Name: "End the share",
			Group: messages.GroupShares, When: component.HasSelection, Run: p.unshare,
		},
		{
			Keys: "q ctrl+c", Label: "q", Help: "leave; the services keep running", Name: "Leave",
			Group: messages.GroupDashboard, Run: p.Leave,
			Hint: component.Hint{Text: "leave", Table: 20, Tab: 60},
		},
		{
			Keys: "Q", Help: "stop everything, the supervisor too", Name: "Stop everything",
			Group: messages.GroupDashboard, Run: p.askStopAll,
			Hint: component.Hint{Text: "stop all", Table: 95},
		},
	}
}

// in tells whether the selected service is in one of these states.
func in(states ...api.State) func(component.Screen) bool {
	return func(scr component.Screen) bool {
		s, _ := scr.Current()
		return slices.Contains(states, s.State)
	}
}

// not is the opposite of in.
func not(states ...api.State) func(component.Screen) bool {
	one := in(states...)
	return func(scr component.Screen) bool { return !one(scr) }
}

// idle lists the states in which a start, and not a restart, makes sense.
func idle() []api.State {
	return []api.State{api.Stopped, api.OnDemand, api.Scheduled, api.Waiting, api.Backoff, api.Failing, api.Failed,
		api.Done}
}
