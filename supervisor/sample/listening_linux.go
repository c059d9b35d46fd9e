package sample

import (
	"net/netip"
	"slices"

	"github.com/ammarctl/ammarctl/supervisor/sockdiag"
)

// Listening lists the TCP addresses on which a process and its descendants
// listen, in the order of their ports. A process of another user has none.
func Listening(pid int) ([]netip.AddrPort, error) {
	inodes := map[uint32]bool{}
	for _, pid := range childrenOf(pid, []int{pid}) {
		sockdiag.EachSocket(pid, func(inode uint32) bool {
			inodes[inode] = true
			return true
		})
	}
	if len(inodes) == 0 {
		return nil, nil
	}
	conn, err := sockdiag.Open()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var found []netip.AddrPort
	listening := sockdiag.Query{Protocol: sockdiag.TCP, States: []sockdiag.State{sockdiag.Listen}}
	err = conn.Dump(listening, func(s *sockdiag.Socket) {
		if inodes[s.Inode] && !slices.Contains(found, s.Local) {
			found = append(found, s.Local)
		}
	})
	slices.SortFunc(found, func(a, b netip.AddrPort) int {
		if a.Port() != b.Port() {
			return int(a.Port()) - int(b.Port())
		}
		return a.Addr().Compare(b.Addr())
	})
	return found, err
}
