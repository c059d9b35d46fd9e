// Package server is the library that every service links: a web server in the
// same executable as the content it serves.
//
// # Two lanes
//
// A connection starts in the fast lane. It recognises a strict, small set of
// requests: GET and HEAD without a body, one well-formed Host, no odd bytes. If
// their target is in the [Cache], it answers them with one write. Anything else,
// and anything in doubt, goes unchanged to the full lane, which is net/http: any
// http.Handler works there. If the fast lane understood the request but could not
// answer it, the connection returns to the fast lane afterwards. Otherwise it stays
// with net/http.
//
// The lanes share the pool, the metrics, the access log and the headers that the
// server adds. A client cannot tell them apart.
//
// # The pool
//
// A request takes a worker while its handler runs. When all are busy it waits
// in a bounded queue, first come, first served; beyond the queue it is answered
// 503 with Retry-After at once. Streams are counted apart and take no worker.
//
// # Building blocks
//
//   - [Server.Handle] and [Server.HandleFunc]: any http.Handler, with the patterns
//     of net/http. Forms, multipart files and cookies are net/http's own;
//     http.MaxBytesHandler bounds a body.
//   - [Server.Page]: a response that a callback renders, once per interval for
//     all clients or once for each request.
//   - [Server.Stream]: server-sent events, MJPEG, WebSockets.
//   - [Server.Files] and [Server.Cache]: files, in memory while they don't change.
//   - [Server.Before] sees each request first; [Server.Every] calls on a schedule.
//   - [Sessions] remembers clients.
//   - [Server.Counter], [Server.Gauge] and [Server.Registry] add metrics;
//     [Server.Stats] and [Server.Clients] tell what was done and for whom.
//
// A process may have several servers: they share nothing.
//
// # Protection
//
// A password protects both lanes ([Server.Protect], or Config.PasswordFile for
// everything). Hashes are bcrypt or argon2id, and an address that guesses waits
// longer each time. With Config.TLSCert the server speaks HTTPS with
// HTTP/2. On a private address, or on all of them, it answers only to names that
// can't be an attacker's (see Config.Hosts). Every answer says that types are not to be
// guessed and that foreign pages may not frame it. A handler that panics costs its
// own request only: it is answered 500 with an id that the log has too.
//
// # Under a supervisor
//
// The server takes its listeners from LISTEN_FDS (sd_listen_fds(3)) and tells its
// state to NOTIFY_SOCKET (sd_notify(3)). It serves /metrics, /healthz, /stats and
// /clients on the unix socket named by AMMAR_CONTROL. Without these variables it binds
// its own port.
package server
