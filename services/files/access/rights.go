// Package access decides who may do what: users with rights per path, and links
// that open one file or folder for a while. Package auth checks the passwords. It
// knows names below the shared folder, not files.
package access

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Rights is a set of what may be done with a name.
type Rights uint8

// The rights. To replace or move a file needs Delete in addition to Write.
const (
	Read Rights = 1 << iota
	Write
	Delete
)

// ParseRights reads a set such as "r", "rw" or "rwd"; "-" is none.
func ParseRights(text string) (Rights, error) {
	var set Rights
	if text == "-" {
		return 0, nil
	}
	for _, c := range text {
		switch c {
		case 'r':
			set |= Read
		case 'w':
			set |= Write
		case 'd':
			set |= Delete
		default:
			return 0, fmt.Errorf("expected rights made of r (read), w (write) and d (delete), or - for none, got %q", text)
		}
	}
	if set == 0 {
		return 0, fmt.Errorf("expected rights made of r, w and d, or - for none, got nothing")
	}
	return set, nil
}

// String is the inverse of ParseRights.
func (r Rights) String() string {
	text := ""
	for i, c := range "rwd" {
		if r&(1<<i) != 0 {
			text += string(c)
		}
	}
	if text == "" {
		return "-"
	}
	return text
}

// Rule gives rights on a folder, or a file, and everything below it, unless a
// rule with a longer path says otherwise.
type Rule struct {
	Name   string // below the root, "." for the root itself
	Rights Rights
	key    string // Name in the form in which names are compared
}

func newRule(name string, rights Rights) Rule { return Rule{name, rights, fold(name)} }

// wellKnown is where a host proves whose it is (RFC 8615), to those who give
// out certificates among others.
const wellKnown = ".well-known"

// Rules are the rules of one user.
type Rules []Rule

// on returns the rights on name: those of the longest rule that covers it. To
// change what is well-known takes a rule for that place.
func (rules Rules) on(name string) Rights {
	var rights Rights
	longest := -1
	key := ""
	for _, rule := range rules {
		length := 0
		if rule.Name != "." {
			if key == "" {
				key = fold(name)
			}
			if !covers(rule.key, key) {
				continue
			}
			length = len(rule.key)
		}
		if length > longest {
			rights, longest = rule.Rights, length
		}
	}
	if longest < len(wellKnown) && covers(wellKnown, name) {
		rights &= Read
	}
	return rights
}

// covers tells whether name is folder or below it; "a" does not cover "ab".
func covers(folder, name string) bool {
	return folder == "." || name == folder || strings.HasPrefix(name, folder+"/")
}

// parseRule reads PATH=RIGHTS.
func parseRule(text string) (Rule, error) {
	at := strings.LastIndexByte(text, '=')
	if at < 0 || !strings.HasPrefix(text, "/") {
		return Rule{}, fmt.Errorf("expected a rule like /photos=rw, got %q", text)
	}
	rights, err := ParseRights(text[at+1:])
	if err != nil {
		return Rule{}, fmt.Errorf("%s: %w", text[:at], err)
	}
	name := strings.Trim(text[:at], "/")
	if name == "" {
		return newRule(".", rights), nil
	}
	if path.Clean(name) != name || slices.Contains(strings.Split(name, "/"), "..") || strings.ContainsAny(name, "\\\x00") {
		return Rule{}, fmt.Errorf("expected a plain path below the shared folder, got %q", text[:at])
	}
	return newRule(name, rights), nil
}
