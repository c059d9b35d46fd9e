package htmltemplate

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// place is a kind of place in HTML.
type place int

const (
	inText place = iota
	inTag        // between < and >, outside of quotes
	inQuotes
	inRaw // the text of a script or style element
)

// context is the place that the parser has reached.
type context struct {
	place   place
	word    string // in a tag: the text since the last space
	element string // the name of the tag
	attr    string // in quotes: the attribute's name
	quote   byte
	started bool // in quotes: something of the value is before
	query   bool // in quotes: a ? or # is before
}

// same tells whether two branches can continue with the same text.
func (c context) same(other context) bool {
	return c.place == other.place && c.quote == other.quote && c.attr == other.attr && c.query == other.query
}

// advance moves on by literal text.
func (c *context) advance(text string) error {
	for i := 0; i < len(text); i++ {
		switch b := text[i]; c.place {
		case inText, inRaw:
			if b != '<' || c.place == inRaw && !strings.HasPrefix(text[i:], "</"+c.element) {
				continue
			}
			if strings.HasPrefix(text[i:], "<!--") {
				return errors.New("HTML comments are unsupported")
			}
			*c = context{place: inTag}
		case inTag:
			c.tagByte(b)
		case inQuotes:
			switch b {
			case c.quote:
				*c = context{place: inTag, element: c.element}
				continue
			case '?', '#':
				c.query = true
			}
			c.started = true
		}
	}
	return nil
}

// tagByte moves on by one byte inside a tag.
func (c *context) tagByte(b byte) {
	if c.element == "" && strings.IndexByte(" \n\t>", b) >= 0 {
		c.element = c.word
	}
	switch b {
	case '>':
		if c.element == "script" || c.element == "style" {
			*c = context{place: inRaw, element: c.element}
		} else {
			*c = context{}
		}
	case '"', '\'':
		*c = context{place: inQuotes, quote: b, element: c.element, attr: strings.ToLower(strings.TrimSuffix(c.word, "="))}
	case ' ', '\n', '\t':
		c.word = ""
	default:
		c.word += string(b)
	}
}

// value returns how a value at this place is escaped, and moves on.
func (c *context) value() (escaper, error) {
	defer func() { c.started = true }()
	switch {
	case c.place == inTag:
		return nil, errors.New("a value in a tag must be in the quotes of an attribute")
	case c.place == inRaw:
		return rawOnly, nil
	case c.place == inText:
		return escapeHTML, nil
	}
	switch {
	case strings.HasPrefix(c.attr, "on"):
		return nil, fmt.Errorf("the attribute %s holds a script; it can have no value", c.attr)
	case c.attr == "style", c.attr == "srcset", c.attr == "srcdoc", c.attr == "":
		return nil, fmt.Errorf("the attribute %q can have no value", c.attr)
	case !holdsAddress(c.attr):
		return escapeHTML, nil
	case c.query:
		return queryValue, nil
	case !c.started:
		return address, nil
	}
	return escapeHTML, nil
}

// holdsAddress tells whether a browser or our script follows or loads the value.
func holdsAddress(attr string) bool {
	switch attr {
	case "href", "src", "action", "formaction", "poster", "data-again":
		return true
	}
	return false
}

// escaper makes a text safe for one kind of place.
type escaper func(string) (string, error)

// special has the same characters as template.HTMLEscapeString.
const special = "\"'&<>\x00"

func escapeHTML(text string) (string, error) {
	if !strings.ContainsAny(text, special) {
		return text, nil
	}
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; c {
		case 0:
			b.WriteString("\uFFFD")
		case '"':
			b.WriteString("&#34;")
		case '\'':
			b.WriteString("&#39;")
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// address lets relative addresses and those of the web pass. Others, such as
// javascript:, become one that leads nowhere.
func address(text string) (string, error) {
	scheme, _, hasScheme := strings.Cut(text, ":")
	if hasScheme && !strings.ContainsAny(scheme, "/?#") &&
		!slices.Contains([]string{"http", "https", "mailto"}, strings.ToLower(scheme)) {
		return "#unsafe", nil
	}
	return escapeHTML(text)
}

func queryValue(text string) (string, error) { return url.QueryEscape(text), nil }

func rawOnly(string) (string, error) {
	return "", errors.New("a script or a style can hold only Raw values")
}
