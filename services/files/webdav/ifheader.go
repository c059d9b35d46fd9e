package webdav

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/semantics"
)

// ifHeader is the If header of RFC 4918 section 10.4. It holds if one of its
// lists holds.
type ifHeader []ifList

// ifList holds if all its conditions hold.
type ifList struct {
	resource   string // a URL; empty: that of the request
	conditions []ifCondition
}

// ifCondition names a lock token or an entity tag.
type ifCondition struct {
	not   bool
	token string
	tag   string
}

// ifState is the state of a name that conditions are compared with.
type ifState interface {
	hasLock(name, token string) bool
	entityTag(name string) (tag string, exists bool)
}

// tokens are the lock tokens that the client knows.
func (f ifHeader) tokens() []string {
	var list []string
	for _, l := range f {
		for _, c := range l.conditions {
			if c.token != "" {
				list = append(list, c.token)
			}
		}
	}
	return list
}

// holds evaluates the header for a request to name.
func (f ifHeader) holds(state ifState, name string) bool {
	if len(f) == 0 {
		return true
	}
	for _, list := range f {
		about := name
		if list.resource != "" {
			u, err := url.Parse(list.resource)
			if err != nil {
				continue
			}
			var ok bool
			if about, ok = names.Local(u.Path); !ok {
				continue
			}
		}
		if list.holds(state, about) {
			return true
		}
	}
	return false
}

func (l ifList) holds(state ifState, name string) bool {
	for _, c := range l.conditions {
		holds := false
		if c.token != "" {
			holds = state.hasLock(name, c.token)
		} else if tag, exists := state.entityTag(name); exists {
			holds = tag == c.tag
		}
		if holds == c.not {
			return false
		}
	}
	return true
}

func parseIf(text string) (ifHeader, error) {
	bad := semantics.Refuse(http.StatusBadRequest, "The If header is malformed.")
	var header ifHeader
	resource := ""
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if text[0] == '<' {
			end := strings.IndexByte(text, '>')
			if end < 0 {
				return nil, bad
			}
			resource, text = text[1:end], text[end+1:]
			continue
		}
		if text[0] != '(' {
			return nil, bad
		}
		list, rest, ok := parseIfList(text[1:])
		if !ok || len(header) >= 100 {
			return nil, bad
		}
		list.resource = resource
		header = append(header, list)
		text = rest
	}
	return header, nil
}

// parseIfList reads up to the closing parenthesis.
func parseIfList(text string) (list ifList, rest string, ok bool) {
	not := false
	for {
		text = strings.TrimSpace(text)
		switch {
		case text == "":
			return list, "", false
		case text[0] == ')':
			return list, text[1:], len(list.conditions) > 0 && !not
		case len(text) > 3 && strings.EqualFold(text[:3], "Not") && !not:
			not, text = true, text[3:]
		case text[0] == '<':
			end := strings.IndexByte(text, '>')
			if end < 2 {
				return list, "", false
			}
			list.conditions = append(list.conditions, ifCondition{not: not, token: text[1:end]})
			not, text = false, text[end+1:]
		case text[0] == '[':
			end := strings.IndexByte(text, ']')
			if end < 2 {
				return list, "", false
			}
			list.conditions = append(list.conditions, ifCondition{not: not, tag: text[1:end]})
			not, text = false, text[end+1:]
		default:
			return list, "", false
		}
	}
}
