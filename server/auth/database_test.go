package auth

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// write replaces a file in one step.
func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestAFileThatChangesIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwords")
	old, fresh := quickHash(t, "old"), quickHash(t, "fresh")
	write(t, path, "anna:"+old+"\n")
	synctest.Test(t, func(t *testing.T) {
		db := new(Database)
		if err := db.AddPasswordFile(path); err != nil {
			t.Fatal(err)
		}
		a := New(db, NewThrottle(), slog.New(slog.DiscardHandler))
		check := func(what, user, password string, right bool) {
			t.Helper()
			a.throttle = NewThrottle()
			if err := login(a, "192.0.2.1", user, password); (err == nil) != right {
				t.Errorf("%s: %s with %q: %v", what, user, password, err)
			}
		}
		check("at first", "anna", "old", true)
		write(t, path, "anna:"+fresh+"\nbert:"+old+"\n")
		time.Sleep(reloadInterval)
		check("changed", "anna", "old", false) // although it was remembered
		check("changed", "anna", "fresh", true)
		check("added", "bert", "old", true)
		for what, text := range map[string]string{"broken": "anna:plain\n", "empty": "", "cut off": "anna:" + fresh[:40]} {
			write(t, path, text)
			time.Sleep(reloadInterval)
			check(what, "anna", "fresh", true)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(reloadInterval)
		check("missing", "anna", "fresh", true)
		write(t, path, "bert:"+fresh)
		time.Sleep(reloadInterval)
		check("back without her", "anna", "fresh", false)
		check("back", "bert", "fresh", true)
		// The same length, written in place.
		if err := os.WriteFile(path, []byte("bert:"+old), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(reloadInterval)
		check("in place", "bert", "old", true)
	})
}

func TestAFileThatStaysIsNotReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwords")
	write(t, path, "anna:"+quickHash(t, "x"))
	synctest.Test(t, func(t *testing.T) {
		db := new(Database)
		if err := db.AddPasswordFile(path); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if reloaded, err := db.reload(time.Now()); reloaded != nil || err != nil {
				t.Errorf("read again: %v, %v", reloaded, err)
			}
			time.Sleep(2 * reloadInterval)
		}
		write(t, path, "nonsense")
		if _, err := db.reload(time.Now()); err == nil {
			t.Error("a broken file is not reported")
		}
		time.Sleep(2 * reloadInterval)
		if _, err := db.reload(time.Now()); err != nil {
			t.Errorf("a broken file is reported again: %v", err)
		}
	})
}

func TestAnAccountHasOneSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwords")
	hash := quickHash(t, "x")
	write(t, path, "# staff\nbert:"+hash+"\nanna:"+hash+"\n")
	want := func(what string, err error) {
		t.Helper()
		var twice *DuplicateError
		if !errors.As(err, &twice) || twice.Account != "anna" || twice.Places != [2]string{"users", path + ":3"} ||
			!strings.Contains(err.Error(), `"anna" is defined twice, in users and in `+path+":3") {
			t.Errorf("%s: %v", what, err)
		}
	}
	db := &Database{Source: "users"}
	if err := db.Add("anna", hash); err != nil {
		t.Fatal(err)
	}
	want("the file comes second", db.AddPasswordFile(path))
	if db.Len() != 1 {
		t.Error("half of the file is used")
	}
	db = &Database{Source: "users"}
	if err := db.AddPasswordFile(path); err != nil {
		t.Fatal(err)
	}
	want("the file comes first", db.Add("anna", hash))
	write(t, path, "bert:"+hash+"\n")
	if _, err := db.reload(time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := db.Add("anna", hash); err != nil {
		t.Fatal(err)
	}
	write(t, path, "bert:"+hash+"\n\nanna:"+hash)
	db.checked = time.Time{}
	_, err := db.reload(time.Now())
	want("the file gets the name while it is used", err)
	if db.Len() != 2 {
		t.Error("the previous accounts are gone")
	}
}

func TestATokenIsReadAgainAndAcceptedWhileOthersGuess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status.token")
	first, second := strings.Repeat("a", minTokenLength), strings.Repeat("b", minTokenLength)
	write(t, path, first+"\n")
	synctest.Test(t, func(t *testing.T) {
		db := new(Database)
		if err := db.AddTokenFile("control", path); err != nil {
			t.Fatal(err)
		}
		a := New(db, NewThrottle(), slog.New(slog.DiscardHandler))
		for range 20 {
			login(a, "192.0.2.1", "control", "wrong")
		}
		var throttled *ThrottledError
		if err := login(a, "192.0.2.1", "control", "wrong"); !errors.As(err, &throttled) {
			t.Errorf("a wrong token is not throttled: %v", err)
		}
		if err := login(a, "192.0.2.1", "control", first); err != nil {
			t.Errorf("the right token is locked out: %v", err)
		}
		print := a.Fingerprint("control")
		write(t, path, second)
		time.Sleep(reloadInterval)
		if a.Fingerprint("control") == print || a.Fingerprint("other") != "" {
			t.Error("the fingerprint does not tell one token from another")
		}
		if err := login(a, "192.0.2.1", "control", first); !errors.Is(err, ErrWrongCredentials) {
			t.Errorf("the previous token: %v", err)
		}
		if err := login(a, "192.0.2.1", "control", second); err != nil {
			t.Errorf("the new token: %v", err)
		}
		if err := a.Authenticate(context.Background(), from("192.0.2.1"), "", second); err == nil {
			t.Error("the token belongs to any account")
		}
	})
}

func TestATokenFileIsMadeOnceAndPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status.token")
	if err := EnsureTokenFile(path); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil || len(strings.TrimSpace(string(first))) < 26 {
		t.Fatalf("the token %q, %v", first, err)
	}
	if err := EnsureTokenFile(path); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(first) {
		t.Error("a restart changes the token", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Error("others may read the token", err)
	}
	write(t, path, "short\n")
	if err := EnsureTokenFile(path); err != nil {
		t.Fatal(err)
	}
	if err := new(Database).AddTokenFile("x", path); err != nil {
		t.Errorf("a token that was too short is not replaced: %v", err)
	}
}

func TestFilesThatCannotBeUsedAreExplained(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for text, want := range map[string]string{
		"": path + ": expected at least one line", "# x\n": "at least one line", "ann": path + ":1: expected user:hash",
		"\nann:hunter2":             path + ":2: the password of \"ann\": expected a bcrypt",
		":" + quickHash(t, "x"):     path + ":1: expected a user's name",
		strings.Repeat("x", 70_000): path + ":1: the line is longer than 64 KiB",
	} {
		write(t, path, text)
		if err := new(Database).AddPasswordFile(path); err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.20q: %v, want an error with %q", text, err, want)
		}
	}
	for _, text := range []string{"", "short", "two words that are long enough",
		strings.Repeat("x", 30) + "\n" + strings.Repeat("y", 30)} {
		write(t, path, text)
		if err := new(Database).AddTokenFile("x", path); err == nil ||
			!strings.Contains(err.Error(), path+": expected one token") {
			t.Errorf("token %q: %v", text, err)
		}
	}
	if err := new(Database).AddPasswordFile(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := new(Database).AddPasswordFile(dir); err == nil {
		t.Error("a folder is a password file")
	}
}
