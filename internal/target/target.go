// Package target reads how a person names another machine.
package target

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Target is a machine as ssh(1) knows it.
type Target struct {
	User    string // empty: as ssh's configuration says
	Host    string // a name of ssh's configuration, or an address
	Port    int    // 0: as ssh's configuration says
	Program string // the ammarctl there; empty: the one in PATH
}

// Parse reads [ssh://][user@]host[:port][/path/of/ammarctl].
func Parse(text string) (Target, error) {
	bad := func(why string) (Target, error) {
		return Target{}, fmt.Errorf("expected a machine such as pi, pi@robot or ssh://pi@robot:22, got %q: %s", text, why)
	}
	full := text
	if !strings.Contains(text, "://") {
		full = "ssh://" + text
	}
	u, err := url.Parse(full)
	if err != nil {
		return bad("it is no address")
	}
	t := Target{User: u.User.Username(), Host: u.Hostname(), Program: u.Path}
	switch _, secret := u.User.Password(); {
	case u.Scheme != "ssh":
		return bad("only ssh:// is known")
	case secret:
		return bad("a password does not belong here; ssh asks for it, or takes a key")
	case t.Host == "":
		return bad("it names no host")
	case u.RawQuery != "" || u.Fragment != "":
		return bad("there is more after the path")
	case strings.HasPrefix(t.Host, "-") || strings.HasPrefix(t.User, "-"): // ssh would take it for an option
		return bad("a name cannot begin with a dash")
	case strings.ContainsFunc(t.Host+t.User+t.Program, unprintable):
		return bad("it contains blanks or control characters")
	}
	if port := u.Port(); port != "" {
		if t.Port, err = strconv.Atoi(port); err != nil || t.Port < 1 || t.Port > 65535 {
			return bad("expected a port from 1 to 65535")
		}
	}
	if t.Program == "/" {
		t.Program = ""
	}
	return t, nil
}

func unprintable(r rune) bool { return r <= ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }

// Name is what the machine is called in tables.
func (t Target) Name() string { return t.Host }

// String is the target as it can be parsed again.
func (t Target) String() string {
	u := url.URL{Scheme: "ssh", Host: t.Host, Path: t.Program}
	if t.User != "" {
		u.User = url.User(t.User)
	}
	if strings.Contains(t.Host, ":") {
		u.Host = "[" + t.Host + "]"
	}
	if t.Port != 0 {
		u.Host += ":" + strconv.Itoa(t.Port)
	}
	return u.String()
}
