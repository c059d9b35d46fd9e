package program

import (
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/internal/explain"
)

const elfMagic = "\x7fELF"

// checkELF tells whether a file in the Executable and Linkable Format is for
// this machine, and has its loader here.
func checkELF(name string, head []byte) error {
	h := elf{head}
	if runtime.GOOS != "linux" {
		return explain.Errorf("program-not-executable", "cannot run %s: it is a program for Linux", name)
	}
	if built := h.machine(); built != "" && !slices.Contains(runs(), built) {
		return foreignFormat(name, "it is a program for "+built+", and this machine is "+runtime.GOARCH)
	}
	if loader := h.loader(); loader != "" {
		if _, err := os.Stat(loader); os.IsNotExist(err) {
			return explain.Errorf("program-not-found", "cannot run %s: its loader %s does not exist; "+
				"it was built for a system with another C library", name, loader)
		}
	}
	return nil
}

// runs lists the processors whose programs may run here.
func runs() []string {
	also := map[string]string{"amd64": "386", "arm64": "arm", "mips64": "mips", "mipsle": "mips", "mips64le": "mips",
		"ppc64le": "ppc64"}
	return []string{runtime.GOARCH, also[runtime.GOARCH]}
}

// foreignFormat is the error of a file that is of no format of this machine.
// Where other formats were registered, the system may run it all the same.
func foreignFormat(name, why string) error {
	entries, _ := os.ReadDir("/proc/sys/fs/binfmt_misc")
	for _, e := range entries {
		if e.Name() != "register" && e.Name() != "status" {
			return nil
		}
	}
	return explain.Errorf("program-not-executable", "cannot run %s: %s", name, why)
}

// elf is the head of a file, see elf(5).
type elf struct{ head []byte }

// machine is the processor, as Go calls it; empty for one that is not known.
func (e elf) machine() string {
	return map[uint64]string{3: "386", 62: "amd64", 40: "arm", 183: "arm64", 243: "riscv64", 8: "mips", 20: "ppc",
		21: "ppc64", 22: "s390x", 258: "loong64"}[e.number(18, 2)]
}

// loader is the path of the program's dynamic loader; empty where it has none,
// or none is in the head.
func (e elf) loader() string {
	const interpreter = 3 // PT_INTERP
	table, size, count, offset, length := e.number(28, 4), e.number(42, 2), e.number(44, 2), uint64(4), uint64(16)
	width := 4
	if e.is64() {
		table, size, count, offset, length = e.number(32, 8), e.number(54, 2), e.number(56, 2), 8, 32
		width = 8
	}
	for i := range count {
		at := table + i*size
		if e.number(at, 4) != interpreter {
			continue
		}
		from, n := e.number(at+offset, width), e.number(at+length, width)
		if from > uint64(len(e.head)) || n > uint64(len(e.head))-from {
			return ""
		}
		return strings.TrimRight(string(e.head[from:from+n]), "\x00")
	}
	return ""
}

func (e elf) is64() bool { return e.number(4, 1) == 2 }

// number is an integer of n bytes in the file's byte order; 0 beyond the head.
func (e elf) number(at uint64, n int) (v uint64) {
	if at > uint64(len(e.head)) || uint64(n) > uint64(len(e.head))-at {
		return 0
	}
	for i := range n {
		b := e.head[at+uint64(i)]
		if len(e.head) > 5 && e.head[5] == 2 { // big endian
			v = v<<8 | uint64(b)
		} else {
			v |= uint64(b) << (8 * i)
		}
	}
	return v
}
