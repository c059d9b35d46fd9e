package probe

import (
	"context"
	"net"

	"github.com/ammarctl/ammarctl/configs"
)

// tcpCheck expects that an address accepts a connection, and sends nothing.
func tcpCheck(p configs.Probe, _ target) Check {
	return func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", p.TCP)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
