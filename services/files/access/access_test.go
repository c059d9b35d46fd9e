package access

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// quickHash is a hash that is made and checked in no time.
func quickHash(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// The users of both sources are in one database; those of the file have the
// rights of the line *.
func TestUsersAndAPasswordFileAreOneDatabase(t *testing.T) {
	hash := quickHash(t, "x")
	path := filepath.Join(t.TempDir(), "passwords")
	if err := os.WriteFile(path, []byte("# staff\ncarol:"+hash+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lines []string
		want  Rights
	}{{nil, Read | Write}, {[]string{"anna:" + hash}, Read | Write}, {[]string{"anna:" + hash, "* /=r"}, Read}} {
		p, err := NewPolicy(c.lines, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.AddPasswordFile(path); err != nil {
			t.Fatal(err)
		}
		if p.Accounts().Len() != len(c.lines[:min(len(c.lines), 1)])+1 || !p.HasUsers() {
			t.Errorf("%q: there are %d accounts", c.lines, p.Accounts().Len())
		}
		for _, right := range []Rights{Read, Write, Delete} {
			if got := p.Allows(p.Identity("carol"), Need{Right: right, Name: "a"}); got != (c.want&right != 0) {
				t.Errorf("%q: %s for a user of the file: %v", c.lines, right, got)
			}
		}
	}
	p, err := NewPolicy([]string{"carol:" + hash}, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.AddPasswordFile(path); err == nil || !strings.Contains(err.Error(),
		`"carol" is defined twice, in users and in `+path+":2") {
		t.Errorf("a name that both define: %v", err)
	}
}

func TestTheLongestRuleDecides(t *testing.T) {
	hash := quickHash(t, "x")
	p, err := NewPolicy([]string{"anna:" + hash + " /=r /desk=rwd /desk/old=- /desk/old/mine=rw"}, true)
	if err != nil {
		t.Fatal(err)
	}
	id := Identity{User: "anna", rules: p.users["anna"]}
	for name, want := range map[string]Rights{
		".": Read, "a": Read, "desk": Read | Write | Delete, "desk/a": Read | Write | Delete, "deskbeside": Read,
		"desk/old": 0, "desk/old/a": 0,
		"desk/older": Read | Write | Delete, "desk/old/mine/a": Read | Write,
	} {
		for _, right := range []Rights{Read, Write, Delete} {
			if got := p.Allows(id, Need{Right: right, Name: name}); got != (want&right != 0) {
				t.Errorf("%s on %s: %v", right, name, got)
			}
		}
	}
	if p.Allows(id, Need{Right: Delete, Name: "desk", Tree: true}) {
		t.Error("the folder may be deleted though something in it may not")
	}
	if !p.Allows(id, Need{Right: Read, Name: "desk/old", Some: true}) ||
		p.Allows(id, Need{Right: Read, Name: "desk/old"}) {
		t.Error("a folder is listed when something below it may be read, and only then")
	}
}

func TestNamesThatDifferByCaseOrCompositionAreOne(t *testing.T) {
	for _, pair := range [][2]string{{"Photos", "pHOTOS"}, {"\u00e4", "\u0041\u0308"}, {"\u212a", "k"}, {"\u017f", "S"},
		{"\u03c2", "\u03a3"}, {"\ufb1d", "\u05d9\u05b4"}} {
		if fold(pair[0]) != fold(pair[1]) {
			t.Errorf("%q and %q become %q and %q", pair[0], pair[1], fold(pair[0]), fold(pair[1]))
		}
	}
	for _, pair := range [][2]string{{"a", "b"}, {"a", "\u00e4"}, {"ss", "\u00df"}, {"a/b", "a b"}} {
		if fold(pair[0]) == fold(pair[1]) {
			t.Errorf("%q and %q become one", pair[0], pair[1])
		}
	}
}

func TestBadLinesAreExplained(t *testing.T) {
	hash := quickHash(t, "x")
	for line, want := range map[string]string{
		"": "empty line", "anna": "expected user:hash", ":" + hash: "expected user:hash", "anna:secret": "bcrypt",
		"anna:" + hash + " work=r":  "expected a rule",
		"anna:" + hash + " /work=x": "rights made of", "anna:" + hash + " /a/../b=r": "plain path",
		"anna:" + hash + " /a=": "got nothing", "anna:" + hash + " /a=r /A=rw": "two rules",
	} {
		_, err := NewPolicy([]string{line}, true)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", line, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is in the error: %v", err)
		}
	}
	if _, err := NewPolicy([]string{"a:" + hash, "a:" + hash}, true); err == nil {
		t.Error("a user is there twice")
	}
}

// Two processes that serve one folder, as at a restart, share its links: what
// one revokes does not come back by what the other saves.
func TestLinksOfTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "links.json")
	one, err := OpenLinks(path)
	if err != nil {
		t.Fatal(err)
	}
	first, token, err := one.Make(Link{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	two, err := OpenLinks(path)
	if err != nil {
		t.Fatal(err)
	}
	second, token2, err := two.Make(Link{Name: "b", Downloads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Open(token2, time.Now()); err != nil {
		t.Errorf("the other's link: %v", err)
	}
	if err := one.Revoke(first.ID); err != nil {
		t.Error(err)
	}
	if err := two.Begin(second.ID); err != nil {
		t.Error(err)
	}
	if err := one.Begin(second.ID); !errors.Is(err, ErrUsedUp) {
		t.Errorf("a second download: %v", err)
	}
	for _, l := range []*Links{one, two} {
		if _, err := l.Open(token, time.Now()); !errors.Is(err, ErrNoLink) {
			t.Errorf("a link that was revoked: %v", err)
		}
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Open(token2, time.Now()); err == nil {
		t.Error("a file that is broken opens something")
	}
}

func TestLinksOutliveTheProcessAndTheirTokensAreNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "links.json")
	l, err := OpenLinks(path)
	if err != nil {
		t.Fatal(err)
	}
	link, token, err := l.Make(Link{Name: "a", Downloads: 1})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	if strings.Contains(string(data), token) {
		t.Error("the token is in the file")
	}
	again, err := OpenLinks(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(token, time.Now()); err != nil || got.ID != link.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if err := again.Begin(link.ID); err != nil {
		t.Error(err)
	}
	if err := again.Begin(link.ID); !errors.Is(err, ErrUsedUp) {
		t.Errorf("the second of one download: %v", err)
	}
	if _, err := again.Open(link.ID, time.Now()); !errors.Is(err, ErrNoLink) {
		t.Errorf("the ID opens it: %v", err)
	}
}
