package program

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWhyAProgramCannotBeExecuted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the files of this test are for Linux")
	}
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	other := self[:headSize:headSize]
	other[18], other[19] = 22, 0 // s390x
	if runtime.GOARCH == "s390x" {
		other[18], other[19] = 0, 62
	}
	write("other", string(other), 0o755)
	write("good", "#!/bin/sh\n", 0o755)
	write("env", "#!/usr/bin/env sh\n", 0o755)
	write("env-s", "#!/usr/bin/env -S sh -e\n", 0o755)
	write("crlf", "#!/bin/sh\r\necho\r\n", 0o755)
	write("missing-interpreter", "#!/usr/bin/python9 -u\n", 0o755)
	write("missing-env", "#!/usr/bin/env python9\n", 0o755)
	write("folder-interpreter", "#!/usr\n", 0o755)
	write("no-interpreter", "#!\n", 0o755)
	write("bom", "\ufeff#!/bin/sh\n", 0o755)
	write("plain.py", "print()\n", 0o755)
	write("plain", "print()\n", 0o755)
	write("empty", "", 0o755)
	write("windows.exe", "MZ\x90", 0o755)
	write("not-executable.py", "print()\n", 0o644)
	write("not-executable", "#!/bin/sh\n", 0o644)
	write("bin/tool", "#!/bin/sh\n", 0o755)
	write("bin/folder/x", "", 0o755)
	write("bin/only-data", "#!/bin/sh\n", 0o644)
	if err := os.Symlink("/no/such/target", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	place := Place{Dir: dir, Path: "/no/such/folder:" + filepath.Join(dir, "bin") + ":/usr/bin:/bin"}
	for name, want := range map[string]string{
		"./good": "", "./env": "", "./env-s": "", "tool": "", "sh": "", "/bin/sh": "",
		"./absent":              "no such file, seen from " + dir + " [program-not-found]",
		"absent":                "no such program in PATH; name it with its path",
		"good":                  "no such program in PATH; for the file in " + dir + ", write ./good",
		"sh x.sh":               `in a list, the program "sh" and each argument have quotes of their own`,
		"only-data":             "it is not executable; chmod +x makes it so",
		"./bin":                 "it is a directory; name the program in it [program-not-executable]",
		"folder":                "no such program in PATH",
		"./link":                "it is a link to /no/such/target, which does not exist",
		"./crlf":                `CRLF), so the system looks for "/bin/sh\r"; convert it: sed -i 's/\r$//' ./crlf`,
		"./missing-interpreter": "its interpreter /usr/bin/python9, which its first line names, does not exist",
		"./missing-env":         "its interpreter python9, which its first line names, is in no folder of PATH",
		"./folder-interpreter":  "its interpreter /usr, which its first line names, is not executable",
		"./no-interpreter":      "names no interpreter after #!",
		"./bom":                 "a byte order mark stands before #!",
		"./plain.py":            `it is no program of this machine; write exec = "python3 ./plain.py"`,
		"./plain":               "it is no program of this machine; a script needs #! in its first line",
		"./empty":               "the file is empty",
		"./windows.exe":         "it is a program for Windows",
		"./not-executable.py":   `it is not executable; write exec = "python3 ./not-executable.py"`,
		"./not-executable":      "it is not executable; chmod +x makes it so",
		"./other":               "it is a program for ",
	} {
		err := place.Check(name)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			if name == "./plain" || name == "./plain.py" || name == "./other" {
				if foreignFormat("x", "y") == nil {
					continue // this machine has formats of its own
				}
			}
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestAProgramWithoutItsLoaderIsToldApart(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it is for Linux")
	}
	sh, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	loader := elf{sh[:headSize]}.loader()
	if loader == "" {
		t.Skip("this machine's sh has no loader")
	}
	path := filepath.Join(t.TempDir(), "x")
	broken := strings.Replace(string(sh[:headSize]), loader, loader[:len(loader)-1]+"9", 1)
	if err := os.WriteFile(path, []byte(broken), 0o755); err != nil {
		t.Fatal(err)
	}
	want := "its loader " + loader[:len(loader)-1] + "9 does not exist"
	if err := (Place{}).Check(path); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

func FuzzAnyFile(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01"))
	f.Add([]byte("#!/bin/sh"))
	f.Fuzz(func(t *testing.T, head []byte) {
		p := Place{}
		_ = p.content("x", head)
		_ = elf{head}.loader()
	})
}
