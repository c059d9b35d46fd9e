package filter

// Instruction is one of classic BPF, struct sock_filter.
type Instruction struct {
	Code   uint16
	Jt, Jf uint8
	K      uint32
}

// Arch is a system call interface, as seccomp names it.
type Arch struct {
	Audit        uint32 // AUDIT_ARCH_*
	Bind, Listen uint32 // numbers of the calls
	SocketCall   uint32 // number of socketcall(2), 0 where there is none
	Wide         bool   // its pointers have 64 bits
}

// The first argument of socketcall(2).
const (
	SocketCallBind   = 2
	SocketCallListen = 4
)

// Archs lists the interfaces whose calls are reported by a launcher built for
// goarch; nil where takeover is unsupported. A 64-bit kernel may also run
// 32-bit programs. Calls through any other interface (x32, OABI) are allowed
// and go unseen.
func Archs(goarch string) []Arch {
	switch goarch {
	case "amd64":
		return []Arch{
			{Audit: 0xc000003e, Bind: 49, Listen: 50, Wide: true},
			{Audit: 0x40000003, Bind: 361, Listen: 363, SocketCall: 102},
		}
	case "arm64", "arm":
		return []Arch{
			{Audit: 0xc00000b7, Bind: 200, Listen: 201, Wide: true},
			{Audit: 0x40000028, Bind: 282, Listen: 284},
		}
	case "riscv64":
		return []Arch{{Audit: 0xc00000f3, Bind: 200, Listen: 201, Wide: true}}
	}
	return nil
}

// Classic BPF, and what a seccomp filter returns.
const (
	bpfLoad  = 0x20 // BPF_LD | BPF_W | BPF_ABS
	bpfEqual = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	bpfRet   = 0x06 // BPF_RET | BPF_K

	retNotify = 0x7fc00000 // SECCOMP_RET_USER_NOTIF
	retAllow  = 0x7fff0000 // SECCOMP_RET_ALLOW

	// Offsets in struct seccomp_data; the processors here are little-endian.
	offNumber, offArch, offFirstArg = 0, 4, 16
)

// Program is the filter for a launcher built for goarch; nil where takeover is
// unsupported. For every call that it allows it looks at the interface and the
// number only: the kernel knows such calls in advance and skips the filter.
func Program(goarch string) []Instruction {
	archs := Archs(goarch)
	if archs == nil {
		return nil
	}
	program := []Instruction{{Code: bpfLoad, K: offArch}}
	for _, a := range archs {
		body := callsOf(a)
		program = append(program, Instruction{Code: bpfEqual, K: a.Audit, Jf: uint8(len(body))})
		program = append(program, body...)
	}
	return append(program, Instruction{Code: bpfRet, K: retAllow})
}

// callsOf decides about the calls of one interface, and returns in any case.
func callsOf(a Arch) []Instruction {
	allow, notify := Instruction{Code: bpfRet, K: retAllow}, Instruction{Code: bpfRet, K: retNotify}
	if a.SocketCall == 0 {
		return []Instruction{
			{Code: bpfLoad, K: offNumber},
			{Code: bpfEqual, K: a.Bind, Jt: 2},
			{Code: bpfEqual, K: a.Listen, Jt: 1},
			allow,
			notify,
		}
	}
	return []Instruction{
		{Code: bpfLoad, K: offNumber},
		{Code: bpfEqual, K: a.Bind, Jt: 6},
		{Code: bpfEqual, K: a.Listen, Jt: 5},
		{Code: bpfEqual, K: a.SocketCall, Jf: 3},
		{Code: bpfLoad, K: offFirstArg},
		{Code: bpfEqual, K: SocketCallBind, Jt: 2},
		{Code: bpfEqual, K: SocketCallListen, Jt: 1},
		allow,
		notify,
	}
}
