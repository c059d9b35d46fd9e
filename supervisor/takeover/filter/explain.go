package filter

// Explain says in words why a process runs without takeover; it is empty for
// one that runs with it.
func Explain(r Reason) string {
	switch r {
	case Taken:
		return ""
	case Off:
		return "takeover = false turned it off"
	case System:
		return "it needs Linux"
	case Architecture:
		return "it needs a processor of amd64, arm64, arm or riscv64"
	case Kernel:
		return "it needs Linux 5.9 or later with user notification of seccomp"
	case Forbidden:
		return "a sandbox forbids seccomp or no_new_privs"
	case Nested:
		return "this supervisor is itself supervised with takeover, and there is one such filter for a process"
	case SetUserID:
		return "the program changes its user or group when it is executed, which the filter would prevent"
	case Capabilities:
		return "the program gets capabilities when it is executed, which the filter would prevent"
	case Trace:
		return "the supervisor may not read the process (ptrace_scope, or another user's)"
	case Unanswered:
		return "the supervisor was too slow to take the filter; the next start tries again"
	case Lost:
		return "supervisor and keeper were both gone for a while; a restart brings it back"
	}
	return string(r)
}
