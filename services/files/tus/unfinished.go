package tus

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/services/files/store"
)

const (
	uploadFolder = store.OwnFolder + "/uploads"
	// UploadLife is how long an upload without progress is kept.
	UploadLife = 24 * time.Hour
	// tempLife is how long a partial file of a crashed request is kept.
	tempLife = time.Hour
	// maxUploads bounds the unfinished uploads.
	maxUploads = 1000
)

// upload is an unfinished upload.
type upload struct {
	ID      string `json:"-"`
	Name    string `json:"name"` // of the finished file
	Size    int64  `json:"size"`
	User    string `json:"user"`
	Replace bool   `json:"replace"` // there was a file, and the user may replace it
}

func (u upload) data() string { return uploadFolder + "/" + u.ID + ".part" }
func (u upload) info() string { return uploadFolder + "/" + u.ID + ".json" }

func (u upload) marshal() []byte {
	data, _ := json.Marshal(u) // cannot fail
	return data
}

// unfinished are the uploads that come in parts. Each is two files below the
// root: the bytes so far, and the description. So they survive a restart.
type unfinished struct {
	store *store.Store

	mu   sync.Mutex
	busy map[string]bool
}

// begin creates an upload and its ID. It checks that the whole file fits, but
// room is granted only as the bytes arrive.
func (u *unfinished) begin(up upload) (upload, error) {
	if err := u.store.Space.Check(up.Size); err != nil {
		return up, err
	}
	up.ID = strings.ToLower(rand.Text())
	if err := u.store.MkdirAll(uploadFolder, 0o755); err != nil {
		return up, err
	}
	if f, err := u.store.Open(uploadFolder); err == nil {
		files, _ := f.Readdirnames(2*maxUploads + 1)
		f.Close()
		if len(files) > 2*maxUploads {
			return up, refuse(http.StatusServiceUnavailable, "There are %d unfinished uploads already.", maxUploads)
		}
	}
	if err := u.store.WriteFile(up.data(), nil, 0o666); err != nil {
		return up, err
	}
	if err := u.store.WriteFile(up.info(), up.marshal(), 0o600); err != nil {
		_ = u.store.Remove(up.data())
		return up, err
	}
	return up, nil
}

// find returns the upload with an ID.
func (u *unfinished) find(id string) (upload, error) {
	gone := refuse(http.StatusNotFound, "There is no such upload; it may be finished or expired.")
	if len(id) != 26 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return upload{}, gone
	}
	up := upload{ID: id}
	data, err := u.store.ReadFile(up.info())
	if err != nil || json.Unmarshal(data, &up) != nil {
		return upload{}, gone
	}
	return up, nil
}

// reserve gives one request the sole right to change an upload, until release.
func (u *unfinished) reserve(up upload) (release func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.busy[up.ID] {
		return nil, refuse(http.StatusLocked, "Another request is adding to this upload.")
	}
	u.busy[up.ID] = true
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.busy, up.ID)
	}, nil
}

// offset is the number of bytes so far.
func (u *unfinished) offset(up upload) (int64, error) {
	info, err := u.store.Stat(up.data())
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// open opens an upload at its end.
func (u *unfinished) open(up upload) (*os.File, int64, error) {
	f, err := u.store.OpenFile(up.data(), os.O_WRONLY, 0)
	if err != nil {
		return nil, 0, err
	}
	at, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, at, nil
}

// remove deletes the files of an upload. A published upload has no data left.
func (u *unfinished) remove(up upload) {
	_ = u.store.Remove(up.data())
	_ = u.store.Remove(up.info())
}

// sweep removes uploads and temporary files without progress.
func (u *unfinished) sweep(now time.Time) {
	for folder, life := range map[string]time.Duration{uploadFolder: UploadLife, store.TempFolder: tempLife} {
		f, err := u.store.Open(folder)
		if err != nil {
			continue
		}
		list, _ := f.ReadDir(-1)
		f.Close()
		for _, e := range list {
			info, err := e.Info()
			if err != nil || now.Sub(info.ModTime()) < life {
				continue
			}
			name := path.Join(folder, e.Name())
			// The description is as old as the upload; only the data shows progress.
			if data, ok := strings.CutSuffix(name, ".json"); ok {
				if part, err := u.store.Stat(data + ".part"); err == nil && now.Sub(part.ModTime()) < life {
					continue
				}
			}
			_ = u.store.Remove(name)
		}
	}
}
