package server

import (
	"net/url"
	"testing"
)

// The full lane admits every request that the fast lane admits.
func FuzzTheLanesAgreeOnWhatIsProtected(f *testing.F) {
	for _, target := range []string{"/private/hot", "/PRIVATE", "/%70rivate", "/x/../private", "//private", "/private?x",
		"/privateer", "/a/private"} {
		f.Add(target)
	}
	s := New(Config{})
	s.Protect("/private", new(Passwords))
	f.Fuzz(func(t *testing.T, target string) {
		if !validTarget([]byte(target)) || !s.admission.openToAll(&request{target: []byte(target)}) {
			return
		}
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		if s.admission.basicAuthFor(u.Path) != nil {
			t.Errorf("%q is protected in the full lane only", target)
		}
	})
}
