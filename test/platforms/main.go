//go:build linux

// Command platforms tries the binaries for other machines under qemu-user;
// test/platforms/run starts it.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	quick := flag.Bool("quick", false, "few machines")
	dist := flag.String("dist", "", "take the binaries of a release in this folder")
	write := flag.Bool("write", false, "put the table into docs/platforms.md")
	building := flag.Bool("build", false, "only build")
	work := flag.String("work", "", "folder for everything")
	flag.Parse()
	list := machines(*quick)
	var err error
	if *building {
		err = build(list, *work, *dist)
	} else {
		err = tryAll(list, *work, *write)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "platforms:", err)
		os.Exit(1)
	}
}

func tryAll(list []machine, work string, write bool) error {
	if err := loopback(); err != nil {
		return fmt.Errorf("cannot bring up the loopback interface: %w", err)
	}
	var results []result
	failed := 0
	for _, m := range list {
		if err := register(m); err != nil {
			return err
		}
		r := try(m, work)
		for _, s := range r.steps {
			if s.err != nil {
				failed++
			}
		}
		results = append(results, r)
	}
	text := table(results)
	fmt.Print(text)
	if write {
		if err := replace("docs/platforms.md", text); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d steps failed", failed)
	}
	return nil
}

// loopback brings up the only interface of a new network namespace.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	req, err := unix.NewIfreq(lo.Name)
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

func outcome(err error) string {
	if err == nil {
		return "yes"
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func table(results []result) string {
	var b strings.Builder
	b.WriteString("| binary | size | ready | memory |")
	for _, s := range results[0].steps {
		fmt.Fprintf(&b, " %s |", s.name)
	}
	b.WriteString("\n| --- | ---: | ---: | ---: |" + strings.Repeat(" --- |", len(results[0].steps)) + "\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %.1f MB | %.1f s | %.0f MiB |", r.machine.name, float64(r.size)/1e6, r.ready.Seconds(),
			float64(r.memory)/(1<<20))
		for _, s := range r.steps {
			fmt.Fprintf(&b, " %s |", strings.ReplaceAll(outcome(s.err), "|", `\|`))
		}
		b.WriteString("\n")
	}
	return b.String()
}

const (
	begin = "<!-- Written by: test/platforms/run -write -->\n"
	end   = "<!-- up to here -->\n"
)

// replace puts a text between the markers of a file.
func replace(path, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no %q and %q", path, begin, end)
	}
	return os.WriteFile(path, []byte(before+begin+text+end+after), 0o644)
}
