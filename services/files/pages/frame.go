package pages

import (
	"crypto/rand"
	_ "embed"

	"github.com/ammarctl/ammarctl/internal/htmltemplate"
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
	Style htmltemplate.Raw
}

func newFrame(title string) frame {
	return frame{Title: title, Nonce: rand.Text(), Style: htmltemplate.Raw(pageCSS)}
}
