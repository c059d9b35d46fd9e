// Command release builds what people download: one static binary for each
// kind of machine, packages for Debian and for those that take RPM, a bill of
// materials, the licences of all that is in them, and checksums. Two runs on the same commit give the same bytes,
// wherever they are, with the same Go and the same C compilers.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	out := flag.String("out", "dist", "folder for the files; what is in it is removed")
	names := flag.String("targets", "", "some of "+known())
	plain := flag.Bool("no-cc", false, "build without C compilers: cameras are then listed without go4vl, which "+
		"needs one, and work the same")
	packages := flag.Bool("packages", true, "make .deb and .rpm too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := release(ctx, *out, *names, *plain, *packages); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func release(ctx context.Context, out, names string, plain, packages bool) error {
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	if plain {
		for i := range chosen {
			chosen[i].cc = ""
		}
	}
	if absent := missing(chosen); len(absent) > 0 {
		return fmt.Errorf("missing C compilers: %s; Debian has them as gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf "+
			"gcc-arm-linux-gnueabi gcc-riscv64-linux-gnu, or build without them by -no-cc", strings.Join(absent, " "))
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if err := clear(out); err != nil {
		return err
	}
	if err := buildAll(ctx, chosen, out); err != nil {
		return err
	}
	o, err := originOf(filepath.Join(out, chosen[0].file()))
	if err != nil {
		return err
	}
	var files []string
	for _, t := range chosen {
		files = append(files, t.file())
	}
	if err := writeLicences(ctx, out, files); err != nil {
		return err
	}
	if packages {
		if err := packAll(ctx, chosen, out, o); err != nil {
			return err
		}
	}
	if err := writeBOM(out, files, o); err != nil {
		return err
	}
	if err := writeSums(out); err != nil {
		return err
	}
	fmt.Printf("version %s, in %s\n", o.version, out)
	return nil
}

// clear empties a folder of what a release before has left there; anything
// else in it is an error.
func clear(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "ammarctl") && e.Name() != sumsName {
			return fmt.Errorf("there is %s in %s, which no release has left there; name another folder with -out", e.Name(), dir)
		}
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
