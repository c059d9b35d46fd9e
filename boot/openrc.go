package boot

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// OpenRC is a service script, see openrc-run(8): a file for /etc/init.d, which
// root has to put there, that starts the instance as user. ammarctl's own
// keeper watches over it; OpenRC only starts and stops it.
func OpenRC(u Unit, user, home string) (string, error) {
	if err := u.valid(); err != nil {
		return "", err
	}
	if user == "" || home == "" || strings.ContainsAny(user+home, "\n\r\x00") {
		return "", errors.New("an OpenRC script needs the user whose services it starts, and that user's folder")
	}
	env := []string{"env", "HOME=" + home}
	for _, name := range slices.Sorted(maps.Keys(u.Env)) {
		env = append(env, name+"="+u.Env[name])
	}
	at := func(words ...string) string {
		words = append(slices.Clone(env), append([]string{u.Program}, words...)...)
		if u.Config != "" && words[len(env)+1] == "up" {
			words = append(words, "--config", u.Config)
		}
		return shellWord("cd " + shellWord(u.Dir) + " && exec " + shellWords(append(words, "--instance", u.Instance)))
	}
	return fmt.Sprintf(script, u.Instance, shellWord(user), at("up", "-d"), at("down"), at("reload"), at("info")), nil
}

const script = `#!/sbin/openrc-run
# Starts an instance of ammarctl as its user. Its own keeper watches over it.

name="ammarctl, instance %s"
description="Runs several services and keeps them alive"
extra_started_commands="reload"

depend() {
	need localmount
	use net
	after bootmisc
}

run() {
	su -s /bin/sh -c "$1" %s
}

start() {
	ebegin "Starting $name"
	run %s
	eend $?
}

stop() {
	ebegin "Stopping $name"
	run %s
	eend $?
}

reload() {
	ebegin "Reloading $name"
	run %s
	eend $?
}

status() {
	run %s
}
`

func shellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellWord(word)
	}
	return strings.Join(quoted, " ")
}

// shellWord is one word for any POSIX shell, whatever is in it.
func shellWord(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-=:") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
