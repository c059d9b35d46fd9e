package webdav

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/mediatype"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

// maxPropNames is the largest number of properties in one PROPFIND: each is
// answered for each file of a folder.
const maxPropNames = 100

// propQuery is the body of a PROPFIND.
type propQuery struct {
	names     []xml.Name // nil: all properties
	namesOnly bool
}

// Propfind is RFC 4918 section 9.1.
func (s *Server) Propfind(w http.ResponseWriter, r *request.Request) error {
	body, err := readXML(r)
	if err != nil {
		return err
	}
	query, err := parsePropQuery(body)
	if err != nil {
		return err
	}
	depth := r.Header.Get("Depth")
	if depth != "0" && depth != "1" {
		return semantics.Refuse(http.StatusForbidden, "Expected a Depth of 0 or 1; the whole tree at once is too much.")
	}
	info, err := s.store.StatPlain(r.Name)
	if err != nil {
		return err
	}
	if r.Slash && !info.IsDir() || !info.IsDir() && !r.Allowed(access.Read, r.Name) {
		return semantics.NotFound(r.URL.Path)
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(http.StatusMultiStatus)
	out := bufio.NewWriterSize(w, 32<<10)
	defer out.Flush()
	out.WriteString(xmlHead + `<D:multistatus xmlns:D="DAV:">`)
	s.describe(out, r.Name, info, query)
	if depth == "1" && info.IsDir() {
		if err := s.describeMembers(out, r, query); err != nil {
			panic(http.ErrAbortHandler) // only this tells the client that members are missing
		}
	}
	out.WriteString("</D:multistatus>\n")
	return nil
}

// parsePropQuery reads the body of a PROPFIND. An empty one requests all
// properties.
func parsePropQuery(body *element) (propQuery, error) {
	if body == nil {
		return propQuery{}, nil
	}
	bad := semantics.Refuse(http.StatusBadRequest, "PROPFIND expects prop, allprop or propname.")
	if body.name != (xml.Name{Space: "DAV:", Local: "propfind"}) {
		return propQuery{}, bad
	}
	switch prop := body.child("prop"); {
	case prop != nil && len(prop.children) > maxPropNames:
		return propQuery{}, semantics.Refuse(http.StatusBadRequest,
			fmt.Sprintf("A PROPFIND can name %d properties at most.", maxPropNames))
	case prop != nil:
		query := propQuery{names: []xml.Name{}}
		for _, c := range prop.children {
			query.names = append(query.names, c.name)
		}
		return query, nil
	case body.child("propname") != nil:
		return propQuery{namesOnly: true}, nil
	case body.child("allprop") != nil:
		return propQuery{}, nil
	}
	return propQuery{}, bad
}

func (s *Server) describeMembers(out *bufio.Writer, r *request.Request, query propQuery) error {
	f, err := s.store.Open(r.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		list, err := f.ReadDir(512)
		for _, e := range list {
			name := path.Join(r.Name, e.Name())
			if !names.Served(e.Name()) || !r.AllowedBelow(access.Read, name) {
				continue
			}
			if info, err := s.store.StatPlain(name); err == nil {
				s.describe(out, name, info, query)
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

// liveProps are the properties of the file itself, in the namespace DAV:.
func liveProps() []string {
	return []string{"resourcetype", "displayname", "getcontentlength", "getcontenttype", "getetag", "getlastmodified",
		"creationdate", "supportedlock", "lockdiscovery"}
}

// liveProp is the inner XML of a property of the file itself.
func (s *Server) liveProp(local, name string, info fs.FileInfo) (value string, exists bool) {
	switch local {
	case "resourcetype":
		if info.IsDir() {
			return "<D:collection/>", true
		}
		return "", true
	case "displayname":
		if name == "." {
			name = s.store.Name()
		}
		return escaped(safetext.Replace(path.Base(name))), true
	case "getcontentlength":
		return strconv.FormatInt(info.Size(), 10), !info.IsDir()
	case "getcontenttype":
		kind := mediatype.OfName(name)
		if kind == "" {
			kind = mediatype.OctetStream
		}
		return kind, !info.IsDir()
	case "getetag":
		return escaped(store.ETag(info)), !info.IsDir()
	case "getlastmodified":
		return info.ModTime().UTC().Format(http.TimeFormat), true
	case "creationdate":
		return info.ModTime().UTC().Format(time.RFC3339), true
	case "supportedlock":
		const entry = `<D:lockentry><D:lockscope><D:%s/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`
		return fmt.Sprintf(entry, "exclusive") + fmt.Sprintf(entry, "shared"), true
	case "lockdiscovery":
		text := ""
		for _, k := range s.locks.on(name) {
			text += k.xml()
		}
		return text, true
	case "quota-available-bytes":
		free, ok := s.store.Space.Free()
		return strconv.FormatInt(max(0, free-store.SpareSpace), 10), ok && info.IsDir()
	}
	return "", false
}

// describe writes the response element of one file.
func (s *Server) describe(out *bufio.Writer, name string, info fs.FileInfo, query propQuery) {
	dead := s.props.of(name)
	wanted := query.names
	if wanted == nil {
		for _, local := range liveProps() {
			wanted = append(wanted, xml.Name{Space: "DAV:", Local: local})
		}
		for key := range dead {
			wanted = append(wanted, propName(key))
		}
	}
	var found, missing strings.Builder
	for _, n := range wanted {
		value, ok := dead[propKey(n)]
		if n.Space == "DAV:" {
			if live, exists := s.liveProp(n.Local, name, info); exists {
				value, ok = live, true
			}
		}
		to := &found
		if !ok {
			if query.names == nil {
				continue
			}
			to, value = &missing, ""
		}
		if query.namesOnly {
			value = ""
		}
		writeProp(to, n, value)
	}
	href := semantics.EscapedPath(name)
	if info.IsDir() && href != "/" {
		href += "/"
	}
	out.WriteString("<D:response><D:href>" + escaped(href) + "</D:href>")
	if found.Len() > 0 || missing.Len() == 0 {
		writePropstat(out, found.String(), http.StatusOK)
	}
	if missing.Len() > 0 {
		writePropstat(out, missing.String(), http.StatusNotFound)
	}
	out.WriteString("</D:response>\n")
}

func writeProp(b *strings.Builder, n xml.Name, value string) {
	if n.Space == "DAV:" {
		b.WriteString("<D:" + n.Local + ">" + value + "</D:" + n.Local + ">")
		return
	}
	b.WriteString("<" + n.Local + ` xmlns="` + escaped(n.Space) + `">` + value + "</" + n.Local + ">")
}

func writePropstat(out *bufio.Writer, properties string, status int) {
	fmt.Fprintf(out, "<D:propstat><D:prop>%s</D:prop><D:status>HTTP/1.1 %d %s</D:status></D:propstat>",
		properties, status, http.StatusText(status))
}
