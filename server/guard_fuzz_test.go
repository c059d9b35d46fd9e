package server

import (
	"net/url"
	"strings"
	"testing"
)

// What the fast lane lets through, the full lane would let through too.
func FuzzTheLanesAgreeOnWhatIsProtected(f *testing.F) {
	for _, target := range []string{"/private/hot", "/PRIVATE", "/%70rivate", "/x/../private", "//private", "/private?x", "/privateer", "/a/private"} {
		f.Add(target)
	}
	s := New(Config{})
	s.Protect("/private", new(Passwords))
	f.Fuzz(func(t *testing.T, target string) {
		if !validTarget([]byte(target)) || !s.guard.open(&request{target: []byte(target)}) {
			return
		}
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		if s.guard.door(u.Path) != nil {
			t.Errorf("%q is protected in the full lane only", target)
		}
	})
}

// A file of passwords is read or refused, with the line, and lets nobody in by
// a hash that is not one.
func FuzzPasswords(f *testing.F) {
	f.Add("ann:$2a$04$abcdefghijklmnopqrstuuK6Jz0Q0c1s9vQy0xqk0xqk0xqk0xqk0")
	f.Add("# x\n\nann:$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")
	f.Add("ann:secret")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPasswords(strings.NewReader(text))
		if (err == nil) != (p != nil && len(p.hashes) > 0) {
			t.Fatalf("ReadPasswords = %v, %v", p, err)
		}
		if err != nil {
			return
		}
		for user := range p.hashes {
			if user == "" || !strings.Contains(text, user+":") {
				t.Errorf("the user %q is not in %q", user, text)
			}
		}
	})
}
