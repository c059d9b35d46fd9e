//go:build amd64 || arm64 || arm || riscv64

package takeover

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// What root is allowed proves nothing about others: the main ways once more,
// as a user without rights.
func TestItTakesNoRights(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("all tests run without rights")
	}
	dir, err := os.MkdirTemp("", "takeover-user")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o777); err != nil { // for the files of the tests
		t.Fatal(err)
	}
	copied := func(path, name string) string {
		binary, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.WriteFile(to, binary, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(to, 0o755); err != nil { // whatever the umask leaves
			t.Fatal(err)
		}
		return to
	}
	tests := exec.CommandContext(t.Context(), copied(self(t), "tests"), "-test.v", "-test.run",
		"^Test(NoClientIsRefused|NoRequestIsLost|NewClients|AProgramThat|AListener|ACall|ALauncher|UDP|WithoutCopies)")
	tests.Dir = dir
	tests.Env = append(os.Environ(), "TAKEOVER_SERVER="+copied(server(t), "server"), "TMPDIR="+dir, "HOME="+dir)
	const nobody = 65534
	tests.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := tests.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
