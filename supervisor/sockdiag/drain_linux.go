package sockdiag

// Draining looks at the listeners with these inodes and at the connections
// that the processes have open on the listeners' ports. The listeners' other
// owners and their connections do not count.
func (c *Conn) Draining(listeners []uint32, pids []int) (Drain, error) {
	var d Drain
	wanted := make(map[uint32]bool, len(listeners))
	for _, inode := range listeners {
		wanted[inode] = true
	}
	ports := map[uint16]bool{}
	err := c.Dump(Query{Protocol: TCP, States: []State{Listen}}, func(s *Socket) {
		if wanted[s.Inode] {
			ports[s.Local.Port()] = true
			d.Queued += int(s.Receive)
		}
	})
	if err != nil {
		return d, err
	}
	open := map[uint32]bool{}
	for _, pid := range pids {
		EachSocket(pid, func(inode uint32) bool { open[inode] = true; return true })
	}
	states := []State{Established, SynReceived, CloseWait}
	err = c.Dump(Query{Protocol: TCP, States: states, Info: true}, func(s *Socket) {
		switch {
		case !ports[s.Local.Port()]:
		case s.State == SynReceived:
			d.Coming++
		case !open[s.Inode]:
		case UseOf(s) == Idle:
			d.Idle++
		default:
			d.Busy++
		}
	})
	return d, err
}
