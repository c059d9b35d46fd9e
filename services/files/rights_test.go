package files

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
)

// What an upload names below the folder it is sent to needs its rights too.
func TestAnUploadIntoAFolderOfTheFolderNeedsItsRights(t *testing.T) {
	root := tree(t, map[string]string{"closed/old.txt": "old", "open/": ""})
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd /closed=- /read=r /open/fixed.txt=r")})
	tus := func(name string) int {
		return s.tell("POST", "/?tus", "new", "Tus-Resumable", "1.0.0", "Upload-Length", "3", "Content-Type", tusChunk,
			"Upload-Metadata", "relativePath "+base64.StdEncoding.EncodeToString([]byte(name))).StatusCode
	}
	for name, want := range map[string]int{"closed/new.txt": 403, "closed/old.txt": 403, "closed/deep/er/new.txt": 403, "read/new.txt": 403, "open/fixed.txt": 403, "open/new.txt": 201, "new/new.txt": 201} {
		if got := tus(name); got != want {
			t.Errorf("tus to %s: %d, want %d", name, got, want)
		}
		_, err := os.Stat(filepath.Join(root, name))
		if stored := err == nil && name != "closed/old.txt"; stored != (want == 201) {
			t.Errorf("tus to %s: the file is there: %t", name, stored)
		}
	}
	for _, gone := range []string{"read", "closed/deep"} {
		if _, err := os.Stat(filepath.Join(root, gone)); err == nil {
			t.Errorf("the folder %s was made", gone)
		}
	}
	form := "--b\r\nContent-Disposition: form-data; name=f; filename=fixed.txt\r\n\r\nnew\r\n--b--\r\n"
	if got := s.tell("POST", "/open/", form, "Content-Type", "multipart/form-data; boundary=b").StatusCode; got != 403 {
		t.Errorf("a form's file: %d, want 403", got)
	}
	if _, err := os.Stat(filepath.Join(root, "open/fixed.txt")); err == nil {
		t.Error("a form's file was stored")
	}
}

// Some file systems take these for the same name.
func TestARightHoldsForEverySpellingThatAFileSystemTakesForTheSame(t *testing.T) {
	root := tree(t, map[string]string{"CLOSED/a.txt": secret, "closed/a.txt": secret, "ÄRGER/a.txt": secret, "a\u0308rger/a.txt": secret, "\u212aelvin/a.txt": secret, "closedbeside/a.txt": "a"})
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd /Closed=- /ärger=- /kelvin=-")})
	for target, want := range map[string]int{"/CLOSED/a.txt": 403, "/closed/a.txt": 403, "/%C3%84RGER/a.txt": 403, "/a%CC%88rger/a.txt": 403, "/%E2%84%AAelvin/a.txt": 403, "/closedbeside/a.txt": 200} {
		if got, _ := s.get(target); got != want {
			t.Errorf("%s: %d, want %d", target, got, want)
		}
	}
}

// Who may add files must not be able to prove that this host is theirs (RFC
// 8615, RFC 8555).
func TestNobodyWritesToWellKnownPlaces(t *testing.T) {
	root := tree(t, map[string]string{".well-known/acme-challenge/x": "mine", "a.txt": "a"})
	s := newWritable(t, root)
	if status, _ := s.get("/.well-known/acme-challenge/x"); status != 200 {
		t.Errorf("reading it: %d", status)
	}
	for _, c := range [][2]string{{"PUT", "/.well-known/acme-challenge/x"}, {"PUT", "/.well-known/y"}, {"DELETE", "/.well-known/"}, {"MKCOL", "/.well-known/new"}, {"MOVE", "/a.txt"}, {"COPY", "/a.txt"}, {"MOVE", "/.well-known/"}, {"LOCK", "/.well-known/z"}} {
		if got := s.tell(c[0], c[1], "", "Destination", "/.well-known/acme-challenge/y").StatusCode; got != 403 {
			t.Errorf("%s %s: %d, want 403", c[0], c[1], got)
		}
	}
	if got := s.tell("POST", "/?tus", "", "Tus-Resumable", "1.0.0", "Upload-Length", "0", "Upload-Metadata", "relativePath "+base64.StdEncoding.EncodeToString([]byte(".well-known/y"))).StatusCode; got != 403 && got != 400 {
		t.Errorf("tus: %d", got)
	}
	if list, err := os.ReadDir(filepath.Join(root, ".well-known", "acme-challenge")); err != nil || len(list) != 1 {
		t.Errorf("there is %v, %v", list, err)
	}
}
