// Package filter runs in the launcher, the stage of a service's process before
// it executes the program. It installs the seccomp filter that reports bind(2)
// and listen(2) to the supervisor, and hands the supervisor the descriptor on
// which they are reported.
//
// The launcher runs between a crash and the next process, so this package
// imports as little as it can; see docs/decisions/010.
package filter

// Reason says why a process runs without port takeover. The zero value means
// that it runs with it.
type Reason string

// The reasons.
const (
	Taken        Reason = ""
	Off          Reason = "off"               // the configuration turned it off
	System       Reason = "system"            // not Linux
	Architecture Reason = "architecture"      // Linux on a processor without support here
	Kernel       Reason = "kernel"            // older than Linux 5.9, or built without seccomp's user notification
	Forbidden    Reason = "forbidden"         // a sandbox forbids seccomp(2) or no_new_privs
	Nested       Reason = "nested"            // a filter above this process has a supervisor already
	SetUserID    Reason = "set_user_id"       // the program changes its user or group when it is executed
	Capabilities Reason = "file_capabilities" // the program gets capabilities when it is executed
	Trace        Reason = "ptrace"            // the supervisor may not read the process (Yama, or another user's)
	Unanswered   Reason = "unanswered"        // the supervisor did not take the descriptor
	Lost         Reason = "lost"              // no one held the descriptor for a while: bind and listen fail with ENOSYS
)
