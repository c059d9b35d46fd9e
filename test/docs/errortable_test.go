package docs

// told is one row of docs/errors.md: an error, "…" standing for what varies,
// with what it means and what to do.
type told struct{ like, means, do string }

// chapter is a part of the table.
type chapter struct {
	title string
	rows  []told
}

// chapters are in the order in which a person meets the errors.
func chapters() []chapter {
	return []chapter{
		{"The command line", aboutCommands()},
		{"The configuration", aboutConfiguration()},
		{"Starting", aboutStarting()},
		{"Programs and their limits", aboutPrograms()},
		{"What outlives a process", aboutProcesses()},
		{"Logs, probes and watches", aboutLogs()},
		{"Starting, stopping and reloading services", aboutRequests()},
		{"Asking an instance", aboutAsking()},
		{"Sharing", aboutSharing()},
		{"Cameras", aboutCameras()},
		{"Pictures and controls of cameras", aboutPictures()},
		{"Ports, passwords and certificates", aboutServers()},
		{"Other machines", aboutMachines()},
		{"At boot", aboutBoot()},
		{"Reading other supervisors' files", aboutImports()},
	}
}

func aboutMachines() []told {
	return []told{
		{"-H: …", "The machine is not named as -H takes it.", "`-H pi@robot`, `-H ssh://pi@robot:22`, or a name of `[hosts]`."},
		{"-H: expected one machine for this command, got …", "The command cannot be sent to several.", "Name one."},
		{"-H: … is about this machine only; leave -H out, or run it there over ssh", "The command is about files of this machine, or its terminal.", "`ssh MACHINE ammarctl ...` runs it there."},
		{"-H all: the configuration has no table [hosts]; expected one with lines such as pi = \"ssh://pi@robot\"", "The configuration names no machines.", "Add the table; see [several machines](several-machines.md)."},
		{"… is there twice", "A machine was named twice.", "Name it once."},
		{"there is no ammarctl in the PATH of …: install it there, or name it: -H …/path/of/ammarctl", "ssh got there, and found none.", "A PATH that is set in `~/.bashrc` is not that of ssh: name the path."},
		{"the ammarctl on … does not know dial-stdio: it is too old; upgrade it there", "It is of an older version.", "Copy this one there."},
		{"there is no ssh on this machine; install openssh-client", "-H uses your own ssh.", "`sudo apt install openssh-client`."},
		{"ssh cannot reach …, and has said why above; try until it works: ssh … true", "The name, the key or the network.", "Try `ssh MACHINE true` until that works."},
		{"cannot reach …: …", "ssh could not get there; its words follow.", "Try `ssh MACHINE true` until that works."},
		{"cannot reach …: ssh ended: …", "ssh ended with that code, and said nothing.", "`ssh -v MACHINE true` says more."},
		{"cannot reach …: ssh ended and said nothing", "The other side closed at once.", "`ssh -v MACHINE true` says more."},
		{"cannot speak to …: …", "The other side answers something else.", "A shell that prints on login is the usual reason: `ssh MACHINE true` must print nothing."},
		{"cannot greet the other side: …", "ssh went away as it began.", "Try again; `ssh MACHINE true`."},
		{"expected ok, … or … from the other side, got …", "The ammarctl there speaks otherwise.", "Have the same version on both sides."},
		{"expected a line of at most … bytes", "The other side is no ammarctl, or something prints on login.", "`ssh MACHINE true` must print nothing."},
		{"the connection to … was lost", "The network or the other machine went away.", "Nothing: it is tried again."},
		{"it did not answer within …", "The machine is slow or away.", "Try `ssh MACHINE true`."},
		{"it printed more than … bytes and did not greet", "A shell that prints on login is in the way.", "`ssh MACHINE true` must print nothing."},
	}
}
