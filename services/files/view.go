package files

import (
	"bytes"
	_ "embed"
	"html/template"
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
)

//go:embed view.html
var viewHTML string

// maxView is how much of a text is shown.
const maxView = 512 << 10

// The ways of showing a file.
const (
	viewText     = "text"
	viewMarkdown = "markdown"
	viewPicture  = "picture"
	viewAudio    = "audio"
	viewVideo    = "video"
)

// viewOf is how a file with this name is shown; empty: not at all.
func viewOf(name string) string {
	kind := typeByEnding(ending(name))
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
	case isText(kind):
		return viewText
	}
	return ""
}

// preview is what the page of one file is made of.
type preview struct {
	frame
	Href     string
	Size     string
	Kind     string
	Text     string
	HTML     template.HTML
	Cut      bool
	Download string
}

// viewPage is parsed by the first who looks at a file.
var viewPage = sync.OnceValue(func() *template.Template { return framed(viewHTML) })

// view answers with a page that shows a file. Nothing on it runs.
func (h *handler) view(w http.ResponseWriter, r *request, f *os.File, info fs.FileInfo) error {
	base := path.Base(r.name)
	href := "./" + url.PathEscape(base)
	p := preview{frame: newFrame(visible(base)), Href: href, Download: href + "?download", Size: humanSize(info.Size()), Kind: viewOf(base)}
	switch p.Kind {
	case "":
		redirect(w, &http.Request{URL: &url.URL{}}, http.StatusFound, base)
		return nil
	case viewText, viewMarkdown:
		data, err := io.ReadAll(io.LimitReader(f, maxView))
		if err != nil {
			return err
		}
		p.Cut = info.Size() > maxView
		p.Text = strings.ToValidUTF8(string(data), "\ufffd")
		if p.Kind == viewMarkdown {
			// Raw HTML and dangerous addresses are left out by goldmark itself;
			// the policy below holds if it should miss one.
			var out bytes.Buffer
			if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert([]byte(p.Text), &out); err != nil {
				return err
			}
			p.HTML = template.HTML(out.String()) //nolint:gosec // made by goldmark without raw HTML
		}
	}
	var body bytes.Buffer
	if err := viewPage().Execute(&body, p); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-cache")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	head.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // the client left
	}
	return nil
}
