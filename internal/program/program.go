// Package program says why a file cannot be executed, where the system only
// says "no such file". It is on the way of a service's start, and so imports
// little; see docs/decisions/010.
package program

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// Place is where a program is looked for.
type Place struct {
	Dir  string // of relative paths; empty: the current folder
	Path string // the folders of PATH
}

// Check returns an error with a story when the program cannot be executed, and
// nil when nothing speaks against it. A name without a slash is looked for in
// the folders of PATH, as execvp(3) does.
func (p Place) Check(name string) error {
	file, err := p.find(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p.missing(name, file)
	case err != nil:
		return explain.Errorf("program-not-found", "cannot run %s: %w", name, err)
	case info.IsDir():
		return explain.Errorf("program-not-executable", "cannot run %s: it is a directory; name the program in it", name)
	}
	head, err := readHead(file)
	if info.Mode()&0o111 == 0 {
		return explain.Errorf("program-not-executable", "cannot run %s: it is not executable; %s", name,
			orInterpreter(name, head, "chmod +x makes it so"))
	}
	if err != nil { // a program may be executable and not readable
		return nil
	}
	return p.content(name, head)
}

// find is the path of a program, as seen from the current folder.
func (p Place) find(name string) (string, error) {
	if strings.Contains(name, "/") {
		return p.from(name), nil
	}
	plain := ""
	for dir := range strings.SplitSeq(p.Path, ":") {
		file := path.Join(p.from(dir), name)
		info, err := os.Stat(file)
		switch {
		case err != nil || info.IsDir():
		case info.Mode()&0o111 != 0:
			return file, nil
		case plain == "":
			plain = file
		}
	}
	if plain != "" {
		return plain, nil
	}
	if info, err := os.Stat(p.from(name)); err == nil && !info.IsDir() {
		return "", explain.Errorf("program-not-found",
			"cannot run %s: no such program in PATH; for the file in %s, write ./%s", name, p.here(), name)
	}
	if first, _, words := strings.Cut(name, " "); words {
		return "", explain.Errorf("program-not-found", "cannot run %q: no such program in PATH; "+
			"in a list, the program %q and each argument have quotes of their own", name, first)
	}
	return "", explain.Errorf("program-not-found", "cannot run %s: no such program in PATH; name it with its path", name)
}

func (p Place) from(file string) string {
	if path.IsAbs(file) {
		return file
	}
	return path.Join(p.Dir, file)
}

// here is the folder of relative paths, for a person.
func (p Place) here() string {
	if dir, err := os.Getwd(); err == nil && !path.IsAbs(p.Dir) {
		return path.Join(dir, p.Dir)
	}
	return p.Dir
}

// missing tells of a file that is not there.
func (p Place) missing(name, file string) error {
	if to, err := os.Readlink(file); err == nil {
		return explain.Errorf("program-not-found", "cannot run %s: it is a link to %s, which does not exist", name, to)
	}
	return explain.Errorf("program-not-found", "cannot run %s: no such file, seen from %s", name, p.here())
}

// headSize is how much of a file is read: the kernel looks for #! in less.
const headSize = 4096

func readHead(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, headSize)
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}

// content checks what the file is.
func (p Place) content(name string, head []byte) error {
	text := string(head)
	switch {
	case text == "":
		return explain.Errorf("program-not-executable", "cannot run %s: the file is empty", name)
	case strings.HasPrefix(text, "#!"):
		return p.script(name, text)
	case strings.HasPrefix(text, "\ufeff#!"):
		return explain.Errorf("program-not-executable",
			"cannot run %s: a byte order mark stands before #!; save it as UTF-8 without one", name)
	case strings.HasPrefix(text, elfMagic):
		return checkELF(name, head)
	case strings.HasPrefix(text, "MZ"):
		return explain.Errorf("program-not-executable", "cannot run %s: it is a program for Windows", name)
	case strings.HasPrefix(text, "\xcf\xfa\xed\xfe"), strings.HasPrefix(text, "\xca\xfe\xba\xbe"):
		return foreignFormat(name, "it is a program for macOS, or Java's")
	}
	return foreignFormat(name, "it is no program of this machine; "+
		orInterpreter(name, head, "a script needs #! in its first line"))
}

// orInterpreter advises to name the interpreter of a script that has no #!.
func orInterpreter(name string, head []byte, otherwise string) string {
	if strings.HasPrefix(string(head), "#!") {
		return otherwise
	}
	interpreter := map[string]string{
		".py": "python3", ".js": "node", ".mjs": "node", ".sh": "sh", ".rb": "ruby", ".php": "php", ".pl": "perl",
		".jar": "java -jar", ".lua": "lua", ".ts": "npx tsx",
	}[strings.ToLower(path.Ext(name))]
	if interpreter == "" {
		return otherwise
	}
	return fmt.Sprintf("write exec = %q", interpreter+" "+name)
}

// script checks the interpreter in the first line.
func (p Place) script(name, text string) error {
	line, _, _ := strings.Cut(text, "\n")
	if strings.HasSuffix(line, "\r") {
		return explain.Errorf("program-not-executable", "cannot run %s: its first line ends as lines do on Windows (CRLF), "+
			"so the system looks for %q; convert it: sed -i 's/\\r$//' %s", name, strings.TrimPrefix(line, "#!"), name)
	}
	words := strings.Fields(strings.TrimPrefix(line, "#!"))
	if len(words) == 0 {
		return explain.Errorf("program-not-executable", "cannot run %s: its first line names no interpreter after #!", name)
	}
	info, err := os.Stat(p.from(words[0]))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return explain.Errorf("program-not-found",
			"cannot run %s: its interpreter %s, which its first line names, does not exist", name, words[0])
	case err == nil && info.IsDir(), err == nil && info.Mode()&0o111 == 0:
		return explain.Errorf("program-not-executable",
			"cannot run %s: its interpreter %s, which its first line names, is not executable", name, words[0])
	case path.Base(words[0]) == "env" && len(words) == 2 && !strings.ContainsAny(words[1], "=-/"):
		if _, err := p.find(words[1]); err != nil {
			return explain.Errorf("program-not-found",
				"cannot run %s: its interpreter %s, which its first line names, is in no folder of PATH", name, words[1])
		}
	}
	return nil
}
