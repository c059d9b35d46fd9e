package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// passwordLine is a line of a password file that is quick to check.
func passwordLine(t testing.TB, user, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return user + ":" + string(hash) + "\n"
}

func TestAChangedPasswordFileIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwords")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	write(passwordLine(t, "ann", "old"))
	r := run(t, Config{PasswordFile: path}, bothLanes)
	status := func(user, password string) int {
		resp, _ := r.ask(t, "GET", "/hot", "Host: x", basic(user, password))
		return resp.StatusCode
	}
	if code := status("ann", "old"); code != 200 {
		t.Fatalf("with the first password = %d, want 200", code)
	}
	write(passwordLine(t, "ann", "new") + passwordLine(t, "bob", "his"))
	time.Sleep(1100 * time.Millisecond) // files are compared with the disk once a second
	if code := status("bob", "his"); code != 200 {
		t.Errorf("an added user = %d, want 200", code)
	}
	if code := status("ann", "new"); code != 200 {
		t.Errorf("with the new password = %d, want 200", code)
	}
	if code := status("ann", "old"); code != 401 {
		t.Errorf("with the previous password = %d, want 401", code)
	}
	write("ann:nonsense\n")
	time.Sleep(1100 * time.Millisecond)
	if code := status("ann", "new"); code != 200 {
		t.Errorf("with a broken file = %d, want 200: the last good one stays", code)
	}
	eventually(t, "the log says that the file cannot be used",
		func() bool { return strings.Contains(r.log.String(), path+":1") })
}
