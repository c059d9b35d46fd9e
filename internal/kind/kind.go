// Package kind describes the kinds of services as plain data: what the
// configuration, the commands, the dashboard and the exports need to know of
// each. It is the only place that names a kind; everything else asks for a
// property. Keys of a kind are declared in package configs.
package kind

import "slices"

// Action is something that a person can do with services of some kinds only.
// Start, stop and restart are for every kind, and are not listed.
type Action string

// The actions that only some kinds offer.
const (
	LimitTransfers Action = "limit-transfers" // set bandwidths while the service runs
	EndTransfer    Action = "end-transfer"    // break off one download or upload
	AdjustCamera   Action = "adjust-camera"   // set brightness and other controls of the device
)

// Kind describes one kind of service. A Kind is never changed after New.
type Kind struct {
	Name    string // as in `kind = "files"`
	Noun    string // with its article: "a files service"
	Summary string // one line, in the imperative: "Share a folder"
	Example string // a command line that runs it alone; empty for a kind that is not built in

	// Known tells that this version has the kind. One from another machine may
	// be unknown.
	Known bool
	// Builtin tells that the program is part of ammarctl: it runs as `ammarctl
	// service NAME`, speaks HTTP, says when it is ready, and has a worker pool,
	// metrics, /healthz and a control socket.
	Builtin bool
	// Tiny tells that the tiny build has it too.
	Tiny bool
	// OwnsDevice tells that two of its processes cannot run at the same time,
	// because each needs the same device.
	OwnsDevice bool
	// ShowsInstance tells that it is useful only under a supervisor.
	ShowsInstance bool
	// KeepsState tells that it stores files in the user's state folder.
	KeepsState bool
	// SharesFolder tells that `ammarctl share` makes services of this kind. One
	// kind does.
	SharesFolder bool

	Actions []Action // see Action
}

// Offers tells whether the action is possible for services of this kind.
func (k Kind) Offers(a Action) bool { return slices.Contains(k.Actions, a) }

// The names of the kinds, as the configuration and the API write them.
const (
	Files  = "files"
	Camera = "camera"
	Status = "status"
	Exec   = "exec"
)

// All lists the kinds: the built-in ones in the order of their default ports,
// then Exec.
func All() []Kind {
	all := []Kind{
		{
			Name: Files, Noun: "a files service", Summary: "Share a folder",
			Example: "ammarctl service files --root ~/Public --port 8080",
			Builtin: true, Tiny: true, KeepsState: true, SharesFolder: true,
			Actions: []Action{LimitTransfers, EndTransfer},
		},
		{
			Name: Camera, Noun: "a camera service", Summary: "Serve a camera's pictures as JPEG and MJPEG",
			Example: "ammarctl service camera --source /dev/video0 --port 8081",
			Builtin: true, OwnsDevice: true,
			Actions: []Action{AdjustCamera},
		},
		{
			Name: Status, Noun: "a status service", Summary: "Serve a page that shows all services of the instance",
			Example: "ammarctl service status --port 8082",
			Builtin: true, ShowsInstance: true,
		},
		{Name: Exec, Noun: "an exec service", Summary: "Run any executable"},
	}
	for i := range all {
		all[i].Known = true
	}
	return all
}

// Of is the kind with this name. A name that this version does not know, such
// as one from another machine, is treated as any executable and has no actions.
func Of(name string) Kind {
	all := All()
	if i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name }); i >= 0 {
		return all[i]
	}
	unknown := all[len(all)-1]
	unknown.Name, unknown.Noun, unknown.Known = name, "a service of kind "+name, false
	return unknown
}

// OfShare is the kind of the services that `ammarctl share` makes.
func OfShare() Kind {
	all := All()
	return all[slices.IndexFunc(all, func(k Kind) bool { return k.SharesFolder })]
}

// OfProgram is the kind of the services that run any executable.
func OfProgram() Kind {
	all := All()
	return all[slices.IndexFunc(all, func(k Kind) bool { return !k.Builtin })]
}

// Names lists the names of all kinds, in the order of All.
func Names() []string {
	var names []string
	for _, k := range All() {
		names = append(names, k.Name)
	}
	return names
}
