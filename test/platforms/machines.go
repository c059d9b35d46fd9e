//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// machine is one that is emulated.
type machine struct {
	name     string
	env      []string
	emulator string
	// magic and mask tell its programs by the first 20 bytes of their ELF
	// header, see elf(5): class, byte order, type and machine.
	class, machine byte
	quick          bool // is tried by -quick too
}

func machines(quick bool) []machine {
	all := []machine{
		{"linux-arm64", []string{"GOARCH=arm64"}, "qemu-aarch64-static", 2, 0xb7, true},
		{"linux-armv7", []string{"GOARCH=arm", "GOARM=7"}, "qemu-arm-static", 1, 0x28, true},
		{"linux-armv6", []string{"GOARCH=arm", "GOARM=6"}, "qemu-arm-static", 1, 0x28, false},
		{"linux-mipsle", []string{"GOARCH=mipsle", "GOMIPS=softfloat"}, "qemu-mipsel-static", 1, 0x08, false},
		{"linux-riscv64", []string{"GOARCH=riscv64"}, "qemu-riscv64-static", 2, 0xf3, false},
	}
	if !quick {
		return all
	}
	var chosen []machine
	for _, m := range all {
		if m.quick {
			chosen = append(chosen, m)
		}
	}
	return chosen
}

// binary is where the program for a machine is.
func (m machine) binary(work string) string { return filepath.Join(work, "ammarctl-"+m.name) }

// build makes the programs, or takes those of a release.
func build(list []machine, work, dist string) error {
	for _, m := range list {
		if dist != "" {
			content, err := os.ReadFile(filepath.Join(dist, "ammarctl-"+m.name))
			if err != nil {
				return err
			}
			if err := os.WriteFile(m.binary(work), content, 0o755); err != nil {
				return err
			}
			continue
		}
		cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", m.binary(work), "./cmd/ammarctl")
		cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux"), m.env...)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("cannot build for %s: %w", m.name, err)
		}
	}
	return nil
}

// register has the kernel start the machine's programs by its emulator, in
// this namespace, see binfmt_misc in the kernel's documentation.
func register(m machine) error {
	const folder = "/proc/sys/fs/binfmt_misc"
	if _, err := os.Stat(folder + "/register"); err != nil {
		if err := unix.Mount("binfmt_misc", folder, "binfmt_misc", 0, ""); err != nil {
			return fmt.Errorf("cannot mount binfmt_misc, which takes Linux 6.7 or later: %w", err)
		}
	}
	emulator, err := exec.LookPath(m.emulator)
	if err != nil {
		return fmt.Errorf("%w: install qemu-user-static", err)
	}
	entry := folder + "/" + m.emulator
	if _, err := os.Stat(entry); err == nil {
		return nil
	}
	magic := []byte{0x7f, 'E', 'L', 'F', m.class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, m.machine, 0}
	mask := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff,
		0xff, 0xff}
	text := fmt.Sprintf(":%s:M::%s:%s:%s:F", m.emulator, escape(magic), escape(mask), emulator)
	return os.WriteFile(folder+"/register", []byte(text), 0o200)
}

func escape(bytes []byte) string {
	text := ""
	for _, b := range bytes {
		text += fmt.Sprintf(`\x%02x`, b)
	}
	return text
}
