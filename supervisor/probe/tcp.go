package probe

import (
	"context"
	"fmt"
	"net"

	"github.com/ammarctl/ammarctl/configs"
)

// tcpCheck expects that an address accepts a connection, and sends nothing.
func tcpCheck(p configs.Probe, _ target) Check {
	return func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", p.TCP)
		if err != nil {
			return fmt.Errorf("connect to %s: %w", p.TCP, explained(ctx, err))
		}
		return conn.Close()
	}
}
