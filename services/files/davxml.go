package files

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
)

// The bounds of a body of PROPFIND, PROPPATCH and LOCK. A parser that follows
// nested elements by recursion could be made to overflow the stack.
const (
	maxXML      = 64 << 10
	maxXMLDepth = 32
)

// element is one of a WebDAV body.
type element struct {
	name     xml.Name
	attrs    []xml.Attr
	text     string
	children []*element
	inner    []any // text (string) and children (*element) in their order
}

// child returns the first child of the DAV: namespace with this name.
func (e *element) child(local string) *element {
	for _, c := range e.children {
		if c.name.Space == "DAV:" && c.name.Local == local {
			return c
		}
	}
	return nil
}

// readXML reads a whole body; nil when it is empty.
func readXML(r *http.Request) (*element, error) {
	bad := func(status int, text string) error { return &refusal{status: status, text: text} }
	limited := &io.LimitedReader{R: r.Body, N: maxXML + 1}
	dec := xml.NewDecoder(limited)
	var root *element
	var open []*element
	for {
		token, err := dec.Token()
		if limited.N <= 0 {
			return nil, bad(http.StatusRequestEntityTooLarge, "The body is larger than 64 KiB.")
		}
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, bad(http.StatusBadRequest, "The body is no well-formed XML.")
		}
		switch token := token.(type) {
		case xml.Directive:
			return nil, bad(http.StatusBadRequest, "A document type is not accepted.")
		case xml.StartElement:
			if len(open) >= maxXMLDepth {
				return nil, bad(http.StatusBadRequest, "The body is nested too deeply.")
			}
			e := &element{name: token.Name}
			for _, a := range token.Attr {
				switch {
				case a.Name.Space == "xmlns" && a.Value == "":
					return nil, bad(http.StatusBadRequest, "A prefix without a namespace is no XML.")
				case a.Name.Space != "xmlns" && a.Name.Local != "xmlns":
					e.attrs = append(e.attrs, a)
				}
			}
			if len(open) == 0 {
				if root != nil {
					return nil, bad(http.StatusBadRequest, "The body has two roots.")
				}
				root = e
			} else {
				parent := open[len(open)-1]
				parent.children = append(parent.children, e)
				parent.inner = append(parent.inner, e)
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.text += string(token)
				parent.inner = append(parent.inner, string(token))
			}
		}
	}
}

// write is the element with its namespaces spelled out, so that it means the
// same wherever it is put.
func (e *element) write(b *strings.Builder) {
	b.WriteString(`<` + e.name.Local + ` xmlns="`)
	escape(b, e.name.Space)
	b.WriteString(`"`)
	for _, a := range e.attrs {
		switch a.Name.Space {
		case "":
			b.WriteString(` ` + a.Name.Local + `="`)
		case "http://www.w3.org/XML/1998/namespace", "xml":
			b.WriteString(` xml:` + a.Name.Local + `="`)
		default:
			b.WriteString(` xmlns:a="`)
			escape(b, a.Name.Space)
			b.WriteString(`" a:` + a.Name.Local + `="`)
		}
		escape(b, a.Value)
		b.WriteString(`"`)
	}
	b.WriteString(`>`)
	b.WriteString(e.content())
	b.WriteString(`</` + e.name.Local + `>`)
}

// content is what is inside of the element.
func (e *element) content() string {
	var b strings.Builder
	for _, part := range e.inner {
		switch part := part.(type) {
		case string:
			escape(&b, part)
		case *element:
			part.write(&b)
		}
	}
	return b.String()
}

func escape(b *strings.Builder, text string) { _ = xml.EscapeText(b, []byte(text)) }

func escaped(text string) string {
	var b strings.Builder
	escape(&b, text)
	return b.String()
}
