package files

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// The users of `users` and those of `password_file` log in to one service, each
// with one password, and the file's other promise holds: every request needs one.
func TestUsersAndAPasswordFileWorkTogether(t *testing.T) {
	line := func(user, password string) string {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		return user + ":" + string(hash)
	}
	passwords := filepath.Join(t.TempDir(), "passwords")
	if err := os.WriteFile(passwords, []byte(line("carol", "hers")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := tree(t, map[string]string{"a.txt": "hello"})
	svc := &Service{Root: root, Upload: true, Users: []string{line("anna", "mine") + " /=rwd"}}
	svc.Config.PasswordFile = passwords
	w := newWire(t, svc)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	do := func(method, user, password string) int {
		t.Helper()
		req, err := http.NewRequest(method, "http://"+w.addr+"/a.txt", strings.NewReader("new"))
		if err != nil {
			t.Fatal(err)
		}
		if user != "" {
			req.SetBasicAuth(user, password)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	for _, c := range []struct {
		method, user, password string
		want                   int
	}{
		{"GET", "anna", "mine", 200}, {"GET", "carol", "hers", 200}, {"GET", "", "", 401}, {"OPTIONS", "", "", 401},
		{"GET", "anna", "hers", 401}, {"PUT", "carol", "hers", 409}, {"PUT", "anna", "mine", 204},
	} {
		if got := do(c.method, c.user, c.password); got != c.want {
			t.Errorf("%s as %q with %q = %d, want %d", c.method, c.user, c.password, got, c.want)
		}
	}
}

func TestANameInUsersAndInThePasswordFileIsAnError(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("x"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	passwords := filepath.Join(t.TempDir(), "passwords")
	if err := os.WriteFile(passwords, []byte("\nanna:"+string(hash)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	svc := &Service{Root: t.TempDir(), Users: []string{"anna:" + string(hash)}}
	svc.Config.PasswordFile = passwords
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := svc.Serve(ctx); err == nil || !strings.Contains(err.Error(), "in users and in "+passwords+":2") {
		t.Errorf("Serve = %v, want an error with both places", err)
	}
}
