package webdav

import (
	"bufio"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
)

// Proppatch is RFC 4918 section 9.2: all changes are made, or none.
func (s *Server) Proppatch(w http.ResponseWriter, r *request.Request) error {
	body, err := readXML(r)
	if err != nil {
		return err
	}
	if body == nil || body.name != (xml.Name{Space: "DAV:", Local: "propertyupdate"}) {
		return semantics.Refuse(http.StatusBadRequest, "PROPPATCH expects a propertyupdate.")
	}
	if _, err := s.store.Stat(r.Name); err != nil {
		return err
	}
	if err := s.locks.Confirm(r, r.Name); err != nil {
		return err
	}
	changes, changed, refused := propChanges(body)
	status := http.StatusOK
	if refused != "" {
		status = http.StatusFailedDependency
	} else if err := s.props.change(r.Name, changes); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(http.StatusMultiStatus)
	out := bufio.NewWriter(w)
	defer out.Flush()
	out.WriteString(xmlHead + `<D:multistatus xmlns:D="DAV:"><D:response><D:href>` +
		escaped(r.URL.EscapedPath()) + "</D:href>")
	if changed != "" {
		writePropstat(out, changed, status)
	}
	if refused != "" {
		writePropstat(out, refused, http.StatusForbidden)
	}
	out.WriteString("</D:response></D:multistatus>\n")
	return nil
}

// propChanges reads a propertyupdate. changed and refused list the properties
// as XML; those of the file itself are refused.
func propChanges(body *element) (changes []propChange, changed, refused string) {
	var good, bad strings.Builder
	for _, step := range body.children {
		prop := step.child("prop")
		remove := step.name.Local == "remove"
		if step.name.Space != "DAV:" || prop == nil || !remove && step.name.Local != "set" {
			continue
		}
		for _, p := range prop.children {
			if p.name.Space == "DAV:" && slices.Contains(liveProps(), p.name.Local) {
				writeProp(&bad, p.name, "")
				continue
			}
			writeProp(&good, p.name, "")
			changes = append(changes, propChange{key: propKey(p.name), value: p.content(), remove: remove})
		}
	}
	return changes, good.String(), bad.String()
}
