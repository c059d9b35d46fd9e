package api

import "testing"

func TestTheOtherPortsOfAServiceAreShown(t *testing.T) {
	for _, c := range []struct {
		addr    string
		listens []string
		want    string
	}{
		{"", nil, ""},
		{"127.0.0.1:80", nil, "127.0.0.1:80"},
		{"127.0.0.1:80", []string{"127.0.0.1:80", "[::1]:80"}, "127.0.0.1:80"},
		{"0.0.0.0:80", []string{"0.0.0.0:80", "[::]:80", "0.0.0.0:443", "[::]:443", "unix:/x"}, "0.0.0.0:80,443"},
		{"[::]:1", []string{"[::]:1", "[::]:2", "[::]:3", "[::]:4"}, "[::]:1,2,3,…"},
	} {
		if got := (Service{Addr: c.addr, Listens: c.listens}).Address(); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}
