package export

import (
	"slices"

	"github.com/ammarctl/ammarctl/internal/contract"
	"github.com/ammarctl/ammarctl/internal/kind"
	"github.com/ammarctl/ammarctl/internal/unitfile"
)

const filesUsers = contract.FilesUsers

// restrictions are for every service: none needs what they take away to serve.
const restrictions = `# What it may do. Ports below 1024 are the socket unit's affair.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
`

// hardening takes from a service what it does not need, as far as its kind and
// its keys tell.
func (u *unit) hardening(i *ini) {
	i.lines(restrictions)
	if u.Umask < 0 {
		i.set("UMask", "0077")
	}
	builtin := kind.Of(u.Kind).Builtin
	places := u.places()
	writable := slices.ContainsFunc(places, func(p place) bool { return p.writable })
	if kind.Of(u.Kind).KeepsState && writable {
		i.set("StateDirectory", "ammarctl-"+u.Name)
		i.set("Environment", "XDG_STATE_HOME=/var/lib/ammarctl-"+u.Name)
	}
	for _, p := range places {
		if p.writable {
			i.set("ReadWritePaths", unitfile.Word(p.folder))
		}
	}
	if !builtin && u.Dir != "" {
		u.note("ProtectSystem=strict: it may write into %s, and nowhere else; add ReadWritePaths= for other folders", u.Dir)
		i.set("ReadWritePaths", unitfile.Word(u.Dir))
	}
	if !builtin || slices.ContainsFunc(places, func(p place) bool { return !p.secret }) {
		i.set("ProtectHome", "read-only") // its program, or the folder that it serves, may be there
	} else {
		i.set("ProtectHome", "yes")
	}
	if builtin {
		i.set("MemoryDenyWriteExecute", "yes")
	}
	if device, _ := u.Device(); kind.Of(u.Kind).OwnsDevice && device != "" {
		i.set("DevicePolicy", "closed")
		i.set("DeviceAllow", "char-video4linux rw")
		i.set("SupplementaryGroups", "video")
	} else {
		i.set("PrivateDevices", "yes")
	}
}
