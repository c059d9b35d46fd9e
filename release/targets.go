package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// target is one machine that ammarctl is built for.
type target struct {
	name string // as in ammarctl-NAME
	os   string
	arch string
	env  []string // GOARM and such
	// cc is the C compiler for go4vl, which lists cameras; empty: the binary is
	// built without cgo, and lists them by itself.
	cc string
	// deb and rpm are what nfpm calls the architecture; empty: no package.
	deb, rpm string
}

// targets are all of them. ARMv6 code runs on every Raspberry Pi, so that is
// what the packages for armhf hold; its C library is the one for ARM without
// VFP, since Debian's armhf is ARMv7.
func targets() []target {
	return []target{
		{name: "linux-amd64", os: "linux", arch: "amd64", cc: "gcc", deb: "amd64", rpm: "amd64"},
		{name: "linux-arm64", os: "linux", arch: "arm64", cc: "aarch64-linux-gnu-gcc", deb: "arm64", rpm: "arm64"},
		{name: "linux-armv7", os: "linux", arch: "arm", env: []string{"GOARM=7"}, cc: "arm-linux-gnueabihf-gcc", rpm: "arm7"},
		{name: "linux-armv6", os: "linux", arch: "arm", env: []string{"GOARM=6"}, cc: "arm-linux-gnueabi-gcc", deb: "arm6",
			rpm: "arm6"},
		{name: "linux-mipsle", os: "linux", arch: "mipsle", env: []string{"GOMIPS=softfloat"}, deb: "mipsle"},
		{name: "linux-riscv64", os: "linux", arch: "riscv64", cc: "riscv64-linux-gnu-gcc", deb: "riscv64", rpm: "riscv64"},
		{name: "darwin-amd64", os: "darwin", arch: "amd64"},
		{name: "darwin-arm64", os: "darwin", arch: "arm64"},
		{name: "windows-amd64", os: "windows", arch: "amd64"},
	}
}

// file is the name of the target's binary.
func (t target) file() string {
	if t.os == "windows" {
		return "ammarctl-" + t.name + ".exe"
	}
	return "ammarctl-" + t.name
}

// choose picks targets by name, all when names is empty.
func choose(names string) ([]target, error) {
	if names == "" {
		return targets(), nil
	}
	var chosen []target
next:
	for name := range strings.SplitSeq(names, ",") {
		for _, t := range targets() {
			if t.name == name {
				chosen = append(chosen, t)
				continue next
			}
		}
		return nil, fmt.Errorf("no target is called %q; expected some of %s", name, known())
	}
	return chosen, nil
}

func known() string {
	var names []string
	for _, t := range targets() {
		names = append(names, t.name)
	}
	return strings.Join(names, ",")
}

// missing lists the C compilers that are not installed.
func missing(chosen []target) []string {
	var names []string
	for _, t := range chosen {
		if t.cc == "" {
			continue
		}
		if _, err := exec.LookPath(t.cc); err != nil {
			names = append(names, t.cc)
		}
	}
	return names
}
