package files

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// maxAsked is how many properties one question may name: each is answered for
// each file of a folder.
const maxAsked = 100

// asked is what a PROPFIND wants to know.
type asked struct {
	names     []xml.Name // nil: everything
	namesOnly bool
}

// propfind is RFC 4918 section 9.1.
func (h *handler) propfind(w http.ResponseWriter, r *request) error {
	body, err := readXML(r.Request)
	if err != nil {
		return err
	}
	want, err := question(body)
	if err != nil {
		return err
	}
	depth := r.Header.Get("Depth")
	if depth != "0" && depth != "1" {
		return &refusal{status: http.StatusForbidden, text: "A Depth of 0 or 1 is expected; the whole tree at once is too much."}
	}
	info, err := h.root.Stat(r.name)
	if err != nil {
		return err
	}
	if err := plain(info); err != nil {
		return err
	}
	if r.slash && !info.IsDir() || !info.IsDir() && !h.may(r, access.Read, r.name) {
		return notFound(r.URL.Path)
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(http.StatusMultiStatus)
	out := bufio.NewWriterSize(w, 32<<10)
	defer out.Flush()
	out.WriteString(xmlHead + `<D:multistatus xmlns:D="DAV:">`)
	h.describe(out, r.name, info, want)
	if depth == "1" && info.IsDir() {
		if err := h.describeMembers(out, r, want); err != nil {
			panic(http.ErrAbortHandler) // the status is gone; the client has to notice
		}
	}
	out.WriteString("</D:multistatus>\n")
	return nil
}

func (h *handler) describeMembers(out *bufio.Writer, r *request, want asked) error {
	f, err := h.root.Open(r.name)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		list, err := f.ReadDir(512)
		for _, e := range list {
			name := path.Join(r.name, e.Name())
			if !served(e.Name()) || !h.policy.Allows(r.id, access.Need{Right: access.Read, Name: name, Some: true}) {
				continue
			}
			info, err := h.root.Stat(name)
			if err == nil && plain(info) == nil {
				h.describe(out, name, info, want)
			}
		}
		if err != nil {
			return nil // the end
		}
		if r.Context().Err() != nil {
			return r.Context().Err()
		}
	}
}

// question reads the body of a PROPFIND; none asks for everything.
func question(body *element) (asked, error) {
	if body == nil {
		return asked{}, nil
	}
	bad := &refusal{status: http.StatusBadRequest, text: "PROPFIND expects prop, allprop or propname."}
	if body.name != (xml.Name{Space: "DAV:", Local: "propfind"}) {
		return asked{}, bad
	}
	switch prop := body.child("prop"); {
	case prop != nil && len(prop.children) > maxAsked:
		return asked{}, &refusal{status: http.StatusBadRequest, text: fmt.Sprintf("PROPFIND asks for %d properties at most.", maxAsked)}
	case prop != nil:
		want := asked{names: []xml.Name{}}
		for _, c := range prop.children {
			want.names = append(want.names, c.name)
		}
		return want, nil
	case body.child("propname") != nil:
		return asked{namesOnly: true}, nil
	case body.child("allprop") != nil:
		return asked{}, nil
	}
	return asked{}, bad
}

// liveProps are those that the file itself has, in the DAV: namespace.
func liveProps() []string {
	return []string{"resourcetype", "displayname", "getcontentlength", "getcontenttype", "getetag", "getlastmodified", "creationdate", "supportedlock", "lockdiscovery"}
}

// live is the inner XML of a live property.
func (h *handler) live(local, name string, info fs.FileInfo) (string, bool) {
	switch local {
	case "resourcetype":
		if info.IsDir() {
			return "<D:collection/>", true
		}
		return "", true
	case "displayname":
		if name == "." {
			return escaped(visible(path.Base(h.root.Name()))), true
		}
		return escaped(visible(path.Base(name))), true
	case "getcontentlength":
		return strconv.FormatInt(info.Size(), 10), !info.IsDir()
	case "getcontenttype":
		return typeOf(name), !info.IsDir()
	case "getetag":
		return escaped(etag(info)), !info.IsDir()
	case "getlastmodified":
		return info.ModTime().UTC().Format(http.TimeFormat), true
	case "creationdate":
		return info.ModTime().UTC().Format(time.RFC3339), true
	case "supportedlock":
		const entry = `<D:lockentry><D:lockscope><D:%s/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`
		return fmt.Sprintf(entry, "exclusive") + fmt.Sprintf(entry, "shared"), true
	case "lockdiscovery":
		text := ""
		for _, k := range h.locks.on(name) {
			text += k.xml()
		}
		return text, true
	case "quota-available-bytes":
		free, ok := freeSpace(h.root)
		return strconv.FormatInt(max(0, free-spareSpace), 10), ok && info.IsDir()
	}
	return "", false
}

// describe writes one response element.
func (h *handler) describe(out *bufio.Writer, name string, info fs.FileInfo, want asked) {
	dead := h.props.of(name)
	names := want.names
	if names == nil {
		for _, local := range liveProps() {
			names = append(names, xml.Name{Space: "DAV:", Local: local})
		}
		for key := range dead {
			names = append(names, propName(key))
		}
	}
	var found, missing strings.Builder
	for _, n := range names {
		value, ok := dead[propKey(n)]
		if n.Space == "DAV:" {
			if own, has := h.live(n.Local, name, info); has {
				value, ok = own, true
			}
		}
		to := &found
		if !ok {
			if want.names == nil {
				continue
			}
			to, value = &missing, ""
		}
		if want.namesOnly {
			value = ""
		}
		property(to, n, value)
	}
	href := (&url.URL{Path: path.Join("/", name)}).EscapedPath()
	if info.IsDir() && href != "/" {
		href += "/"
	}
	out.WriteString("<D:response><D:href>" + escaped(href) + "</D:href>")
	if found.Len() > 0 || missing.Len() == 0 {
		propstat(out, found.String(), http.StatusOK)
	}
	if missing.Len() > 0 {
		propstat(out, missing.String(), http.StatusNotFound)
	}
	out.WriteString("</D:response>\n")
}

func property(b *strings.Builder, n xml.Name, value string) {
	if n.Space == "DAV:" {
		b.WriteString("<D:" + n.Local + ">" + value + "</D:" + n.Local + ">")
		return
	}
	b.WriteString("<" + n.Local + ` xmlns="` + escaped(n.Space) + `">` + value + "</" + n.Local + ">")
}

func propstat(out *bufio.Writer, properties string, status int) {
	fmt.Fprintf(out, "<D:propstat><D:prop>%s</D:prop><D:status>HTTP/1.1 %d %s</D:status></D:propstat>", properties, status, http.StatusText(status))
}

// proppatch is RFC 4918 section 9.2: all of it, or nothing.
func (h *handler) proppatch(w http.ResponseWriter, r *request) error {
	body, err := readXML(r.Request)
	if err != nil {
		return err
	}
	if body == nil || body.name != (xml.Name{Space: "DAV:", Local: "propertyupdate"}) {
		return &refusal{status: http.StatusBadRequest, text: "PROPPATCH expects a propertyupdate."}
	}
	if _, err := h.root.Stat(r.name); err != nil {
		return err
	}
	if err := h.locks.confirm(h, r, r.name); err != nil {
		return err
	}
	var changes []propChange
	var done, refused strings.Builder
	for _, step := range body.children {
		prop := step.child("prop")
		remove := step.name.Local == "remove"
		if step.name.Space != "DAV:" || prop == nil || !remove && step.name.Local != "set" {
			continue
		}
		for _, p := range prop.children {
			if p.name.Space == "DAV:" && slices.Contains(liveProps(), p.name.Local) {
				property(&refused, p.name, "")
				continue
			}
			property(&done, p.name, "")
			changes = append(changes, propChange{key: propKey(p.name), value: p.content(), remove: remove})
		}
	}
	status := http.StatusOK
	if refused.Len() > 0 {
		status = http.StatusFailedDependency
	} else if err := h.props.change(r.name, changes); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(http.StatusMultiStatus)
	out := bufio.NewWriter(w)
	defer out.Flush()
	out.WriteString(xmlHead + `<D:multistatus xmlns:D="DAV:"><D:response><D:href>` + escaped(r.URL.EscapedPath()) + "</D:href>")
	if done.Len() > 0 {
		propstat(out, done.String(), status)
	}
	if refused.Len() > 0 {
		propstat(out, refused.String(), http.StatusForbidden)
	}
	out.WriteString("</D:response></D:multistatus>\n")
	return nil
}
