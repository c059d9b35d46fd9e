package export

import (
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/contract"
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

// hardening takes from a service what it does not need, as far as its kind
// tells.
func (u *unit) hardening(i *ini) {
	i.lines(restrictions)
	if u.Umask < 0 {
		i.set("UMask", "0077")
	}
	var writes []string
	switch u.Kind {
	case configs.KindFiles:
		if u.Upload {
			writes = append(writes, u.Root)
			i.set("StateDirectory", "ammarctl-"+u.Name)
			i.set("Environment", "XDG_STATE_HOME=/var/lib/ammarctl-"+u.Name)
		}
	case configs.KindCamera:
		if u.Timelapse != "" {
			writes = append(writes, u.Timelapse)
		}
	case configs.KindExec:
		if u.Dir != "" {
			writes = append(writes, u.Dir)
			u.note("ProtectSystem=strict: it may write into %s, and nowhere else; add ReadWritePaths= for other folders", u.Dir)
		}
	}
	for _, path := range writes {
		i.set("ReadWritePaths", unitfile.Word(path))
	}
	if u.Kind == configs.KindExec || u.Kind == configs.KindFiles || u.Timelapse != "" || strings.HasPrefix(u.Source, "file:") {
		i.set("ProtectHome", "read-only") // what it serves, or is, may be there
	} else {
		i.set("ProtectHome", "yes")
	}
	if u.Kind != configs.KindExec {
		i.set("MemoryDenyWriteExecute", "yes")
	}
	if u.Kind == configs.KindCamera && (u.Source == "auto" || strings.HasPrefix(u.Source, "/dev/")) {
		i.set("DevicePolicy", "closed")
		i.set("DeviceAllow", "char-video4linux rw")
		i.set("SupplementaryGroups", "video")
	} else {
		i.set("PrivateDevices", "yes")
	}
}
