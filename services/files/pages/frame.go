package pages

import (
	"crypto/rand"
	_ "embed"
	"html/template"
)

//go:embed head.html
var headHTML string

//go:embed page.css
var pageCSS string

// frame is common to all pages: the head, and the nonce that marks our own
// styles and scripts for the page's Content-Security-Policy.
type frame struct {
	Title string
	Nonce string
	Style template.CSS
}

func newFrame(title string) frame {
	return frame{Title: title, Nonce: rand.Text(), Style: template.CSS(pageCSS)} //nolint:gosec // a constant of ours
}

// parsePage parses the template of a page and adds the common head.
func parsePage(page string) *template.Template {
	tmpl := template.Must(template.New("page").Parse(page))
	template.Must(tmpl.New("head").Parse(headHTML))
	return tmpl
}
