package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// nfpm makes the packages; it is a program of its own, so that this module
// does not depend on all that it can do.
const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2"

// extras makes what the packages hold beside the binary: manual pages and
// completions. The binary of this machine writes them.
func extras(ctx context.Context, dir string) error {
	host := target{name: "this machine", os: runtime.GOOS, arch: runtime.GOARCH}
	program := filepath.Join(dir, "ammarctl")
	if err := goBuild(ctx, host, "", "./cmd/ammarctl", program); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, program, "man", "-o", filepath.Join(dir, "man")).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot write the manual pages: %w: %s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "man", "*.1"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		if err := compress(page); err != nil {
			return err
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script, err := exec.CommandContext(ctx, program, "completion", shell).Output()
		if err != nil {
			return fmt.Errorf("cannot write the completion for %s: %w", shell, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "completion."+shell), script, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// changelog is what a Debian package has to have, compressed; what has changed
// is in the repository.
func changelog(path string, o origin) error {
	text := fmt.Sprintf("ammarctl (%s) stable; urgency=medium\n\n  * Built from this version of the repository, "+
		"whose log says what has changed.\n\n -- %s  %s\n",
		strings.TrimPrefix(o.version, "v"), maintainer, o.time.Format(time.RFC1123Z))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	return compress(path)
}

// notices puts into work what a Debian package says of licences.
func notices(dir, work string) error {
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return fmt.Errorf("cannot read the project's own licence: %w", err)
	}
	if err := os.WriteFile(filepath.Join(work, "copyright"), []byte(copyright(string(own))), 0o644); err != nil {
		return err
	}
	all, err := os.ReadFile(filepath.Join(dir, licencesName))
	if err != nil {
		return err
	}
	path := filepath.Join(work, licencesName)
	if err := os.WriteFile(path, all, 0o644); err != nil {
		return err
	}
	return compress(path)
}

const maintainer = "The ammarctl project <ammarctl@localhost>"

// compress replaces a file by path.gz, without its name and time in it.
func compress(path string) (err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := os.Create(path + ".gz")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	return errors.Join(z.Close(), os.Remove(path))
}

// content is a file of a package.
type content struct {
	Src      string   `json:"src"`
	Dst      string   `json:"dst"`
	FileInfo fileInfo `json:"file_info"`
}

type fileInfo struct {
	Mode  int       `json:"mode"`
	MTime time.Time `json:"mtime"`
}

// description is nfpm's configuration of one package; JSON is YAML too.
func description(t target, format, dir, extras string, o origin) ([]byte, error) {
	arch := t.deb
	if format == "rpm" {
		arch = t.rpm
	}
	add := func(list []content, src, dst string, mode int) []content {
		return append(list, content{src, dst, fileInfo{mode, o.time}})
	}
	list := add(nil, filepath.Join(dir, t.file()), "/usr/bin/ammarctl", 0o755)
	pages, err := filepath.Glob(filepath.Join(extras, "man", "*.gz"))
	if err != nil {
		return nil, err
	}
	for _, page := range pages {
		list = add(list, page, "/usr/share/man/man1/"+filepath.Base(page), 0o644)
	}
	list = add(list, filepath.Join(extras, "completion.bash"), "/usr/share/bash-completion/completions/ammarctl", 0o644)
	if format == "deb" {
		list = add(list, filepath.Join(extras, "changelog.gz"), "/usr/share/doc/ammarctl/changelog.Debian.gz", 0o644)
		list = add(list, filepath.Join(extras, "copyright"), "/usr/share/doc/ammarctl/copyright", 0o644)
		list = add(list, filepath.Join(extras, licencesName+".gz"), "/usr/share/doc/ammarctl/"+licencesName+".gz", 0o644)
	} else {
		list = add(list, filepath.Join(dir, licencesName), "/usr/share/licenses/ammarctl/"+licencesName, 0o644)
	}
	zsh := "/usr/share/zsh/site-functions/_ammarctl"
	if format == "deb" {
		zsh = "/usr/share/zsh/vendor-completions/_ammarctl"
	}
	list = add(list, filepath.Join(extras, "completion.zsh"), zsh, 0o644)
	list = add(list, filepath.Join(extras, "completion.fish"), "/usr/share/fish/vendor_completions.d/ammarctl.fish", 0o644)
	return json.MarshalIndent(map[string]any{
		"name": "ammarctl", "arch": arch, "platform": "linux", "version": strings.TrimPrefix(o.version, "v"),
		"section": "net", "priority": "optional", "mtime": o.time,
		"maintainer":  maintainer,
		"license":     "MIT",
		"description": "Run several services on one machine, and see what they do\n" + longDescription,
		"contents":    list,
		"rpm": map[string]any{"buildhost": "localhost", "group": "System Environment/Daemons",
			"summary": "Run several services on one machine, and see what they do"},
	}, "", "  ")
}

const longDescription = `ammarctl launches small web services, each its own process on its own port,
keeps them alive and shows in the terminal what they do. It comes with
services that share folders and show cameras, and needs no privileges.`

// packAll makes the packages of the targets that have some.
func packAll(ctx context.Context, chosen []target, dir string, o origin) error {
	work, err := os.MkdirTemp("", "ammarctl-packages-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := extras(ctx, work); err != nil {
		return err
	}
	if err := changelog(filepath.Join(work, "changelog"), o); err != nil {
		return err
	}
	if err := notices(dir, work); err != nil {
		return err
	}
	for _, t := range chosen {
		for format, arch := range map[string]string{"deb": t.deb, "rpm": t.rpm} {
			if arch == "" {
				continue
			}
			if err := pack(ctx, t, format, dir, work, o); err != nil {
				return fmt.Errorf("cannot make the %s for %s: %w", format, t.name, err)
			}
		}
	}
	return nil
}

func pack(ctx context.Context, t target, format, dir, work string, o origin) error {
	text, err := description(t, format, dir, work, o)
	if err != nil {
		return err
	}
	config := filepath.Join(work, t.name+"."+format+".yaml")
	if err := os.WriteFile(config, text, 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "run", nfpm, "package", "--config", config, "--packager", format, "--target",
		dir)
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", o.time.Unix()))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
