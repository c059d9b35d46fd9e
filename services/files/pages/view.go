package pages

import (
	"bytes"
	_ "embed"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/ammarctl/ammarctl/internal/htmltemplate"
	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/mediatype"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
)

//go:embed view.html
var viewHTML string

// maxView is how many bytes of a text are shown.
const maxView = 512 << 10

// The ways to show a file. The template view.html knows them.
const (
	viewText     = "text"
	viewMarkdown = "markdown"
	viewPicture  = "picture"
	viewAudio    = "audio"
	viewVideo    = "video"
)

// viewOf returns how a file with this name is shown; empty: it has no page.
func viewOf(name string) string {
	kind := mediatype.OfName(name)
	main, _, _ := strings.Cut(kind, "/")
	switch {
	case kind == "text/markdown":
		return viewMarkdown
	case main == "image" && kind != "image/tiff" && kind != "image/heic":
		return viewPicture
	case main == "audio":
		return viewAudio
	case main == "video" && kind != "video/x-motion-jpeg":
		return viewVideo
	case mediatype.IsText(kind):
		return viewText
	}
	return ""
}

// preview has the values of view.html.
type preview struct {
	frame
	Href     string
	Size     string
	Kind     string
	Text     string
	HTML     htmltemplate.Raw
	Cut      bool
	Download string
}

// viewPage is parsed for the first request, not at the start.
var viewPage = sync.OnceValue(func() *htmltemplate.Template {
	return htmltemplate.MustParse(headHTML, viewHTML)
})

// View answers with a page that shows a file. The page runs no script.
func View(w http.ResponseWriter, r *request.Request, f *os.File, info fs.FileInfo) error {
	base := path.Base(r.Name)
	href := "./" + url.PathEscape(base)
	p := preview{frame: newFrame(safetext.Replace(base)), Href: href, Download: href + "?download",
		Size: humanize.Bytes(info.Size()), Kind: viewOf(base)}
	switch p.Kind {
	case "":
		semantics.RedirectWithoutQuery(w, base)
		return nil
	case viewText, viewMarkdown:
		if err := p.read(f, info.Size()); err != nil {
			return err
		}
	}
	var body bytes.Buffer
	if err := viewPage().Execute(&body, "", &p); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-cache")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; img-src 'self' data:; "+
		"media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	head.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // fails only if the client left
	}
	return nil
}

// read fills in the text of a file of this size, and its HTML for Markdown.
func (p *preview) read(f io.Reader, size int64) error {
	data, err := io.ReadAll(io.LimitReader(f, maxView))
	if err != nil {
		return err
	}
	p.Cut = size > maxView
	p.Text = strings.ToValidUTF8(string(data), "\ufffd")
	if p.Kind != viewMarkdown {
		return nil
	}
	// goldmark omits raw HTML and dangerous URLs. The page's policy is the
	// second barrier.
	var out bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert([]byte(p.Text), &out); err != nil {
		return err
	}
	p.HTML = htmltemplate.Raw(out.String())
	return nil
}
