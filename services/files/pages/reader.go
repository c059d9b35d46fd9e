package pages

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/request"
)

// folderStore is the part of the store that listings need.
type folderStore interface {
	Name() string
	Stat(name string) (fs.FileInfo, error)
}

// folderReader reads the entries of a folder that the client may see.
type folderReader struct {
	store  folderStore
	r      *request.Request
	f      *os.File // the folder
	filter string   // in lower case: names must contain it; empty: all
	stat   bool     // with size and time, which needs a system call per file
}

// next returns some more entries. io.EOF says that these are the last.
func (rd *folderReader) next() ([]entry, error) {
	batch, err := rd.f.ReadDir(1024)
	entries := make([]entry, 0, len(batch))
	for _, d := range batch {
		if rd.filter != "" && !strings.Contains(strings.ToLower(d.Name()), rd.filter) {
			continue
		}
		if e, ok := rd.entry(d); ok && (!rd.stat || e.stat(rd.store, rd.r.Name)) {
			entries = append(entries, e)
		}
	}
	if err == nil {
		err = rd.r.Context().Err()
	}
	return entries, err
}

// entry converts a directory entry. ok is false if the client may not see it.
// Links are followed inside the root.
func (rd *folderReader) entry(d fs.DirEntry) (e entry, ok bool) {
	e = entry{base: d.Name(), Folder: d.IsDir()}
	if !names.Served(e.base) {
		return e, false
	}
	switch {
	case d.Type()&fs.ModeSymlink != 0:
		if !e.stat(rd.store, rd.r.Name) {
			return e, false
		}
	case !d.IsDir() && !d.Type().IsRegular():
		return e, false
	}
	name := path.Join(rd.r.Name, e.base)
	if e.Folder {
		return e, rd.r.AllowedBelow(access.Read, name)
	}
	return e, rd.r.Allowed(access.Read, name)
}

// first reads the whole folder. It returns the first limit entries in order,
// and how many there are.
func (rd *folderReader) first(limit int, by order) (list []entry, total int, err error) {
	first := firstEntries{limit: limit, by: by}
	for {
		batch, err := rd.next()
		for _, e := range batch {
			first.add(e)
		}
		if errors.Is(err, io.EOF) {
			sortEntries(first.list, by)
			return first.list, first.total, nil
		}
		if err != nil {
			return nil, 0, err
		}
	}
}
