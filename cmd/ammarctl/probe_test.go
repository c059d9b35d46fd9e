package main

import (
	"net"
	"testing"
)

// A container of ours has no other client: its health check of probe.tcp, too,
// is this command.
func TestProbeConnectsToATCPAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := connect(t.Context(), addr); err != nil {
		t.Errorf("it accepts connections: %v", err)
	}
	l.Close()
	if err := connect(t.Context(), addr); err == nil {
		t.Error("nothing listens there, and probe says that the service is well")
	}
}
