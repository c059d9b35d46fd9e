// Command v4l2 checks the camera service in a virtual machine that test/v4l2/run
// has started: it looks at what is served from outside, and pulls the camera's
// plug through the guest's serial line.
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "ports":
		if err := printFreePorts(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) >= 7 && os.Args[1] == "run":
		keep := ""
		if len(os.Args) > 7 {
			keep = os.Args[7]
		}
		os.Exit(run([3]string(os.Args[2:5]), os.Args[5], os.Args[6], keep))
	case len(os.Args) == 4 && os.Args[1] == "feed":
		if err := feed(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: v4l2 ports | v4l2 feed DEVICE RATE | v4l2 run ADDRESS ADDRESS ADDRESS CONSOLE "+
			"LOG [FOLDER]; see test/v4l2/run")
		os.Exit(2)
	}
}

// printFreePorts prints three ports of the loopback that are free at the moment.
func printFreePorts() error {
	for range 3 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer ln.Close()
		fmt.Print(ln.Addr().(*net.TCPAddr).Port, " ")
	}
	fmt.Println()
	return nil
}

// report counts and prints the checks.
type report struct {
	passed, failed int
	started        time.Time
}

// check prints one line. err says what was expected and what came.
func (r *report) check(name string, err error, measured ...any) bool {
	at := time.Since(r.started).Seconds()
	if err != nil {
		r.failed++
		fmt.Printf("FAIL %6.1fs  %s: %v\n", at, name, err)
		return false
	}
	r.passed++
	fmt.Printf("ok   %6.1fs  %s", at, name)
	if len(measured) > 0 {
		fmt.Printf(" (%s)", fmt.Sprint(measured...))
	}
	fmt.Println()
	return true
}

func run(addresses [3]string, console, log, keep string) int {
	r := &report{started: time.Now()}
	guest, err := attach(console, log)
	if err == nil {
		err = guest.waitFor("guest ready", 180*time.Second)
	}
	if !r.check("the guest boots", err) {
		return r.end()
	}
	defer guest.close()
	t := &trial{report: r, guest: guest, keep: keep,
		first: service{addresses[0]}, second: service{addresses[1]}, third: service{addresses[2]}}
	t.all()
	if r.failed > 0 {
		logs, err := guest.shell("tail -n 30 /tmp/first.log /tmp/second.log /tmp/third.log")
		fmt.Fprintln(os.Stderr, logs, err)
	}
	return r.end()
}

func (r *report) end() int {
	fmt.Printf("%d passed, %d failed\n", r.passed, r.failed)
	if r.failed > 0 || r.passed == 0 {
		return 1
	}
	return 0
}
