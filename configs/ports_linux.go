package configs

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// capNetBindService is the bit of CAP_NET_BIND_SERVICE (capabilities(7)).
const capNetBindService = 10

// firstPort is net.ipv4.ip_unprivileged_port_start (ip(7)), or 0 where this
// process may listen on any port, or the kernel does not say.
func firstPort() int {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil {
		return 0
	}
	first, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		return 0
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || mayBind(string(status)) {
		return 0
	}
	return first
}

// mayBind reads the effective capabilities of a proc_pid_status(5) file.
func mayBind(status string) bool {
	for line := range strings.Lines(status) {
		if hex, ok := strings.CutPrefix(line, "CapEff:"); ok {
			bits, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
			return err == nil && bits&(1<<capNetBindService) != 0
		}
	}
	return false
}
