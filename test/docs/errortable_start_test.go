package docs

func aboutStarting() []told {
	return []told{
		{"no instance is running", "There is nobody to ask. Exit code 4.", "`ammarctl up -d`, or `ammarctl` for the dashboard. With another name: `--instance`."},
		{"the instance … runs already…", "There is one supervisor for each name; `up -d` says which configuration it has.", "Use it, stop it with `ammarctl down`, or take another `--instance`."},
		{"another supervisor answers there", "There is one supervisor for each name.", "Use it, stop it with `ammarctl down`, or take another `--instance`."},
		{"no interface of this machine has the address of …", "`bind` names an address that is not here now.", "`ammarctl doctor addresses` lists those that are."},
		{"cannot start the supervisor: …", "The system did not start a second process of this program.", "The system's words are at the end; `ammarctl doctor limits`."},
		{"cannot open the supervisor's log: …", "The folder for logs is not yours to write, or full.", "Mend that folder, or set XDG_STATE_HOME to another."},
		{"the supervisor ended at once; it said:…", "It could not begin; what it said follows.", "Do what it says; its own log is `supervisor.log` above the log folder of `ammarctl info`."},
		{"the supervisor does not answer on … after …; it said:…", "It was started and is not ready; what it said follows.", "Wait and try `ammarctl ps`; then look at `supervisor.log`."},
		{"the supervisor (pid …) answers no more, but has not ended: …", "It was asked to end and has not.", "Wait; else end that process, and `ammarctl up -d` goes on with the services."},
		{"the supervisor is away…", "It is being started again; services go on.", "Try again in a moment."},
		{"the new supervisor does not answer: …", "An upgrade did not come up.", "`ammarctl ps`; then look at `supervisor.log`."},
		{"version … did not work; … goes on with all services. See …", "The new version ended; the one before goes on.", "Look at that log, and stay with the version that works."},
		{"… failed, and it is critical: …", "A service with `critical = true` has failed, and took the instance with it.", "`ammarctl logs NAME`, then `ammarctl up -d`."},
		{"cannot use the runtime folder: …", "The folder of the control socket cannot be looked at.", "Set XDG_RUNTIME_DIR to a folder of your own."},
		{"cannot use the runtime folder: …; remove it, or set XDG_RUNTIME_DIR to a folder of your own", "The folder of the control socket is another's, or others may enter it.", "Do one of both."},
		{"expected a folder at …, found …", "Something else has the name of a folder that ammarctl needs.", "Move it away."},
		{"… belongs to another user", "Somebody else made that folder or file.", "Remove it, or choose another place."},
		{"… may be entered by others (…)", "A folder that has to be private is not.", "`chmod 700` it, if it is yours."},
		{"cannot make the folder …: …", "The folder is not yours to make.", "Mend what the system names, or set the XDG variable to another place."},
		{"cannot make sockets in …: their paths would exceed the system's … bytes; set XDG_RUNTIME_DIR to a shorter folder", "The system allows about a hundred letters for a socket's path.", "Do so: `export XDG_RUNTIME_DIR=/run/user/$(id -u)`."},
		{"cannot make the sockets of … in …: their paths would exceed the system's … bytes; set XDG_RUNTIME_DIR to a shorter folder", "The system allows about a hundred letters for a socket's path.", "Do so, or shorten the service's name."},
		{"cannot find a place for logs: neither HOME nor XDG_STATE_HOME is set", "Nothing says whose files these would be.", "`export HOME=...`; a script of cron or init may lack it."},
		{"cannot open the lock: …", "The file that keeps two supervisors apart cannot be made.", "Mend the folder's rights."},
		{"cannot lock …: …", "The file system has no locks; some network shares do not.", "Set XDG_RUNTIME_DIR to a folder of this machine."},
		{"cannot write …: …", "A file of the runtime folder cannot be written.", "Is it full? `df`; mend what the system names."},
		{"cannot find this program: is /proc mounted? …", "Linux tells a program its own path in /proc.", "Mount it, or start the container with one."},
		{"there is no supervisor for Windows; what works here without one:…", "Services are not supervised there.", "`ammarctl share --foreground` and `ammarctl service` work."},
	}
}
