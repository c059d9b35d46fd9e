package webdav

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
)

const xmlHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// The bounds of a body of PROPFIND, PROPPATCH and LOCK. write is recursive, so
// deep nesting could overflow the stack.
const (
	maxXML      = 64 << 10
	maxXMLDepth = 32
)

// element is an element of a WebDAV body.
type element struct {
	name     xml.Name
	attrs    []xml.Attr
	text     string
	children []*element
	inner    []any // text (string) and children (*element) in their order
}

// child returns the first child with this name in the namespace DAV:, or nil.
func (e *element) child(local string) *element {
	for _, c := range e.children {
		if c.name.Space == "DAV:" && c.name.Local == local {
			return c
		}
	}
	return nil
}

// readXML reads the whole body. It returns nil for an empty body.
func readXML(r *request.Request) (*element, error) {
	bad := func(text string) error { return semantics.Refuse(http.StatusBadRequest, text) }
	limited := &io.LimitedReader{R: r.Body, N: maxXML + 1}
	dec := xml.NewDecoder(limited)
	var root *element
	var open []*element
	for {
		token, err := dec.Token()
		if limited.N <= 0 {
			return nil, semantics.Refuse(http.StatusRequestEntityTooLarge, "The body is larger than 64 KiB.")
		}
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, bad("The body is not well-formed XML.")
		}
		switch token := token.(type) {
		case xml.Directive:
			return nil, bad("A document type is not accepted.")
		case xml.StartElement:
			if len(open) >= maxXMLDepth {
				return nil, bad("The body is nested too deeply.")
			}
			e := &element{name: token.Name}
			for _, a := range token.Attr {
				switch {
				case a.Name.Space == "xmlns" && a.Value == "":
					return nil, bad("A prefix without a namespace is not XML.")
				case a.Name.Space != "xmlns" && a.Name.Local != "xmlns":
					e.attrs = append(e.attrs, a)
				}
			}
			if len(open) == 0 {
				if root != nil {
					return nil, bad("The body has two roots.")
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

// write writes the element with explicit namespaces, so that it has the same
// meaning in any document.
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

// content is the inner XML of the element.
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
