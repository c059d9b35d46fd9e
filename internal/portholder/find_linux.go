package portholder

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// stateListen is TCP_LISTEN as /proc/net/tcp writes it.
const stateListen = "0A"

// Find names the process that listens on the port of addr ("host:port"). It returns
// false if there is none, or if this user may not see it: proc(5) shows the
// descriptors of other users' processes only to root. network is "tcp", "tcp4" or
// "tcp6".
func Find(network, addr string) (Holder, bool) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return Holder{}, false
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return Holder{}, false
	}
	inodes := make(map[string]bool)
	if network != "tcp6" {
		listening("/proc/net/tcp", host, port, inodes)
	}
	if network != "tcp4" {
		listening("/proc/net/tcp6", host, port, inodes)
	}
	if len(inodes) == 0 {
		return Holder{}, false
	}
	return owner(inodes)
}

// listening adds the socket inodes that listen on port, at an address that
// collides with host, from one table of proc_net(5).
func listening(table, host string, port uint64, inodes map[string]bool) {
	data, err := os.ReadFile(table)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != stateListen {
			continue
		}
		ip, p, ok := parseAddr(f[1])
		if ok && p == port && collides(host, ip) {
			inodes["socket:["+f[9]+"]"] = true
		}
	}
}

// parseAddr reads "0100007F:1F90": 32-bit words in the machine's byte order,
// which is how the kernel printed them.
func parseAddr(s string) (net.IP, uint64, bool) {
	hexIP, hexPort, ok := strings.Cut(s, ":")
	if !ok || len(hexIP)%8 != 0 {
		return nil, 0, false
	}
	port, err := strconv.ParseUint(hexPort, 16, 16)
	if err != nil {
		return nil, 0, false
	}
	var ip net.IP
	for ; hexIP != ""; hexIP = hexIP[8:] {
		word, err := strconv.ParseUint(hexIP[:8], 16, 32)
		if err != nil {
			return nil, 0, false
		}
		ip = binary.NativeEndian.AppendUint32(ip, uint32(word))
	}
	return ip, port, true
}

// collides reports whether binding host fails while ip is bound. A name that
// is no address is taken to collide: better a likely holder than none.
func collides(host string, ip net.IP) bool {
	want := net.ParseIP(host)
	return want == nil || want.IsUnspecified() || ip.IsUnspecified() || want.Equal(ip)
}

func owner(inodes map[string]bool) (Holder, bool) {
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return Holder{}, false
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !inodes[target] {
			continue
		}
		dir := filepath.Dir(filepath.Dir(link))
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		comm, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			continue
		}
		return Holder{PID: pid, Name: strings.TrimSpace(string(comm))}, true
	}
	return Holder{}, false
}
