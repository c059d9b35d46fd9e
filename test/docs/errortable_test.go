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
		{"Sharing", aboutSharing()},
		{"Cameras", aboutCameras()},
		{"Other machines", aboutMachines()},
		{"At boot", aboutBoot()},
		{"Reading other supervisors' files", aboutImports()},
	}
}

func aboutSharing() []told {
	return []told{
		{"cannot share …: no such folder or file", "The path is not there.", "Mend it; it starts at the folder where you are."},
		{"cannot share …: it is neither a file nor a folder", "Devices, pipes and sockets are not shared.", "Name a file or a folder."},
		{"cannot share …: …", "The path cannot be looked at; the system's words are at the end.", "Mend its rights, or share another."},
		{"cannot announce ….local: …", "Multicast is not to be had; the share goes on.", "Use the address with numbers."},
		{"cannot keep a certificate: …", "The authority of this machine cannot be written.", "Mend the folder that is named."},
		{"cannot use the authority in …", "Its files are damaged.", "Remove them to have new ones made; the fingerprint changes."},
		{"wrong user or password", "Nobody was let in.", "Try again; after five times there is a pause."},
		{"there is no such link; …", "It was revoked, or never was.", "Ask for a new one."},
		{"this link …", "It has expired, or was used as often as it may be.", "Ask for a new one."},
		{"there are … links already; …", "Their number is bounded.", "Revoke some."},
		{"all workers are busy and the queue is full", "503: more requests than the pool takes.", "Wait; or raise `workers` and `queue`."},
		{"no worker became free in time", "503: the request waited too long.", "Wait; or raise `workers`."},
	}
}

func aboutCameras() []told {
	return []told{
		{"cannot open the camera …", "The device is not there, not yours, or held by another program, which is named.", "`ammarctl doctor cameras`; for a missing right: `sudo usermod -aG video $USER`, then log in again."},
		{"the camera … stopped: …", "It was unplugged, or its driver gave up.", "Nothing: it is opened again when it is back."},
		{"no picture …", "The camera delivers nothing.", "Plug it in again; look at `dmesg`."},
		{"it delivers no pictures; …", "Cameras have a second device for metadata.", "Take the other number, or `source = \"auto\"`."},
		{"it offers …; expected …", "None of its pixel formats is known here, or not the one asked for.", "Take `format` out, or take one that it offers."},
		{"… driver …", "The camera's driver cannot do, or answers wrongly, what is needed.", "Another `format` or size may work; look at `dmesg`."},
		{"cameras are reached through V4L2, …", "Only Linux has it.", "Take another source: `pattern`, `file:`, `http://`."},
		{"this small build has no camera service; take the full build of ammarctl", "The small build leaves it out.", "See [platforms](platforms.md)."},
		{"… contains no JPEG picture; …", "The file of a `file:` source is of another kind.", "Make one: `ffmpeg -i IN -c:v mjpeg clip.mjpeg`."},
		{"nothing can be set: … is no camera", "Controls belong to cameras.", "Ask the service that has one."},
		{"…: this camera has no such control; …", "The control is not one of this camera's.", "`GET /controls` lists them."},
	}
}

func aboutMachines() []told {
	return []told{
		{"-H: …", "The machine is not named as -H takes it.", "`-H pi@robot`, `-H ssh://pi@robot:22`, or a name of `[hosts]`."},
		{"-H: expected one machine for this command, got …", "The command cannot be sent to several.", "Name one."},
		{"-H: … is about this machine only; leave -H out, or run it there over ssh", "The command is about files of this machine, or its terminal.", "`ssh MACHINE ammarctl ...` runs it there."},
		{"-H all: the configuration has no table [hosts]; expected one with lines such as pi = \"ssh://pi@robot\"", "The configuration names no machines.", "Add the table; see [several machines](several-machines.md)."},
		{"… is for one machine: …", "The command cannot be sent to several.", "Name one."},
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
