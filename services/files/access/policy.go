package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Anyone is the user of whom nothing is known.
const Anyone = "*"

// Policy is who may do what. Its methods are safe for concurrent use.
type Policy struct {
	anyone   Rules
	users    map[string]user
	writable bool // false: nobody writes or deletes, whatever the rules say
}

type user struct {
	hash  string
	rules Rules
}

// NewPolicy reads lines like
//
//	anna:$2a$10$… /=rwd /archive=r
//	* /public=r
//
// A user without rules has every right everywhere; * is whoever gives no
// password. Without any line everyone may read, and with upload also write
// what is not there yet. Without upload nobody changes anything.
func NewPolicy(lines []string, upload bool) (*Policy, error) {
	p := &Policy{users: map[string]user{}, writable: upload}
	if len(lines) == 0 {
		p.anyone = Rules{newRule(".", Read|Write)}
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			return nil, errors.New("expected user:hash and rules, got an empty line")
		}
		var rules Rules
		for _, text := range fields[1:] {
			rule, err := parseRule(text)
			if err != nil {
				return nil, fmt.Errorf("user %q: %w", nameOf(fields[0]), err)
			}
			if slices.ContainsFunc(rules, func(other Rule) bool { return other.key == rule.key }) {
				return nil, fmt.Errorf("user %q: there are two rules for /%s; names that differ by case alone are the same", nameOf(fields[0]), rule.Name)
			}
			rules = append(rules, rule)
		}
		if fields[0] == Anyone {
			if len(rules) == 0 {
				rules = Rules{newRule(".", Read|Write)}
			}
			p.anyone = rules
			continue
		}
		name, hash, ok := strings.Cut(fields[0], ":")
		switch {
		case !ok || name == "" || name == Anyone:
			return nil, fmt.Errorf("expected user:hash, got %q", nameOf(fields[0]))
		case !validHash(hash):
			return nil, fmt.Errorf("user %q: expected a bcrypt hash ($2a$10$…) after the colon; ammarctl password makes one", name)
		}
		if _, twice := p.users[name]; twice {
			return nil, fmt.Errorf("user %q is there twice", name)
		}
		if len(rules) == 0 {
			rules = Rules{newRule(".", Read|Write|Delete)}
		}
		p.users[name] = user{hash, rules}
	}
	return p, nil
}

// nameOf keeps a mistyped password out of an error.
func nameOf(field string) string {
	name, _, _ := strings.Cut(field, ":")
	return name
}

// Writable tells whether anybody may change anything.
func (p *Policy) Writable() bool { return p.writable }

// HasUsers tells whether a password is of any use.
func (p *Policy) HasUsers() bool { return len(p.users) > 0 }

// Identity is on whose behalf a request is.
type Identity struct {
	User string // Anyone when no password was given
	Link string // the ID of the link that was used; empty: none
	// rules are the user's; for a link just that it may be read.
	rules Rules
}

// Anyone is the identity of a request without a password.
func (p *Policy) Anyone() Identity { return Identity{User: Anyone, rules: p.anyone} }

// LinkIdentity is that of a request through a link: it may read what is
// linked and nothing else.
func LinkIdentity(l Link) Identity {
	return Identity{User: Anyone, Link: l.ID, rules: Rules{newRule(l.Name, Read)}}
}

// Need is one thing that a request wants to do.
type Need struct {
	Right Rights
	Name  string // below the root
	Tree  bool   // with everything below it
	Some  bool   // something below it is enough: a folder is worth listing
}

// Allows is the one place that decides: it tells whether the identity may do
// everything that is needed.
func (p *Policy) Allows(id Identity, needs ...Need) bool {
	for _, n := range needs {
		if n.Right&(Write|Delete) != 0 && (!p.writable || id.Link != "") {
			return false
		}
		if id.rules.on(n.Name)&n.Right != n.Right && !(n.Some && id.rules.below(n)) {
			return false
		}
		if !n.Tree {
			continue
		}
		key := fold(n.Name)
		for _, rule := range id.rules {
			if covers(key, rule.key) && rule.Rights&n.Right != n.Right {
				return false
			}
		}
	}
	return true
}

// below tells whether what is needed is granted somewhere below.
func (rules Rules) below(n Need) bool {
	key := fold(n.Name)
	for _, rule := range rules {
		if covers(key, rule.key) && rule.Rights&n.Right == n.Right {
			return true
		}
	}
	return false
}
