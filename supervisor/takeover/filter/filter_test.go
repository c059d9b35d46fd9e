//go:build linux && (amd64 || arm64 || arm || riscv64)

package filter

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/net/bpf"
)

// decide runs the filter for a processor, as the kernel does, about a call.
func decide(t *testing.T, goarch string, audit, number, first uint32) uint32 {
	t.Helper()
	var program []bpf.Instruction
	for _, i := range Program(goarch) {
		program = append(program, bpf.RawInstruction{Op: i.Code, Jt: i.Jt, Jf: i.Jf, K: i.K}.Disassemble())
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 64) // struct seccomp_data; the machine of this package reads big-endian words
	binary.BigEndian.PutUint32(data[0:], number)
	binary.BigEndian.PutUint32(data[4:], audit)
	binary.BigEndian.PutUint32(data[16:], first)
	result, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(result)
}

func TestTheFilterReportsBindAndListenOnly(t *testing.T) {
	const x86, i386, arm64, arm, riscv = 0xc000003e, 0x40000003, 0xc00000b7, 0x40000028, 0xc00000f3
	for _, c := range []struct {
		goarch               string
		audit, number, first uint32
		reported             bool
	}{
		{"amd64", x86, 49, 0, true},
		{"amd64", x86, 50, 0, true},
		{"amd64", x86, 51, 0, false},
		{"amd64", x86, 0, 0, false},
		{"amd64", x86, 0x40000000 + 49, 0, false}, // x32
		{"amd64", x86, 361, 0, false},
		{"amd64", i386, 361, 0, true},
		{"amd64", i386, 363, 0, true},
		{"amd64", i386, 49, 0, false},
		{"amd64", i386, 102, SocketCallBind, true},
		{"amd64", i386, 102, SocketCallListen, true},
		{"amd64", i386, 102, 3, false},
		{"amd64", arm64, 200, 0, false},
		{"arm64", arm64, 200, 0, true},
		{"arm64", arm64, 201, 0, true},
		{"arm64", arm64, 202, 0, false},
		{"arm64", arm, 282, 0, true},
		{"arm64", arm, 284, 0, true},
		{"arm64", arm, 200, 0, false},
		{"arm", arm, 282, 0, true},
		{"arm", arm, 284, 0, true},
		{"arm", arm, 283, 0, false},
		{"arm", arm64, 201, 0, true},
		{"riscv64", riscv, 200, 0, true},
		{"riscv64", riscv, 201, 0, true},
		{"riscv64", riscv, 63, 0, false},
		{"riscv64", arm64, 200, 0, false},
	} {
		got, want := decide(t, c.goarch, c.audit, c.number, c.first), uint32(retAllow)
		if c.reported {
			want = retNotify
		}
		if got != want {
			t.Errorf("%s: call %d(%d) of interface %#x gives %#x, want %#x", c.goarch, c.number, c.first, c.audit, got, want)
		}
	}
	if Program("mipsle") != nil {
		t.Error("there is a filter for a processor without support")
	}
}

func TestProgramsThatGainRightsAreTold(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for name, text := range map[string]string{
		"plain": "#!/bin/sh\necho hello\n", "raised": "program", "sudo": "program", "grouped": "program",
		"calls":  "#!" + filepath.Join(dir, "plain") + "\ncd /\nsudo -u x server\n",
		"says":   "#!" + filepath.Join(dir, "plain") + "\necho pseudo-sudo.sh\n",
		"script": "#!" + filepath.Join(dir, "raised") + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]os.FileMode{
		"raised": os.ModeSetuid | 0o755, "sudo": os.ModeSetuid | 0o755, "grouped": os.ModeSetgid | 0o755,
	} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		argv []string
		want Reason
	}{
		{[]string{"plain"}, Taken},
		{[]string{"absent"}, Taken},
		{[]string{filepath.Join(dir, "plain")}, Taken},
		{[]string{"raised"}, SetUserID},
		{[]string{"grouped"}, SetUserID},
		{[]string{"sudo", "plain"}, SetUserID},
		{[]string{"plain", "-c", "cd x && sudo y"}, SetUserID},
		{[]string{"plain", "-c", "cd x && pseudo y"}, Taken},
		{[]string{"calls"}, SetUserID},
		{[]string{"says"}, Taken},
		{[]string{"script"}, SetUserID},
		{nil, Taken},
	} {
		if got := obstacle(c.argv); got != c.want {
			t.Errorf("%v: %q, want %q", c.argv, got, c.want)
		}
	}
}

func TestThisMachineIsProbedWithoutAFilterLeftBehind(t *testing.T) {
	reason := Probe()
	t.Logf("reason %q", reason)
	for range 8 { // a second filter with a descriptor would be refused
		if again := Probe(); again != reason {
			t.Fatalf("the next probe gives %q, the first gave %q", again, reason)
		}
	}
}
