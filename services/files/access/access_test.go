package access

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheLongestRuleDecides(t *testing.T) {
	hash, _ := Hash("x")
	p, err := NewPolicy([]string{"anna:" + hash + " /=r /desk=rwd /desk/old=- /desk/old/mine=rw"}, true)
	if err != nil {
		t.Fatal(err)
	}
	id := Identity{User: "anna", rules: p.users["anna"].rules}
	for name, want := range map[string]Rights{
		".": Read, "a": Read, "desk": Read | Write | Delete, "desk/a": Read | Write | Delete, "deskbeside": Read, "desk/old": 0, "desk/old/a": 0,
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
	if !p.Allows(id, Need{Right: Read, Name: "desk/old", Some: true}) || p.Allows(id, Need{Right: Read, Name: "desk/old"}) {
		t.Error("a folder is listed when something below it may be read, and only then")
	}
}

func TestNamesThatDifferByCaseOrCompositionAreOne(t *testing.T) {
	for _, pair := range [][2]string{{"Photos", "pHOTOS"}, {"\u00e4", "\u0041\u0308"}, {"\u212a", "k"}, {"\u017f", "S"}, {"\u03c2", "\u03a3"}, {"\ufb1d", "\u05d9\u05b4"}} {
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
	hash, _ := Hash("x")
	for line, want := range map[string]string{
		"": "empty line", "anna": "expected user:hash", ":" + hash: "expected user:hash", "anna:secret": "bcrypt", "anna:" + hash + " work=r": "expected a rule",
		"anna:" + hash + " /work=x": "rights made of", "anna:" + hash + " /a/../b=r": "plain path", "anna:" + hash + " /a=": "got nothing", "anna:" + hash + " /a=r /A=rw": "two rules",
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

func TestGuessingIsSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hash, _ := Hash("right")
		p, _ := NewPolicy([]string{"anna:" + hash}, true)
		d := NewDoorkeeper(p)
		ctx := context.Background()
		for range freeTries {
			if _, err := d.Enter(ctx, "192.0.2.1", "anna", "wrong"); !errors.Is(err, ErrWrongPassword) {
				t.Fatal(err)
			}
		}
		var slow *SlowDownError
		if _, err := d.Enter(ctx, "192.0.2.1", "anna", "right"); !errors.As(err, &slow) {
			t.Errorf("the next try: %v", err)
		}
		if _, err := d.Enter(ctx, "192.0.2.2", "anna", "right"); err != nil {
			t.Errorf("another client: %v", err)
		}
		time.Sleep(slow.Wait)
		if _, err := d.Enter(ctx, "192.0.2.1", "anna", "right"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		for i := range freeTries + 1 {
			d.Enter(ctx, fmt.Sprintf("2001:db8::%d", i), "anna", "wrong")
		}
		if _, err := d.Enter(ctx, "2001:db8::99", "anna", "right"); !errors.As(err, &slow) {
			t.Errorf("another address of the same network: %v", err)
		}
	})
}

func TestNoPasswordIsAlwaysWrong(t *testing.T) {
	hash, _ := Hash("right")
	p, _ := NewPolicy([]string{"anna:" + hash}, true)
	d := NewDoorkeeper(p)
	for i, c := range [][2]string{{"anna", ""}, {"", ""}, {"", "right"}, {"*", "right"}, {"Anna", "right"}, {"anna", "right\x00"}, {"anna", strings.Repeat("x", 1<<20)}} {
		if _, err := d.Enter(context.Background(), fmt.Sprintf("192.0.2.%d", i), c[0], c[1]); !errors.Is(err, ErrWrongPassword) {
			t.Errorf("%.20q: %v", c, err)
		}
	}
	if _, err := Hash(""); err == nil {
		t.Error("an empty password is hashed")
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
