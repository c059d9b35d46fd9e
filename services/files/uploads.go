package files

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
)

const (
	uploadFolder = ownFolder + "/uploads"
	// uploadLife is how long an upload that nobody goes on with is kept.
	uploadLife = 24 * time.Hour
	// tempLife is how long a part of a request that died is kept.
	tempLife = time.Hour
	// maxUploads bounds how many are begun at once.
	maxUploads = 1000
)

// uploads are the files that come in parts. Each is two files below the root:
// what came, and what it will be. So they outlive this process.
type uploads struct {
	root  *os.Root
	space *space

	mu   sync.Mutex
	busy map[string]bool
}

// begin makes room for an upload and an ID for it.
func (u *uploads) begin(up upload) (upload, error) {
	// Room for all of it is asked for now, so that nobody sends gigabytes for
	// nothing; it is granted as they come.
	room := grant{space: u.space}
	if err := room.more(up.Size); err != nil {
		return up, err
	}
	room.end(false)
	up.ID = strings.ToLower(rand.Text())
	if err := u.root.MkdirAll(uploadFolder, 0o755); err != nil {
		return up, err
	}
	if f, err := u.root.Open(uploadFolder); err == nil {
		names, _ := f.Readdirnames(2*maxUploads + 1)
		f.Close()
		if len(names) > 2*maxUploads {
			return up, tusError(http.StatusServiceUnavailable, "There are %d unfinished uploads already.", maxUploads)
		}
	}
	if err := u.root.WriteFile(up.data(), nil, 0o666); err != nil {
		return up, err
	}
	if err := u.root.WriteFile(up.info(), up.marshal(), 0o600); err != nil {
		_ = u.root.Remove(up.data())
		return up, err
	}
	return up, nil
}

// find returns the upload with an ID.
func (u *uploads) find(id string) (upload, error) {
	gone := tusError(http.StatusNotFound, "There is no such upload; it may be finished, or too old.")
	if len(id) != 26 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return upload{}, gone
	}
	up := upload{ID: id}
	data, err := u.root.ReadFile(up.info())
	if err != nil || json.Unmarshal(data, &up) != nil {
		return upload{}, gone
	}
	return up, nil
}

// take makes sure that only one request at a time adds to an upload.
func (u *uploads) take(up upload) (release func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.busy[up.ID] {
		return nil, tusError(http.StatusLocked, "Another request is adding to this upload.")
	}
	u.busy[up.ID] = true
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.busy, up.ID)
	}, nil
}

func (u *uploads) offset(up upload) (int64, error) {
	info, err := u.root.Stat(up.data())
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// open opens an upload at its end.
func (u *uploads) open(up upload) (*os.File, int64, error) {
	f, err := u.root.OpenFile(up.data(), os.O_WRONLY, 0)
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

// drop leaves nothing of an upload that is not visible.
func (u *uploads) drop(up upload) {
	_ = u.root.Remove(up.data()) // gone already when it was published
	_ = u.root.Remove(up.info())
}

// sweep removes what nobody went on with.
func (u *uploads) sweep(now time.Time) {
	for folder, life := range map[string]time.Duration{uploadFolder: uploadLife, tempFolder: tempLife} {
		f, err := u.root.Open(folder)
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
			// The description is as old as the upload, not as its last part.
			if data, ok := strings.CutSuffix(name, ".json"); ok {
				if part, err := u.root.Stat(data + ".part"); err == nil && now.Sub(part.ModTime()) < life {
					continue
				}
			}
			_ = u.root.Remove(name)
		}
	}
}
