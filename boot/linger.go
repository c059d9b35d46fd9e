package boot

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// lingerFolder is where systemd-logind notes whose systemd runs without a
// login: a file for each user, see loginctl(1).
const lingerFolder = "/var/lib/systemd/linger"

// Lingers tells whether the services of this user run from the machine's
// start on, and not only while the user is logged in.
func Lingers() bool { return lingers(lingerFolder) }

func lingers(folder string) bool {
	me, err := user.Current()
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(folder, me.Username))
	return err == nil
}

// Linger asks systemd-logind to have them do so. Some machines want an
// administrator for that.
func Linger(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, "loginctl", "--no-ask-password", "enable-linger").CombinedOutput()
	if err != nil {
		text := strings.TrimSpace(string(out))
		if text == "" {
			text = err.Error()
		}
		return explain.Errorf("linger-refused",
			"loginctl enable-linger: %s; an administrator can: sudo loginctl enable-linger $USER", text)
	}
	return nil
}
