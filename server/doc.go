// Package server is the library that every service links: a web server in the
// same executable as the content it serves.
//
// # Two lanes
//
// A connection starts in the fast lane. It recognises a strict, small set of
// requests (GET and HEAD without a body, one well-formed Host, no odd bytes)
// and answers those whose target is in the [Cache] with one write. Anything
// else, and anything in doubt, goes with its bytes as they came to the full
// lane, which is net/http: any http.Handler works there. After a request that
// the fast lane understood but could not answer, the connection returns to the
// fast lane; after any other it stays with net/http.
//
// Both lanes share the pool, the metrics, the access log and the headers that
// the server adds. What a client sees does not depend on the lane.
//
// # The pool
//
// A request takes a worker while its handler runs. When all are busy it waits
// in a bounded queue, first come, first served; beyond the queue it is answered
// 503 with Retry-After at once. Streams are counted apart and take no worker.
//
// # Under a supervisor
//
// The server takes its listeners from LISTEN_FDS (sd_listen_fds(3)), tells its
// state to NOTIFY_SOCKET (sd_notify(3)) and serves /metrics and /healthz on the
// unix socket named by AMMAR_CONTROL. Without them it binds its own port.
package server
