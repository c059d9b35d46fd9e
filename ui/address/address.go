// Package address tells where a service is reached.
package address

import (
	"net"
	"net/url"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Of is the URL of a service: the best one of a share, otherwise the one it
// listens on. hosts are the addresses of this machine, the best one first. Of
// is empty for a service without an address.
func Of(s api.Service, hosts []string) string {
	if s.Share != nil && len(s.Share.URLs) > 0 {
		return s.Share.URLs[0].URL
	}
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if len(hosts) > 0 {
			host = hosts[0]
		}
	}
	scheme := "http://"
	if s.TLS {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port) + "/"
}

// Scannable tells whether a phone that scans the URL reaches the service.
func Scannable(s api.Service, url string) bool {
	return url != "" && s.PID != 0 && !Loopback(url)
}

// Loopback tells whether the URL works on this machine only.
func Loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}
