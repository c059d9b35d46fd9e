//go:build linux

package main

// kase is one kind of request to every server.
type kase struct {
	name        string
	path        string
	connections int
	own         bool   // ours is the benchmark's own service, not files
	header      string // sent with each request
	since       bool   // If-Modified-Since what the server said
	post        bool
	failing     bool  // the answer is not 2xx
	size        int64 // counted by bytes, since few of this size are answered
	note        string
}

func cases() []kase {
	return []kase{
		{name: "1 KiB", path: "/1k.txt", connections: 64},
		{name: "10 KiB", path: "/10k.txt", connections: 64},
		{name: "100 KiB", path: "/100k.txt", connections: 64},
		{name: "100 MiB", path: "/100m.bin", connections: 4, size: 100 << 20,
			note: "100 MiB: requests are counted by the bytes that came, so that those cut off at the end count in part."},
		{name: "304", path: "/1k.txt", connections: 64, since: true},
		{name: "404", path: "/none.txt", connections: 64, failing: true},
		{name: "page", path: "/page", connections: 64, own: true,
			note: "page: ours renders it ten times a second; the peers serve a file of the same size."},
		{name: "POST", path: "/post", connections: 64, own: true, post: true,
			note: "POST: 100 bytes, which ours answers 204 through net/http, nginx by `return 204`, and lighttpd with an " +
				"empty file, for it has no `return`."},
		{name: "1 connection", path: "/1k.txt", connections: 1},
		{name: "1000 connections", path: "/1k.txt", connections: 1000},
		{name: "new connections", path: "/1k.txt", connections: 64, header: "Connection: close"},
	}
}
