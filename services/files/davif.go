package files

import (
	"net/http"
	"net/url"
	"strings"
)

// ifHeader is the If header of RFC 4918 section 10.4: it holds when one of
// its lists does.
type ifHeader []ifList

// ifList holds when all its conditions do.
type ifList struct {
	resource   string // the URL it is about; empty: that of the request
	conditions []ifCondition
}

// ifCondition is about a lock's token or an entity tag.
type ifCondition struct {
	not   bool
	token string
	tag   string
}

// tokens are those that the client says it knows.
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

func (f ifHeader) holds(h *handler, r *request) bool {
	if len(f) == 0 {
		return true
	}
	for _, list := range f {
		name := r.name
		if list.resource != "" {
			u, err := url.Parse(list.resource)
			if err != nil {
				continue
			}
			var ok bool
			if name, ok = localName(u.Path); !ok {
				continue
			}
		}
		if list.holds(h, name) {
			return true
		}
	}
	return false
}

func (l ifList) holds(h *handler, name string) bool {
	for _, c := range l.conditions {
		holds := false
		if c.token != "" {
			for _, k := range h.locks.on(name) {
				holds = holds || k.token == c.token
			}
		} else if info, err := h.root.Stat(name); err == nil {
			holds = etag(info) == c.tag
		}
		if holds == c.not {
			return false
		}
	}
	return true
}

func parseIf(text string) (ifHeader, error) {
	bad := &refusal{status: http.StatusBadRequest, text: "The If header is not understood."}
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
