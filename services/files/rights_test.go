package files

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/tus"
)

// What an upload names below the folder it is sent to needs its rights too.
func TestAnUploadIntoAFolderOfTheFolderNeedsItsRights(t *testing.T) {
	root := tree(t, map[string]string{"closed/old.txt": "old", "open/": ""})
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd /closed=- /read=r /open/fixed.txt=r")})
	tus := func(name string) int {
		return s.tell("POST", "/?tus", "new", "Tus-Resumable", "1.0.0", "Upload-Length", "3", "Content-Type", tus.ChunkType,
			"Upload-Metadata", "relativePath "+base64.StdEncoding.EncodeToString([]byte(name))).StatusCode
	}
	for name, want := range map[string]int{"closed/new.txt": 403, "closed/old.txt": 403, "closed/deep/er/new.txt": 403,
		"read/new.txt": 403, "open/fixed.txt": 403, "open/new.txt": 201, "new/new.txt": 201} {
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
	root := tree(t, map[string]string{"CLOSED/a.txt": secret, "closed/a.txt": secret, "ÄRGER/a.txt": secret,
		"a\u0308rger/a.txt": secret, "\u212aelvin/a.txt": secret, "closedbeside/a.txt": "a"})
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd /Closed=- /ärger=- /kelvin=-")})
	for target, want := range map[string]int{"/CLOSED/a.txt": 403, "/closed/a.txt": 403, "/%C3%84RGER/a.txt": 403,
		"/a%CC%88rger/a.txt": 403, "/%E2%84%AAelvin/a.txt": 403, "/closedbeside/a.txt": 200} {
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
	for _, c := range [][2]string{{"PUT", "/.well-known/acme-challenge/x"}, {"PUT", "/.well-known/y"},
		{"DELETE", "/.well-known/"}, {"MKCOL", "/.well-known/new"}, {"MOVE", "/a.txt"}, {"COPY", "/a.txt"},
		{"MOVE", "/.well-known/"}, {"LOCK", "/.well-known/z"}} {
		if got := s.tell(c[0], c[1], "", "Destination", "/.well-known/acme-challenge/y").StatusCode; got != 403 {
			t.Errorf("%s %s: %d, want 403", c[0], c[1], got)
		}
	}
	if got := s.tell("POST", "/?tus", "", "Tus-Resumable", "1.0.0", "Upload-Length", "0", "Upload-Metadata",
		"relativePath "+base64.StdEncoding.EncodeToString([]byte(".well-known/y"))).StatusCode; got != 403 && got != 400 {
		t.Errorf("tus: %d", got)
	}
	if list, err := os.ReadDir(filepath.Join(root, ".well-known", "acme-challenge")); err != nil || len(list) != 1 {
		t.Errorf("there is %v, %v", list, err)
	}
}

// A share of one file gives nothing else: by no method, no form, and no link,
// not even by one that was made when the whole folder was shared.
func TestAShareOfOneFileGivesNothingElse(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("x"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	root := tree(t, map[string]string{"one.txt": "one", "two.txt": secret, "one.txt.gz": secret, "dir/three.txt": secret})
	links, err := access.OpenLinks("")
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := links.Make(access.Link{Name: ".", Folder: true, By: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	_, mine, err := links.Make(access.Link{Name: "one.txt", By: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	s := newShareWith(t, root, options{only: "one.txt", links: links,
		policy: newPolicy(t, true, "* /=r", "anna:"+string(hash))})
	anna := []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("anna:x"))}
	for target, want := range map[string]int{
		"/one.txt": 200, "/": 302, "/one.txt?sha256": 200, "/.s/" + mine + "/one.txt": 200,
		"/two.txt": 404, "/dir/": 404, "/dir/three.txt": 404, "/one.txt.gz": 404, "/one.txt/": 404, "/ONE.TXT": 404,
		"/?zip": 302, "/?json": 302, "/?q=two": 302,
		"/.s/" + token + "/": 404, "/.s/" + token + "/two.txt": 404, "/.s/" + token + "/one.txt": 404,
		"/.s/" + mine + "/two.txt": 404,
	} {
		for _, header := range [][]string{nil, anna, {"Accept-Encoding", "gzip"}} {
			for _, method := range []string{"GET", "HEAD"} {
				resp := s.ask(method, target, header...)
				body, _ := io.ReadAll(resp.Body)
				if resp.StatusCode != want || strings.Contains(string(body), secret) || strings.Contains(string(body), "two") &&
					want == 200 {
					t.Errorf("%s %s: %d, want %d", method, target, resp.StatusCode, want)
				}
			}
		}
	}
	for _, method := range []string{"PROPFIND", "PUT", "POST", "DELETE", "MKCOL", "LOCK", "MOVE", "COPY"} {
		for _, target := range []string{"/", "/two.txt", "/dir/"} {
			if got := s.tell(method, target, "", append(anna, "Destination", "/new.txt", "Depth",
				"1")...).StatusCode; got != 404 {
				t.Errorf("%s %s: %d, want 404", method, target, got)
			}
		}
	}
	for path, want := range map[string]int{"/": 404, "/two.txt": 404, "/dir/": 404, "/one.txt": 201} {
		if got := s.tell("POST", "/.ammar/links", fmt.Sprintf(`{"path": %q}`, path),
			append(anna, "Content-Type", "application/json")...).StatusCode; got != want {
			t.Errorf("a link to %s: %d, want %d", path, got, want)
		}
	}
}

// A prepared encoding of a file is a file of its own.
func TestAClosedEncodingIsNotSentInPlaceOfItsFile(t *testing.T) {
	large := strings.Repeat("x", (256<<10)+1)
	root := tree(t, map[string]string{"small.txt": "small", "large.txt": large})
	for _, name := range []string{"small.txt.gz", "large.txt.gz"} {
		write(t, filepath.Join(root, name), secret)
	}
	s := newShareWith(t, root, options{policy: newPolicy(t, false, "* /=r /small.txt.gz=- /large.txt.gz=-")})
	for _, target := range []string{"/small.txt", "/small.txt", "/large.txt"} {
		if status, body := s.get(target, "Accept-Encoding", "gzip"); status != 200 || strings.Contains(body, secret) {
			t.Errorf("%s: %d, with what is closed", target, status)
		}
	}
	for target, e := range s.c.entries {
		for _, form := range e.Encoded {
			if strings.Contains(string(form.Body), secret) {
				t.Errorf("%s is kept with what is closed", target)
			}
		}
	}
}

// Where strangers add files, none of theirs stands in the place of the listing.
func TestAnUploadedPageIsNotTheFolders(t *testing.T) {
	root := tree(t, map[string]string{"index.html": "<h1>a page</h1>", "a.txt": "a"})
	if _, body := newShare(t, root).get("/"); !strings.Contains(body, "a page") {
		t.Error("the owner's page is not shown")
	}
	if _, body := newWritable(t, root).get("/"); strings.Contains(body, "a page") || !strings.Contains(body, "a.txt") {
		t.Error("an uploaded page is shown in place of the listing")
	}
}

func TestAQuestionForTooManyPropertiesIsRefused(t *testing.T) {
	s := newWritable(t, tree(t, map[string]string{"a.txt": "a"}))
	ask := func(n int) int {
		return s.tell("PROPFIND", "/", `<D:propfind xmlns:D="DAV:"><D:prop>`+strings.Repeat("<D:a/>", n)+
			`</D:prop></D:propfind>`, "Depth", "1").StatusCode
	}
	if got := ask(maxPropNames); got != 207 {
		t.Errorf("%d: %d", maxPropNames, got)
	}
	if got := ask(maxPropNames + 1); got != 400 {
		t.Errorf("%d: %d, want 400", maxPropNames+1, got)
	}
}
