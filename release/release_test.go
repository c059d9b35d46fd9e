package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheBillOfMaterialsListsWhatABinaryConsistsOf(t *testing.T) {
	program, err := os.Executable() // a Go binary with dependencies' names in it
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	b, err := describe(filepath.Dir(program), []string{filepath.Base(program)}, origin{"v1.2.3", at})
	if err != nil {
		t.Fatal(err)
	}
	if b.Format != "CycloneDX" || b.Metadata.Timestamp != "2026-01-02T02:04:05Z" ||
		b.Metadata.Component.Version != "v1.2.3" {
		t.Errorf("it begins with %+v", b)
	}
	refs := map[string]bool{"ammarctl": true}
	std := false
	for _, c := range b.Components {
		refs[c.Ref] = true
		std = std || c.Name == "std" && strings.HasPrefix(c.PURL, "pkg:golang/std@1.")
	}
	if !std {
		t.Error("Go's own library is not listed")
	}
	for _, d := range b.Dependencies {
		for _, ref := range append(d.DependsOn, d.Ref) {
			if !refs[ref] {
				t.Errorf("%s is depended on and not listed", ref)
			}
		}
	}
	again, err := describe(filepath.Dir(program), []string{filepath.Base(program)}, origin{"v1.2.3", at})
	if err != nil || again.SerialNumber != b.SerialNumber {
		t.Errorf("the same files have the serial numbers %s and %s (%v)", b.SerialNumber, again.SerialNumber, err)
	}
}

func TestSumsAreReadBySha256sum(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ammarctl-b", "ammarctl-a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time there is a file of sums, which has none
		if err := writeSums(dir); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, sumsName))
	if err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), "  ammarctl-a\n") {
		t.Errorf("%v: %s", err, text)
	}
	check := exec.Command("sha256sum", "--check", "--strict", sumsName)
	check.Dir = dir
	if check.Err != nil {
		t.Skip(check.Err)
	}
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestAReleaseRemovesOnlyWhatAReleaseHasLeft(t *testing.T) {
	dir := t.TempDir()
	put := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old, mine := put("ammarctl-linux-amd64"), put("thesis.tex")
	if err := clear(dir); err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("somebody's folder: %v", err)
	}
	if _, err := os.Stat(old); err != nil {
		t.Error("it removed something although it refused")
	}
	if err := os.Remove(mine); err != nil {
		t.Fatal(err)
	}
	if err := clear(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("the old release is still there")
	}
}

func TestTargetsAreChosenByName(t *testing.T) {
	list, err := choose("linux-mipsle,windows-amd64")
	if err != nil || len(list) != 2 || list[1].file() != "ammarctl-windows-amd64.exe" {
		t.Errorf("%v %v", list, err)
	}
	if _, err := choose("linux-amd46"); err == nil || !strings.Contains(err.Error(), "linux-amd64") {
		t.Errorf("a name that is none: %v", err)
	}
}

func TestAPackageHoldsTheProgramForItsMachine(t *testing.T) {
	extras := t.TempDir()
	if err := os.MkdirAll(filepath.Join(extras, "man"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(extras, "man", "ammarctl.1.gz"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	list, err := choose("linux-armv6")
	if err != nil {
		t.Fatal(err)
	}
	text, err := description(list[0], "deb", "/out", extras, origin{"v0.0.0-20260102030405-abcdef123456", time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Arch, Version string
		Contents      []content
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Arch != "arm6" || got.Version != "0.0.0-20260102030405-abcdef123456" {
		t.Errorf("got %+v", got)
	}
	where := map[string]content{}
	for _, c := range got.Contents {
		where[c.Dst] = c
	}
	if c := where["/usr/bin/ammarctl"]; c.Src != "/out/ammarctl-linux-armv6" || c.FileInfo.Mode != 0o755 {
		t.Errorf("the program: %+v", c)
	}
	for _, notice := range []string{"copyright", licencesName + ".gz"} {
		if where["/usr/share/doc/ammarctl/"+notice].Src == "" {
			t.Errorf("%s is missing: %+v", notice, where)
		}
	}
	if where["/usr/share/man/man1/ammarctl.1.gz"].Src == "" ||
		where["/usr/share/bash-completion/completions/ammarctl"].Src == "" {
		t.Errorf("manual or completion is missing: %+v", where)
	}
}

func TestALicenceIsFoundUnderAnyOfItsNamesAndNoneIsAnError(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("main.go", "package main")
	if _, err := licencesIn(dir); err == nil || !strings.Contains(err.Error(), "expected a licence") {
		t.Errorf("without a licence: %v", err)
	}
	put("LICENSE", "all rights to everybody\n\n")
	put("NOTICE.txt", "made by somebody")
	got, err := licencesIn(dir)
	if want := "all rights to everybody\nmade by somebody\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestTheLicenceIsSaidAsDebianReadsIt(t *testing.T) {
	licence, err := os.ReadFile("../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	text := copyright(string(licence))
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, " ") && !strings.Contains(line, ": ") {
			t.Errorf("%q is neither a field nor goes on with one", line)
		}
	}
	for _, want := range []string{"\nCopyright: 20", "\nLicense: Expat\n Permission is hereby granted", "\n .\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("expected %q in %s", want, text)
		}
	}
}
