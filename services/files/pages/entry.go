package pages

import (
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/mediatype"
	"github.com/ammarctl/ammarctl/services/files/store"
)

// entry is one file or folder of a listing. A listing can have many, so it
// holds only what sorting needs. Field gives its
// values to page.html.
type entry struct {
	base    string // the name on the disk
	Folder  bool
	known   bool // Size and modTime are set
	Size    int64
	modTime int64 // nanoseconds of Unix time
}

// stat fills in size and time. It returns false for a file that is not listed.
func (e *entry) stat(s folderStore, folder string) bool {
	if e.known {
		return true
	}
	info, err := s.Stat(path.Join(folder, e.base))
	if err != nil || store.CheckPlain(info) != nil {
		return false
	}
	e.Folder, e.Size, e.modTime, e.known = info.IsDir(), info.Size(), info.ModTime().UnixNano(), true
	if e.Folder {
		e.Size = 0
	}
	return true
}

// Field returns a value by its name in page.html.
func (e *entry) Field(name string) any {
	switch name {
	case "Name":
		return e.Name()
	case "Href":
		return e.Href()
	case "Folder":
		return e.Folder
	case "Size":
		return e.Size
	case "HumanSize":
		return e.HumanSize()
	case "Date":
		return e.Date()
	case "Machine":
		return e.Machine()
	case "Icon":
		return e.Icon()
	case "Picture":
		return e.Picture()
	case "Viewable":
		return e.Viewable()
	}
	return nil
}

// Name is the name, made safe to show.
func (e entry) Name() string { return safetext.Replace(e.base) }

// Href is the relative address of the entry.
func (e entry) Href() string {
	href := "./" + url.PathEscape(e.base)
	if e.Folder {
		href += "/"
	}
	return href
}

// HumanSize is the size for people.
func (e entry) HumanSize() string { return humanize.Bytes(e.Size) }

func (e entry) modified() time.Time { return time.Unix(0, e.modTime).UTC() }

// Date is the modification time for people.
func (e entry) Date() string { return e.modified().Format("2006-01-02 15:04") }

// Machine is the modification time for programs.
func (e entry) Machine() string { return e.modified().Format(time.RFC3339) }

// Picture reports whether there is a thumbnail.
func (e entry) Picture() bool { return !e.Folder && hasThumbnail(e.base) }

// Viewable reports whether there is a page that shows the file.
func (e entry) Viewable() bool { return !e.Folder && viewOf(e.base) != "" }

// Icon names the icon of the entry.
func (e entry) Icon() string {
	if e.Folder {
		return "folder"
	}
	kind := mediatype.OfName(e.base)
	main, _, _ := strings.Cut(kind, "/")
	switch {
	case main == "image" || main == "audio" || main == "video":
		return main
	case mediatype.IsText(kind):
		return "text"
	}
	switch kind {
	case "application/zip", "application/gzip", "application/zstd", "application/x-tar", "application/x-7z-compressed":
		return "archive"
	}
	return "file"
}
