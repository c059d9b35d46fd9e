package files

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/ammarctl/ammarctl/server/auth"
	"github.com/ammarctl/ammarctl/services/files/access"
)

// act is one way of doing something: what it needs, on which of the paths.
type act struct {
	method, query string
	needs         []part
	folder        bool // it is about the folder that the file is in
}

type part struct {
	right access.Rights
	dest  bool // of the destination instead
}

// acts lists every method with every route.
func acts() []act {
	read, write := []part{{access.Read, false}}, []part{{access.Write, false}}
	list := []act{{method: "DELETE", needs: []part{{access.Delete, false}}},
		{method: "MOVE", needs: []part{{access.Delete | access.Read, false}, {access.Write, true}}},
		{method: "COPY", needs: []part{{access.Read, false}, {access.Write, true}}}, {method: "OPTIONS"},
		{method: "PROPFIND", needs: read}, {method: "PROPPATCH", needs: write}, {method: "LOCK", needs: write},
		{method: "UNLOCK", needs: write},
		{method: "PUT", query: "new", needs: write}, {method: "PUT", needs: []part{{access.Write | access.Delete, false}}},
		{method: "MKCOL", query: "new", needs: write}, {method: "POST", folder: true, needs: write},
		{method: "POST", query: "?tus", folder: true, needs: write},
	}
	for _, method := range []string{"GET", "HEAD"} {
		for _, query := range []string{"", "?sha256", "?view", "?download"} {
			list = append(list, act{method: method, query: query, needs: read})
		}
		for _, query := range []string{"?json", "?text", "?zip", "?tar", "?q=a"} {
			list = append(list, act{method: method, query: query, folder: true, needs: read})
		}
	}
	return list
}

// who is one way of asking, with the rights that it has by its own rules.
type who struct {
	name, password string
	rights         func(folder string) access.Rights
}

// TestEveryMethodOnEveryRouteAsksForItsRights goes through all methods, routes
// and users; what is to be expected is computed from the users' rules alone.
func TestEveryMethodOnEveryRouteAsksForItsRights(t *testing.T) {
	const password = "correct horse: battery"
	hashed, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	hash := string(hashed)
	all := access.Read | access.Write | access.Delete
	on := func(open, closed access.Rights) func(string) access.Rights {
		return func(folder string) access.Rights {
			if folder == "closed" {
				return closed
			}
			return open
		}
	}
	people := []who{
		{"", "", on(access.Read, 0)},
		{"reader", password, on(access.Read, access.Read)},
		{"writer", password, on(access.Read|access.Write, 0)},
		{"dropper", password, on(access.Write, access.Write)},
		{"owner", password, on(all, all)},
		{"reader", "wrong", nil}, {"nobody", password, nil}, {"", password, nil}, {"reader", "", nil},
	}
	lines := []string{"* /open=r /closed=-", "reader:" + hash + " /=r", "writer:" + hash + " /open=rw /closed=- /to=rwd",
		"dropper:" + hash + " /=w", "owner:" + hash}
	count := 0
	for _, upload := range []bool{true, false} {
		policy := newPolicy(t, upload, lines...)
		// One authenticator remembers the passwords, which take long to check.
		authenticator := auth.New(policy.Accounts(), auth.NewThrottle(), slog.New(slog.DiscardHandler))
		for _, p := range people {
			for _, folder := range []string{"open", "closed"} {
				for _, a := range acts() {
					root := tree(t, map[string]string{"open/a.txt": "old", "closed/a.txt": "old", "openbeside/a.txt": "old",
						"to/": ""})
					s := newShareWith(t, root, options{policy: policy, auth: authenticator})
					want := expected(p, folder, a, upload)
					got := s.try(p, folder, a)
					if !slices.Contains(want, got) {
						t.Errorf("upload %v: %q (%q) does %s %s in %s: %d, want %v", upload, p.name, p.password, a.method, a.query,
							folder, got, want)
					}
					if got >= 400 {
						for _, name := range []string{"open/a.txt", "closed/a.txt"} {
							if data, _ := os.ReadFile(filepath.Join(root, name)); string(data) != "old" {
								t.Errorf("%q does %s %s: refused, but %s is now %q", p.name, a.method, a.query, name, data)
							}
						}
						if list, _ := os.ReadDir(filepath.Join(root, "to")); len(list) > 0 {
							t.Errorf("%q does %s %s: refused, but there is a file", p.name, a.method, a.query)
						}
					}
					count++
				}
			}
		}
	}
	t.Logf("%d combinations", count)
}

// expected is what the rules alone say: refused, or done.
func expected(p who, folder string, a act, upload bool) []int {
	if p.rights == nil {
		return []int{401, 429}
	}
	for _, n := range a.needs {
		changes := n.right&(access.Write|access.Delete) != 0
		if changes && !upload {
			return []int{405}
		}
	}
	for _, n := range a.needs {
		has := p.rights(folder)
		if n.dest {
			switch p.name {
			case "owner", "writer":
				has = access.Read | access.Write | access.Delete
			case "dropper":
				has = access.Write
			case "reader":
				has = access.Read
			default:
				has = 0
			}
		}
		if has&n.right == n.right {
			continue
		}
		if p.name == "" {
			return []int{401}
		}
		if a.method == "PUT" && a.query == "" && has&access.Write != 0 {
			return []int{409} // it may write, but not replace
		}
		return []int{403}
	}
	return []int{200, 201, 204, 207, 303, 302, 409} // 409: UNLOCK of what is not locked
}

// try sends the request of an act and returns the status.
func (s share) try(p who, folder string, a act) int {
	target, query := "/"+folder+"/a.txt", a.query
	if a.folder {
		target = "/" + folder + "/"
	}
	if query == "new" {
		target, query = "/"+folder+"/new", ""
	}
	body := ""
	header := []string{"Destination", "http://localhost/to/b.txt", "Overwrite", "T"}
	if a.method == "PROPFIND" {
		header = append(header, "Depth", "0")
	}
	switch {
	case a.method == "POST" && query == "":
		header = append(header, "Content-Type", "multipart/form-data; boundary=x")
		body = "--x\r\nContent-Disposition: form-data; name=f; filename=new.txt\r\n\r\nnew\r\n--x--\r\n"
	case a.method == "POST":
		header = append(header, "Tus-Resumable", "1.0.0", "Upload-Length", "0", "Upload-Metadata",
			"filename "+base64.StdEncoding.EncodeToString([]byte("new.bin")))
	case a.method == "LOCK":
		body = `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`
	case a.method == "PROPPATCH":
		body = `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="y">1</x></D:prop></D:set></D:propertyupdate>`
	case a.method == "UNLOCK":
		header = append(header, "Lock-Token", "<urn:uuid:none>")
	case a.method == "PUT":
		body = "changed"
	}
	if p.name != "" || p.password != "" {
		header = append(header, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(p.name+":"+p.password)))
	}
	return s.tell(a.method, target+query, body, header...).StatusCode
}

func TestOtherSpellingsOfAProtectedPathOpenNothing(t *testing.T) {
	root := tree(t, map[string]string{"closed/a.txt": secret, "closedbeside/b.txt": "b", "open.txt": "o"})
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd /closed=-")})
	for _, target := range []string{
		"/closed/a.txt", "/%63losed/a.txt", "/closed%2fa.txt", "//closed/a.txt", "/./closed/a.txt", "/x/../closed/a.txt",
		"/closed/./a.txt", "/closed//a.txt",
		"/closed/a.txt/", "/closed/", "/closed", "/closed/?zip", "/closed/?json", "/closed/a.txt?sha256",
		"/closed/a.txt?thumb", "/closed/a.txt?view", "/.s//closed/a.txt",
	} {
		if status, body := s.get(target); status < 301 || strings.Contains(body, secret) {
			t.Errorf("%s: %d %.60q", target, status, body)
		}
	}
	for _, target := range []string{"/", "/?json", "/?text", "/?q=a"} {
		if _, body := s.get(target); strings.Contains(body, "closed/") || strings.Contains(body, `"closed"`) {
			t.Errorf("%s shows what is closed", target)
		}
	}
	for _, target := range []string{"/?zip", "/?tar"} {
		if status, body := s.get(target); status != 200 || strings.Contains(body, secret) || strings.Contains(body, "a.txt") {
			t.Errorf("%s: %d, with what is closed", target, status)
		}
	}
	// A rule below is not undone from above.
	for _, method := range []string{"DELETE", "MOVE", "COPY"} {
		if got := s.tell(method, "/closed/", "", "Destination", "/elsewhere").StatusCode; got != 403 {
			t.Errorf("%s: %d", method, got)
		}
	}
	if got := s.tell("MOVE", "/open.txt", "", "Destination", "/closed/x.txt").StatusCode; got != 403 {
		t.Errorf("a move into what is closed: %d", got)
	}
	if status, _ := s.get("/closedbeside/b.txt"); status != 200 {
		t.Errorf("the folder beside: %d", status)
	}
}

func TestALinkOpensItsFileOrFolderAndNothingElse(t *testing.T) {
	hash, err := auth.HashBcrypt("x")
	if err != nil {
		t.Fatal(err)
	}
	root := tree(t, map[string]string{"dir/a.txt": "a", "dir/sub/b.txt": "b", "dirbeside/c.txt": secret,
		"dir2.txt": secret})
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "anna:"+hash)})
	auth := []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("anna:x")), "Content-Type",
		"application/json"}
	made := s.tell("POST", "/.ammar/links", `{"path":"/dir/"}`, auth...)
	if made.StatusCode != 201 {
		t.Fatalf("no link: %d", made.StatusCode)
	}
	folder := decode[madeLink](t, made)
	file := decode[madeLink](t, s.tell("POST", "/.ammar/links", `{"path":"/dir/a.txt","downloads":2}`, auth...))
	for target, want := range map[string]int{
		folder.URL: 200, folder.URL + "a.txt": 200, folder.URL + "sub/b.txt": 200, folder.URL + "?zip": 200,
		folder.URL + "?json": 200, strings.TrimSuffix(folder.URL, "/"): 302,
		folder.URL + "../dirbeside/c.txt": 404, folder.URL + "%2e%2e/dir2.txt": 404, folder.URL + "dir/a.txt": 404,
		folder.URL + ".hidden": 404,
		file.URL:               200, strings.TrimSuffix(file.URL, "a.txt"): 302,
		strings.TrimSuffix(file.URL, "a.txt") + "b.txt": 404,
		file.URL + "/x": 404, file.URL + "?view": 200,
		"/.s/" + folder.ID + "/": 404, "/.s/": 404, "/.s/AAAA/": 404, "/dir/a.txt": 401,
	} {
		status, body := s.get(target)
		if status != want || strings.Contains(body, secret) {
			t.Errorf("%s: %d, want %d: %.60q", target, status, want, body)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "POST", "MKCOL", "MOVE", "LOCK", "PROPFIND", "PROPPATCH"} {
		if got := s.tell(method, file.URL, "x", auth...).StatusCode; got != 405 {
			t.Errorf("%s through a link: %d", method, got)
		}
	}
	// Two downloads, then no more; one in parts is one.
	if status, _ := s.get(file.URL, "Range", "bytes=0-0"); status != 410 && status != 206 {
		t.Errorf("the second download: %d", status)
	}
	for range 3 {
		s.get(file.URL)
	}
	if status, _ := s.get(file.URL); status != 410 {
		t.Errorf("a link that is used up: %d", status)
	}
	if got := s.tell("DELETE", "/.ammar/links/"+folder.ID, "", auth...).StatusCode; got != 204 {
		t.Errorf("revoking: %d", got)
	}
	if status, _ := s.get(folder.URL + "a.txt"); status != 404 {
		t.Errorf("a revoked link: %d", status)
	}
}

func TestALinkEndsWithItsTimeAndWithItsFile(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a"})
	links, err := access.OpenLinks(filepath.Join(t.TempDir(), "links.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := newShareWith(t, root, options{policy: newPolicy(t, true, "* /=rwd"), links: links})
	_, old, err := links.Make(access.Link{Name: "a.txt", Expires: time.Now().Add(-time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := links.Make(access.Link{Name: "a.txt"})
	if status, _ := s.get("/.s/" + old + "/a.txt"); status != http.StatusGone {
		t.Errorf("an expired link: %d", status)
	}
	s.tell("DELETE", "/a.txt", "")
	s.tell("PUT", "/a.txt", "another file of that name")
	if status, _ := s.get(fmt.Sprintf("/.s/%s/a.txt", token)); status != http.StatusNotFound {
		t.Errorf("a link to a file that was deleted: %d", status)
	}
}
