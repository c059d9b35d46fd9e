package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/server/auth"
)

// Anyone is the user of a request without a password.
const Anyone = "*"

// Policy decides what each user may do. Its methods are safe for concurrent use.
type Policy struct {
	anyone   Rules
	others   Rules // of an account that no line names: one of a password file
	users    map[string]Rules
	accounts *auth.Database
	writable bool // false: no one writes or deletes, whatever the rules allow
}

// NewPolicy reads lines like
//
//	anna:$2a$10$… /=rwd /archive=r
//	* /public=r
//
// The hash is one that auth.Database.Add accepts. A user without rules has every
// right everywhere. The line * is for requests without a password, and for the
// accounts of AddPasswordFile. Without any line everyone may read, and with upload
// also write what does not exist yet. Without upload no one changes anything.
func NewPolicy(lines []string, upload bool) (*Policy, error) {
	p := &Policy{users: map[string]Rules{}, accounts: &auth.Database{Source: "users"}, writable: upload}
	p.others = Rules{newRule(".", Read|Write)}
	if len(lines) == 0 {
		p.anyone = p.others
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
				return nil, fmt.Errorf("user %q: there are two rules for /%s; names that differ by case alone are the same",
					nameOf(fields[0]), rule.Name)
			}
			rules = append(rules, rule)
		}
		if fields[0] == Anyone {
			if len(rules) == 0 {
				rules = Rules{newRule(".", Read|Write)}
			}
			p.anyone, p.others = rules, rules
			continue
		}
		name, hash, ok := strings.Cut(fields[0], ":")
		if !ok || name == "" || name == Anyone {
			return nil, fmt.Errorf("expected user:hash, got %q", nameOf(fields[0]))
		}
		if _, twice := p.users[name]; twice {
			return nil, fmt.Errorf("user %q is there twice", name)
		}
		if err := p.accounts.Add(name, hash); err != nil {
			return nil, err
		}
		if len(rules) == 0 {
			rules = Rules{newRule(".", Read|Write|Delete)}
		}
		p.users[name] = rules
	}
	return p, nil
}

// AddPasswordFile adds the accounts of a file of lines user:hash; see
// auth.Database.AddPasswordFile. A name that a line of the policy has too is an
// error that names both places. The accounts have the rights of the line *;
// without that line they may read, and with upload write what does not exist yet.
func (p *Policy) AddPasswordFile(path string) error { return p.accounts.AddPasswordFile(path) }

// Accounts is the database of the policy's users.
func (p *Policy) Accounts() *auth.Database { return p.accounts }

// nameOf keeps a mistyped password out of an error.
func nameOf(field string) string {
	name, _, _ := strings.Cut(field, ":")
	return name
}

// Writable reports whether anyone may change anything.
func (p *Policy) Writable() bool { return p.writable }

// HasUsers reports whether there is any account to log in to.
func (p *Policy) HasUsers() bool { return p.accounts.Len() > 0 }

// Identity is the user that a request acts for.
type Identity struct {
	User string // Anyone when no password was given
	Link string // the ID of the link that was used; empty: none
	// rules are the user's; for a link just that it may be read.
	rules Rules
}

// Anyone is the identity of a request without a password.
func (p *Policy) Anyone() Identity { return Identity{User: Anyone, rules: p.anyone} }

// Identity returns the identity of a request with the right password of user.
func (p *Policy) Identity(user string) Identity {
	rules, ok := p.users[user]
	if !ok {
		rules = p.others
	}
	return Identity{User: user, rules: rules}
}

// LinkIdentity returns the identity of a request through a link. It may read the
// linked file or folder and nothing else.
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
