package files

import (
	"crypto/rand"
	_ "embed"
	"html/template"
)

//go:embed head.html
var headHTML string

//go:embed page.css
var pageCSS string

// frame is what all pages have: their head, and the nonce by which the policy
// of the page knows what is ours.
type frame struct {
	Title string
	Nonce string
	Style template.CSS
}

func newFrame(title string) frame {
	return frame{Title: title, Nonce: rand.Text(), Style: template.CSS(pageCSS)} //nolint:gosec // it is ours
}

// framed reads the template of a page, which begins with the head.
func framed(page string) *template.Template {
	tmpl := template.Must(template.New("page").Parse(page))
	template.Must(tmpl.New("head").Parse(headHTML))
	return tmpl
}
