package export

import (
	"slices"

	"github.com/ammarctl/ammarctl/configs"
)

// place is a file or folder of this machine that a built-in service needs.
type place struct {
	name     string // of the volume or the secret
	folder   string // on this machine; a file if it is secret
	at       string // in a container
	secret   bool
	writable bool
	size     int64                  // bytes; 0: unknown
	move     func(*configs.Service) // points the service to the place in the container
}

// places lists what the keys of the service name, folders before secrets.
func (t table) places() []place {
	var list []place
	for _, k := range configs.Keys() {
		if k.Place == nil || !k.Has(t.Kind) {
			continue
		}
		folder := k.Place.FolderOf(k, t.Service)
		if folder == "" {
			continue
		}
		p := place{name: k.Place.Name, folder: folder, at: k.Place.At, secret: k.Place.Secret,
			move: func(s *configs.Service) { k.Place.MoveTo(k, s) }}
		p.writable = k.Place.Writable != nil && k.Place.Writable(t.Service)
		if k.Place.Size != nil {
			p.size = k.Place.Size(t.Service)
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b place) int {
		switch {
		case a.secret == b.secret:
			return 0
		case a.secret:
			return 1
		}
		return -1
	})
	return list
}
